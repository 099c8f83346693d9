-- Every partition and every index of it takes a place in the server's lock table, which has a fixed size. A statement on
-- the parent of too many of them fails, and others that need a lock meanwhile fail with it. The default policy logs it.
-- setup
CREATE TABLE readings (sensor int NOT NULL, value float) PARTITION BY LIST (sensor);
DO $$ BEGIN
  FOR i IN 1 .. current_setting('max_locks_per_transaction')::int * (current_setting('max_connections')::int + 60) / 4 + 50 LOOP
    EXECUTE format('CREATE TABLE readings_%s PARTITION OF readings FOR VALUES IN (%s)', i, i);
    IF i % 500 = 0 THEN COMMIT; END IF;
  END LOOP;
END $$;
INSERT INTO readings SELECT 1, i FROM generate_series(1, 1000) i;
ANALYZE readings_1;
-- fires: thousands of partitions
ALTER TABLE readings ADD COLUMN weight float;
-- near miss: one of them
ALTER TABLE readings_1 SET (fillfactor = 80);
-- near miss: three partitions
ALTER TABLE events ADD COLUMN source text;
