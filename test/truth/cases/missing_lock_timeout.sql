-- A strong lock that is waited for makes a queue of everybody who comes after. The guard does not demand the
-- setting, since no migration tool has it; a shop may.
-- fires: nothing bounds the wait
ALTER TABLE orders ADD COLUMN phone text;
-- fires: set, but not any more
SET lock_timeout = '2s';
RESET lock_timeout;
ALTER TABLE orders ADD COLUMN phone text;
-- fires: SET LOCAL outside of a transaction lasts for nothing
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN phone text;
-- near miss: lock_timeout is set
SET lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN phone text;
-- near miss: within the transaction
BEGIN;
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN phone text;
COMMIT;
-- near miss: statement_timeout bounds the wait as well
SET statement_timeout = '5s';
ALTER TABLE orders ADD COLUMN phone text;
-- near miss: a lock that stops nobody
ALTER TABLE orders ALTER COLUMN note SET STATISTICS 500;
-- near miss: a new table
CREATE TABLE shipments (id bigint PRIMARY KEY);
-- near miss: the lock is held already
BEGIN;
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN phone text;
SET LOCAL lock_timeout = 0;
ALTER TABLE orders ADD COLUMN fax text;
COMMIT;
