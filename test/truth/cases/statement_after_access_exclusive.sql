-- A query that takes long is harmless by itself. In a transaction that holds a strong lock from an earlier
-- statement, everybody who needs that table waits for the query too.
-- fires: a report while customers is locked
BEGIN;
ALTER TABLE customers ADD COLUMN phone text;
SELECT count(*) FROM orders WHERE amount > 10;
COMMIT;
-- fires: COPY reads the whole table
BEGIN;
ALTER TABLE customers ADD COLUMN phone text;
COPY orders TO '/dev/null';
COMMIT;
-- fires: ANALYZE reads a sample, of which each row is on another page
BEGIN;
ALTER TABLE customers ADD COLUMN phone text;
ANALYZE orders;
COMMIT;
-- fires: of all tables
BEGIN;
ALTER TABLE customers ADD COLUMN phone text;
ANALYZE;
COMMIT;
-- fires: a lock that stops writers alone
BEGIN;
LOCK TABLE customers IN SHARE MODE;
SELECT count(*) FROM orders WHERE amount > 10;
COMMIT;
-- fires: a foreign key that waits to be validated
BEGIN;
ALTER TABLE orders ADD CONSTRAINT orders_placed_by FOREIGN KEY (customer_id) REFERENCES customers NOT VALID;
SELECT count(*) FROM orders WHERE amount > 10;
COMMIT;
-- fires: EXPLAIN ANALYZE runs the query
BEGIN;
ALTER TABLE customers ADD COLUMN phone text;
EXPLAIN (ANALYZE, COSTS off) SELECT count(*) FROM orders WHERE amount > 10;
COMMIT;
-- near miss: EXPLAIN alone does not
BEGIN;
ALTER TABLE customers ADD COLUMN phone text;
EXPLAIN SELECT count(*) FROM orders WHERE amount > 10;
COMMIT;
-- near miss: one row, found by its key
BEGIN;
ALTER TABLE customers ADD COLUMN phone text;
SELECT * FROM orders WHERE id = 7;
COMMIT;
-- near miss: is there such a row at all?
BEGIN;
ALTER TABLE customers ADD COLUMN phone text;
SELECT EXISTS (SELECT 1 FROM orders WHERE amount > 10);
COMMIT;
-- near miss: what columns are there?
BEGIN;
ALTER TABLE customers ADD COLUMN phone text;
SELECT count(*) FROM information_schema.columns;
COMMIT;
-- near miss: COPY of that row
BEGIN;
ALTER TABLE customers ADD COLUMN phone text;
COPY (SELECT * FROM orders WHERE id = 7) TO '/dev/null';
COMMIT;
-- near miss: the first rows
BEGIN;
ALTER TABLE customers ADD COLUMN phone text;
SELECT * FROM orders LIMIT 1;
COMMIT;
-- near miss: ANALYZE after the commit
BEGIN;
ALTER TABLE customers ADD COLUMN phone text;
COMMIT;
ANALYZE orders;
-- near miss: ANALYZE of an empty table
BEGIN;
ALTER TABLE customers ADD COLUMN phone text;
ANALYZE empty_queue;
COMMIT;
-- near miss: the lock lets readers go on
BEGIN;
ALTER TABLE customers ALTER COLUMN notes SET STATISTICS 500;
SELECT count(*) FROM orders WHERE amount > 10;
COMMIT;
-- near miss: the lock is on a table made in the same transaction
BEGIN;
CREATE TABLE shipments (id bigint PRIMARY KEY);
ALTER TABLE shipments ADD COLUMN order_id bigint;
SELECT count(*) FROM orders WHERE amount > 10;
COMMIT;
-- near miss: committed in between
BEGIN;
ALTER TABLE customers ADD COLUMN phone text;
COMMIT;
SELECT count(*) FROM orders WHERE amount > 10;
-- near miss: a small table, as a foreign key looks into it
BEGIN;
ALTER TABLE customers ADD COLUMN phone text;
SELECT count(*) FROM tasks;
COMMIT;
