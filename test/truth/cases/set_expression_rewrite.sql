-- A new expression computes the stored values of every row anew, so the whole table is written while nobody
-- can read or write it.
-- majors: 17-
-- setup
ALTER TABLE orders ADD COLUMN gross numeric GENERATED ALWAYS AS (amount * 1.2) STORED;
-- fires: on a populated table
ALTER TABLE orders ALTER COLUMN gross SET EXPRESSION AS (amount * 1.25);
-- near miss: an empty table
ALTER TABLE empty_queue ADD COLUMN twice bigint GENERATED ALWAYS AS (id * 2) STORED;
ALTER TABLE empty_queue ALTER COLUMN twice SET EXPRESSION AS (id * 3);
-- near miss: DROP EXPRESSION keeps the values
ALTER TABLE orders ALTER COLUMN gross DROP EXPRESSION;
