-- CASCADE drops what the statement does not name: views, foreign keys, defaults and columns that depend on it.
-- fires: views that read the table
DROP TABLE orders CASCADE;
-- fires: a view that reads the column
ALTER TABLE orders DROP COLUMN amount CASCADE;
-- near miss: nothing depends on it
DROP TABLE empty_queue CASCADE;
-- near miss: what depends on it is just as new
BEGIN;
CREATE TABLE staging AS SELECT * FROM orders;
CREATE VIEW staged AS SELECT * FROM staging;
DROP TABLE staging CASCADE;
COMMIT;
