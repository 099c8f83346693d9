-- unobservable: rows change, as they should
-- Some shops keep changes of the schema and of the data in migrations apart, however few the rows are.
-- fires: one row after DDL
BEGIN;
ALTER TABLE orders ADD COLUMN phone text;
UPDATE orders SET phone = '1' WHERE id = 7;
COMMIT;
-- near miss: committed in between
ALTER TABLE orders ADD COLUMN phone text;
UPDATE orders SET phone = '1' WHERE id = 7;
-- near miss: the history of a migration tool
BEGIN;
ALTER TABLE orders ADD COLUMN phone text;
INSERT INTO tasks VALUES (1000001, 'migration 42');
COMMIT;
-- near miss: DDL on a new table
BEGIN;
CREATE TABLE shipments (id bigint PRIMARY KEY);
ALTER TABLE shipments ADD COLUMN order_id bigint;
UPDATE orders SET note = note WHERE id = 7;
COMMIT;
