-- A rewrite or an index build goes to the WAL as a whole. Replicas lag behind while they receive it, and slots keep it.
-- setup
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = 'truth_wal') THEN
    PERFORM pg_create_physical_replication_slot('truth_wal');
  END IF;
END $$;
-- cleanup
SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = 'truth_wal';
-- fires: a rewrite
ALTER TABLE orders ALTER COLUMN quantity TYPE bigint;
-- fires: an index build
CREATE INDEX CONCURRENTLY orders_status_idx ON orders (status);
-- near miss: metadata alone
ALTER TABLE orders ADD COLUMN phone text;
-- near miss: a scan writes nothing
ALTER TABLE orders ADD CONSTRAINT orders_amount_positive CHECK (amount >= 0);
-- near miss: an empty table
ALTER TABLE empty_queue ALTER COLUMN created_at TYPE timestamptz(3);
