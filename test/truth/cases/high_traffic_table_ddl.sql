-- The more sessions use a table, the longer a strong lock waits and the more wait behind it. Here 500 scans and
-- changed rows since statistics began are too many.
-- argument: 500
-- unobservable: counters of other sessions arrive later
-- setup
INSERT INTO tasks SELECT i, 'more' FROM generate_series(100001, 101000) i;
CREATE TABLE quiet AS SELECT 1 AS id;
ANALYZE quiet;
DO $$ BEGIN PERFORM pg_stat_force_next_flush(); END $$;
-- fires: a busy table
ALTER TABLE tasks ADD COLUMN phone text;
-- near miss: a quiet one
ALTER TABLE quiet ADD COLUMN phone text;
-- near miss: a lock that stops nobody
ALTER TABLE tasks ALTER COLUMN title SET STATISTICS 500;
