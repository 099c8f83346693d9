-- Every index costs every write. One that begins with the same columns serves the same queries. The default policy logs it.
-- setup
CREATE INDEX orders_status_created ON orders (status, created_at);
-- fires: equal to one that is there
CREATE INDEX CONCURRENTLY orders_customer ON orders (customer_id);
-- fires: the first column of one that is there
CREATE INDEX CONCURRENTLY orders_status ON orders (status);
-- near miss: a column more
CREATE INDEX CONCURRENTLY orders_customer_status ON orders (customer_id, status);
-- near miss: another order of the columns
CREATE INDEX CONCURRENTLY orders_created ON orders (created_at, status);
-- near miss: another method
CREATE INDEX CONCURRENTLY orders_status_hash ON orders USING hash (status);
-- near miss: it is unique, the other one is not
CREATE UNIQUE INDEX CONCURRENTLY orders_customer_once ON orders (customer_id) WHERE status = 'open';
