-- Each access method has costs of its own that somebody has to know.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- argument: btree, brin
-- setup
CREATE TABLE invoices (id bigint PRIMARY KEY, a int);
-- fires: hash
CREATE INDEX invoices_a ON invoices USING hash (a);
-- near miss: btree
CREATE INDEX invoices_a ON invoices (a);
-- near miss: brin
CREATE INDEX invoices_a ON invoices USING brin (a);
