-- A table takes its rows, its indexes and the code that still names it along. Empty tables that
-- nothing has used yet may go, since test and shadow databases replay whole histories on them.
-- setup
CREATE TABLE mail_queue (id bigint PRIMARY KEY, body text);
INSERT INTO mail_queue SELECT i, 'hello' FROM generate_series(1, 1000) i;
DELETE FROM mail_queue;
VACUUM mail_queue;
-- fires: a table with rows
DROP TABLE tasks;
-- fires: one partition and its rows
DROP TABLE events_2025;
-- fires: a queue that is drained just now, but in use
DROP TABLE mail_queue;
-- near miss: an empty table that nothing has used yet
DROP TABLE empty_queue;
-- near miss: a table made in the same transaction
BEGIN;
CREATE TABLE tasks_import AS SELECT * FROM tasks;
DROP TABLE tasks_import;
COMMIT;
-- near miss: a temporary table
CREATE TEMPORARY TABLE import AS SELECT * FROM tasks;
DROP TABLE import;
-- near miss: nothing of that name
DROP TABLE IF EXISTS old_tasks;
