-- A concurrent build that failed leaves an INVALID index: every write maintains it, no query uses it. IF NOT EXISTS finds
-- the name taken and does nothing, so the migration succeeds without an index.
-- unobservable: nothing is done at all
-- setup
CREATE INDEX orders_status ON orders (status);
CREATE INDEX orders_amount ON orders (amount);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'orders_status'::regclass; -- as a failed concurrent build leaves it
-- fires: the leftover of a failed build
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_status ON orders (status);
-- near miss: the index is there and valid
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_amount ON orders (amount);
-- near miss: no index of that name
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_created ON orders (created_at);
