-- The server's own counters show that the table was read or written since they were reset, so somebody still needs it.
-- setup
CREATE TABLE tasks_2024 AS SELECT * FROM tasks;
SELECT count(*) FROM tasks;
CREATE TABLE tasks_2023 (id bigint PRIMARY KEY, title text UNIQUE);
CREATE INDEX tasks_2023_done ON tasks_2023 ((title = 'done'));
INSERT INTO tasks_2023 SELECT id, title FROM tasks;
DROP INDEX tasks_2023_done;
SELECT pg_stat_force_next_flush();
-- fires: read a moment ago
DROP TABLE tasks;
-- near miss: made in the same transaction
BEGIN;
CREATE TABLE staging AS SELECT * FROM tasks;
SELECT count(*) FROM staging;
DROP TABLE staging;
COMMIT;
-- near miss: an empty table that nothing has used yet
DROP TABLE empty_queue;
-- near miss: nothing but the build of its indexes has scanned it
DROP TABLE tasks_2023;
