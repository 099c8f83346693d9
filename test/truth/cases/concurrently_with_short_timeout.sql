-- A concurrent build waits for every transaction that was there before it. A timeout meanwhile ends the build and leaves
-- an INVALID index, which every write has to maintain. The default policy logs it.
-- unobservable: nothing is waited for here
-- fires: lock_timeout
SET lock_timeout = '5s';
CREATE INDEX CONCURRENTLY orders_status ON orders (status);
-- fires: statement_timeout
SET statement_timeout = '30s';
DROP INDEX CONCURRENTLY orders_customer_id_idx;
-- near miss: no timeout
CREATE INDEX CONCURRENTLY orders_status ON orders (status);
-- near miss: switched off for this statement
SET lock_timeout = '5s';
SET lock_timeout = 0;
CREATE INDEX CONCURRENTLY orders_status ON orders (status);
-- near miss: a plain build of an empty table
SET lock_timeout = '5s';
CREATE INDEX queue_created ON empty_queue (created_at);
