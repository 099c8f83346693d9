-- A concurrent build that failed leaves an INVALID index: every write maintains it, no query uses it. The default policy logs it when
-- another index is built on the table.
-- setup
CREATE INDEX orders_status ON orders (status);
CREATE INDEX tasks_title ON tasks (title);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'orders_status'::regclass; -- as a failed concurrent build leaves it
-- fires: the leftover of a failed build is on the table
CREATE INDEX CONCURRENTLY orders_created ON orders (created_at);
-- near miss: every index of the table is valid
CREATE INDEX CONCURRENTLY tasks_done ON tasks (done);
-- near miss: the leftover is dropped first
DROP INDEX CONCURRENTLY orders_status;
CREATE INDEX CONCURRENTLY orders_created ON orders (created_at);
