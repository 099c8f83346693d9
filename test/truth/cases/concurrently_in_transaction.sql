-- PostgreSQL refuses it inside a transaction block, after the statements before it have run. Tools that wrap a file in a
-- transaction need it alone in a file of its own.
-- unobservable: PostgreSQL refuses it before it does anything
-- check only: PostgreSQL itself refuses the statement when it runs
-- fires: a concurrent build
BEGIN;
CREATE INDEX CONCURRENTLY orders_status ON orders (status);
COMMIT;
-- fires: VACUUM
BEGIN;
VACUUM orders;
COMMIT;
-- near miss: outside of a block
CREATE INDEX CONCURRENTLY orders_status ON orders (status);
-- near miss: after the block
BEGIN;
ALTER TABLE orders ADD COLUMN paid_at timestamptz;
COMMIT;
CREATE INDEX CONCURRENTLY orders_paid_at ON orders (paid_at);
