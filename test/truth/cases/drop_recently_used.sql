-- The server's own counters show that the table was read or written since they were reset, so somebody still needs it.
-- setup
CREATE TABLE tasks_2024 AS SELECT * FROM tasks;
SELECT count(*) FROM tasks;
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
