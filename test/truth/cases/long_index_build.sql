-- A long build holds back VACUUM everywhere, and needs disk and memory for its sort.
-- argument: 0
-- setup
CREATE TABLE invoices (id bigint PRIMARY KEY, a int);
-- fires: more than the limit
CREATE INDEX CONCURRENTLY orders_status ON orders (status);
-- near miss: nothing there
CREATE INDEX CONCURRENTLY invoices_a ON invoices (a);
