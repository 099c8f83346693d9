-- A transaction that has changed rows of a table, or stops its writers, asks for ACCESS EXCLUSIVE: somebody who
-- waits for it may hold the table already.
-- fires: rows first, then DDL
BEGIN;
UPDATE orders SET note = note WHERE id = 7;
ALTER TABLE orders ADD COLUMN phone text;
COMMIT;
-- fires: a new row locks the row that it references
BEGIN;
INSERT INTO order_items VALUES (1000001, 7, 'sku', 1);
DELETE FROM order_items WHERE id = 1000001;
ALTER TABLE orders ADD COLUMN phone text;
COMMIT;
-- fires: from SHARE to ACCESS EXCLUSIVE
BEGIN;
CREATE INDEX orders_status_idx ON orders (status);
ALTER TABLE orders ADD COLUMN phone text;
COMMIT;
-- near miss: rows of another table
BEGIN;
UPDATE tasks SET done = done WHERE id = 1;
ALTER TABLE orders ADD COLUMN phone text;
COMMIT;
-- near miss: a plain read waits for nobody and nobody for it
BEGIN;
SELECT * FROM orders WHERE id = 7;
ALTER TABLE orders ADD COLUMN phone text;
COMMIT;
-- near miss: the strongest lock first
BEGIN;
ALTER TABLE orders ADD COLUMN phone text;
CREATE INDEX orders_status_idx ON orders (status);
COMMIT;
-- near miss: committed in between
UPDATE orders SET note = note WHERE id = 7;
ALTER TABLE orders ADD COLUMN phone text;
-- near miss: the rows were taken back with their savepoint
BEGIN;
SAVEPOINT attempt;
UPDATE orders SET note = note WHERE id = 7;
ROLLBACK TO attempt;
ALTER TABLE orders ADD COLUMN phone text;
COMMIT;
