-- Every write maintains all indexes of its table.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- argument: 2
-- setup
CREATE TABLE invoices (id bigint PRIMARY KEY, a int, b int);
CREATE INDEX invoices_a ON invoices (a);
CREATE TABLE receipts (id bigint PRIMARY KEY, a int);
-- fires: the third
CREATE INDEX invoices_b ON invoices (b);
-- near miss: the second, beside the primary key
CREATE INDEX receipts_a ON receipts (a);
