-- TRUNCATE gives the table new, empty files under ACCESS EXCLUSIVE. The rows are gone at commit, without
-- a trigger or a WHERE, and readers with an older snapshot see an empty table, too.
-- fires: a table with rows
TRUNCATE tasks;
-- fires: every partition
TRUNCATE events;
-- near miss: an empty table
TRUNCATE empty_queue;
-- near miss: a table filled in the same transaction
BEGIN;
CREATE TABLE staging AS SELECT * FROM tasks;
TRUNCATE staging;
COMMIT;
-- near miss: a temporary table
CREATE TEMPORARY TABLE import AS SELECT * FROM tasks;
TRUNCATE import;
