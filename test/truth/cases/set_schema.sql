-- Code that names the old schema, or finds the table through a search_path without the new one, fails from the commit on.
-- setup
CREATE SCHEMA archive;
-- fires: a table that code names
ALTER TABLE tasks SET SCHEMA archive;
-- near miss: it is in that schema already
ALTER TABLE tasks SET SCHEMA public;
-- near miss: an empty table that nothing has used yet
ALTER TABLE empty_queue SET SCHEMA archive;
-- near miss: a table made in the same transaction
BEGIN;
CREATE TABLE tasks_2026 AS SELECT * FROM tasks;
ALTER TABLE tasks_2026 SET SCHEMA archive;
COMMIT;
