-- Extended statistics come into being with ANALYZE alone, and autovacuum has no reason to run it.
-- fires: they are declared
CREATE STATISTICS customers_together ON name, notes FROM customers;
-- near miss: on an empty table
CREATE STATISTICS empty_queue_together ON id, created_at FROM empty_queue;
-- near miss: those of a column are there
ALTER TABLE customers ALTER COLUMN name SET STATISTICS 500;
