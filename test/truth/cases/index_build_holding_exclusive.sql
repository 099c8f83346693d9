-- The lock of an earlier statement is held through a whole index build.
-- fires: an index on another table
BEGIN;
ALTER TABLE customers ADD COLUMN phone text;
CREATE INDEX orders_status_idx ON orders (status);
COMMIT;
-- fires: an index on the locked table itself keeps readers out as well
BEGIN;
ALTER TABLE orders ADD COLUMN phone text;
CREATE INDEX orders_status_idx ON orders (status);
COMMIT;
-- fires: an index on a new table that was filled
BEGIN;
ALTER TABLE customers ADD COLUMN phone text;
CREATE TABLE copied AS SELECT * FROM orders;
CREATE INDEX copied_status_idx ON copied (status);
COMMIT;
-- near miss: committed in between
ALTER TABLE customers ADD COLUMN phone text;
CREATE INDEX orders_status_idx ON orders (status);
-- near miss: on a table made in the same transaction, while nothing of others is locked
BEGIN;
CREATE TABLE copied AS SELECT * FROM orders;
ALTER TABLE copied ADD COLUMN phone text;
CREATE INDEX copied_status_idx ON copied (status);
COMMIT;
-- near miss: the earlier lock stops nobody
BEGIN;
ALTER TABLE customers ALTER COLUMN notes SET STATISTICS 500;
CREATE INDEX orders_status_idx ON orders (status);
COMMIT;
