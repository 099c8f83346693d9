-- Questions about place read every row without a spatial index. What counts is what is there when the transaction
-- ends.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: a point without
CREATE TABLE invoices (id bigint PRIMARY KEY, place point);
-- fires: added without
ALTER TABLE empty_queue ADD COLUMN place box;
-- near miss: with a GiST index
BEGIN;
CREATE TABLE invoices (id bigint PRIMARY KEY, place point);
CREATE INDEX invoices_place ON invoices USING gist (place);
COMMIT;
-- near miss: not spatial
CREATE TABLE invoices (id bigint PRIMARY KEY, place text);
