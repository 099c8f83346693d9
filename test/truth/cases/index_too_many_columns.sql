-- Every write maintains the index, and late columns seldom narrow a search.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- argument: 2
-- setup
CREATE TABLE invoices (id bigint PRIMARY KEY, a int, b int, c int);
-- fires: three where two are allowed
CREATE INDEX queue_many ON invoices (a, b, c);
-- near miss: two, and one in INCLUDE
CREATE INDEX queue_two ON invoices (a, b) INCLUDE (c);
-- near miss: a unique index has the columns of its key
CREATE UNIQUE INDEX queue_unique ON invoices (a, b, c);
