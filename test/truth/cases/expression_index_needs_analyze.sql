-- Statistics about an expression are gathered by ANALYZE alone; until then the planner guesses.
-- setup
CREATE TABLE invoices (id bigint PRIMARY KEY, a int);
-- fires: on rows
CREATE INDEX CONCURRENTLY customers_mail ON customers (lower(email));
-- near miss: plain columns
CREATE INDEX CONCURRENTLY customers_name ON customers (name);
-- near miss: nothing there
CREATE INDEX CONCURRENTLY invoices_a ON invoices ((a + 1));
