-- Counters and ids of other systems outgrow four bytes.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: an integer column
CREATE TABLE invoices (id bigint PRIMARY KEY, quantity integer);
-- fires: added to a table
ALTER TABLE orders ADD COLUMN parts int4;
-- fires: an array of them
ALTER TABLE orders ADD COLUMN parts int[];
-- near miss: bigint
ALTER TABLE orders ADD COLUMN parts bigint;
-- near miss: a key is the business of int_primary_key
CREATE TABLE invoices (id integer PRIMARY KEY);
