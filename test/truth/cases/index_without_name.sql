-- A name that PostgreSQL chooses can differ between databases, and migrations cannot drop the index by it.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- setup
CREATE TABLE invoices (id bigint PRIMARY KEY, a int);
CREATE INDEX invoices_id ON invoices (id);
-- fires: none given
CREATE INDEX ON invoices (a);
-- near miss: named
CREATE INDEX invoices_a ON invoices (a);
-- near miss: the index of a constraint is named by the constraint
ALTER TABLE invoices ADD UNIQUE (a);
-- near miss: copied by LIKE
CREATE TABLE copy (LIKE invoices INCLUDING INDEXES);
