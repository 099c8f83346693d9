-- A build that sorts far more than its memory holds takes longer by far. Here the data may be no larger than
-- a twentieth of maintenance_work_mem.
-- argument: 0.05
-- fires: one megabyte
SET maintenance_work_mem = '1MB';
CREATE INDEX CONCURRENTLY orders_status_idx ON orders (status);
-- near miss: a gigabyte
SET maintenance_work_mem = '1GB';
CREATE INDEX CONCURRENTLY orders_status_idx ON orders (status);
-- near miss: no build
SET maintenance_work_mem = '1MB';
ALTER TABLE orders ADD COLUMN phone text;
