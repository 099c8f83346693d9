-- A client that hangs in a transaction block keeps its locks as long as its connection lives.
-- fires: the first strong lock of the block
BEGIN;
ALTER TABLE orders ADD COLUMN phone text;
COMMIT;
-- near miss: the timeout is set
SET idle_in_transaction_session_timeout = '30s';
BEGIN;
ALTER TABLE orders ADD COLUMN phone text;
COMMIT;
-- near miss: no block
ALTER TABLE orders ADD COLUMN phone text;
-- near miss: a lock that stops nobody
BEGIN;
ALTER TABLE orders ALTER COLUMN note SET STATISTICS 500;
COMMIT;
