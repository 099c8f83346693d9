-- Rows that exist have no value for the column, so PostgreSQL refuses the statement on a table with rows. On an
-- empty one it runs, and then every INSERT of the old release fails.
-- setup
CREATE TABLE mail_queue (id bigint PRIMARY KEY, body text);
INSERT INTO mail_queue SELECT i, 'hello' FROM generate_series(1, 1000) i;
DELETE FROM mail_queue;
VACUUM mail_queue;
-- fires: the table has rows
ALTER TABLE customers ADD COLUMN country text NOT NULL;
-- fires: a queue that is drained just now, but in use
ALTER TABLE mail_queue ADD COLUMN recipient text NOT NULL;
-- near miss: a constant default fills every row, old and new
ALTER TABLE customers ADD COLUMN country text NOT NULL DEFAULT 'NL';
-- near miss: nullable
ALTER TABLE customers ADD COLUMN country text;
-- near miss: an empty table that nothing has used yet
ALTER TABLE empty_queue ADD COLUMN recipient text NOT NULL;
-- near miss: the column is there already
ALTER TABLE customers ADD COLUMN IF NOT EXISTS name text NOT NULL;
