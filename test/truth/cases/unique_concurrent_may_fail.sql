-- A concurrent unique build refuses duplicates while it runs; when it meets one, it fails and leaves an INVALID index
-- behind.
-- setup
CREATE TABLE invoices (id bigint PRIMARY KEY, a int);
-- fires: on rows
CREATE UNIQUE INDEX CONCURRENTLY tasks_once ON tasks (title, done, id) WHERE id > 0;
-- near miss: another unique index proves it
CREATE UNIQUE INDEX CONCURRENTLY customers_mail ON customers (email, name);
-- near miss: not unique
CREATE INDEX CONCURRENTLY orders_status ON orders (status);
-- near miss: nothing there
CREATE UNIQUE INDEX CONCURRENTLY queue_once ON invoices (a);
