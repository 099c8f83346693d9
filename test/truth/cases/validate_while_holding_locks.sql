-- Locks are kept to the end of the transaction. Work that lets others go on by itself, like VALIDATE, becomes a
-- long block when an earlier statement of the transaction holds a strong lock, on whatever table.
-- setup
ALTER TABLE orders ADD CONSTRAINT orders_amount_positive CHECK (amount >= 0) NOT VALID;
-- fires: the lock on customers is held while orders is read
BEGIN;
ALTER TABLE customers ADD COLUMN phone text;
ALTER TABLE orders VALIDATE CONSTRAINT orders_amount_positive;
COMMIT;
-- fires: the lock is held while a new table is filled
BEGIN;
ALTER TABLE customers ADD COLUMN phone text;
CREATE TABLE orders_2025 AS SELECT * FROM orders;
COMMIT;
-- fires: writers of a partitioned table wait for its index, which is built on no partition yet
BEGIN;
CREATE INDEX events_kind_idx ON ONLY events (kind);
ALTER TABLE orders VALIDATE CONSTRAINT orders_amount_positive;
COMMIT;
-- near miss: a few rows are copied, found by their key
BEGIN;
ALTER TABLE customers ADD COLUMN phone text;
CREATE TABLE orders_before AS SELECT * FROM orders WHERE id IN (7, 8, 9);
COMMIT;
-- near miss: the first rows
BEGIN;
ALTER TABLE customers ADD COLUMN phone text;
CREATE TABLE orders_sample AS SELECT * FROM orders LIMIT 5;
COMMIT;
-- near miss: committed in between
BEGIN;
ALTER TABLE customers ADD COLUMN phone text;
COMMIT;
ALTER TABLE orders VALIDATE CONSTRAINT orders_amount_positive;
-- near miss: the other way round
BEGIN;
ALTER TABLE orders VALIDATE CONSTRAINT orders_amount_positive;
ALTER TABLE customers ADD COLUMN phone text;
COMMIT;
-- near miss: the lock is on a table made in the same transaction
BEGIN;
CREATE TABLE shipments (id bigint PRIMARY KEY);
ALTER TABLE shipments ADD COLUMN order_id bigint;
ALTER TABLE orders VALIDATE CONSTRAINT orders_amount_positive;
COMMIT;
-- near miss: the earlier lock stops nobody
BEGIN;
ALTER TABLE customers ALTER COLUMN notes SET STATISTICS 500;
ALTER TABLE orders VALIDATE CONSTRAINT orders_amount_positive;
COMMIT;
