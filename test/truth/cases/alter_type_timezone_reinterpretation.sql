-- timestamp and timestamptz are converted by the TimeZone of the session that runs the migration: the same statement
-- stores other instants when another client runs it. The default policy logs it.
-- unobservable: a session in another time zone would have stored other instants
-- setup
ALTER TABLE orders ADD COLUMN shipped_at timestamp;
UPDATE orders SET shipped_at = '2026-01-01 12:00';
-- fires: the session's time zone decides what is meant
ALTER TABLE orders ALTER COLUMN shipped_at TYPE timestamptz;
-- near miss: the statement says what is meant
ALTER TABLE orders ALTER COLUMN shipped_at TYPE timestamptz USING shipped_at AT TIME ZONE 'UTC';
-- near miss: an empty column of a new table
BEGIN;
CREATE TABLE visits (id bigint PRIMARY KEY, at timestamp);
ALTER TABLE visits ALTER COLUMN at TYPE timestamptz;
COMMIT;
