-- The drop itself takes an instant, but it has to wait for every transaction that uses the table, and whoever comes
-- after waits behind it. The default policy logs it.
-- setup
CREATE INDEX events_kind ON events (kind);
CREATE INDEX queue_created ON empty_queue (created_at);
-- fires: everybody waits behind it
DROP INDEX orders_customer_id_idx;
-- near miss: CONCURRENTLY
DROP INDEX CONCURRENTLY orders_customer_id_idx;
-- near miss: of an empty table
DROP INDEX queue_created;
-- near miss: of a table made in the same transaction
BEGIN;
CREATE TABLE staging AS SELECT * FROM orders;
CREATE INDEX staging_status ON staging (status);
DROP INDEX staging_status;
COMMIT;
