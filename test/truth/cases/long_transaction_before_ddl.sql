-- An old transaction keeps all that it has locked so far, and holds back vacuum and concurrent builds. Here any
-- age counts.
-- argument: 0
-- fires: in a transaction that began before
BEGIN;
SELECT count(*) FROM tasks;
ALTER TABLE orders ADD COLUMN phone text;
COMMIT;
-- near miss: a transaction of its own
ALTER TABLE orders ADD COLUMN phone text;
-- near miss: a lock that stops nobody
BEGIN;
ALTER TABLE orders ALTER COLUMN note SET STATISTICS 500;
COMMIT;
-- near miss: a table that nobody else can see
BEGIN;
CREATE TABLE shipments (id bigint PRIMARY KEY);
ALTER TABLE shipments ADD COLUMN order_id bigint;
COMMIT;
