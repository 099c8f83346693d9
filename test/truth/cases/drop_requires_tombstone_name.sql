-- What goes is renamed first and dropped later: under another name the last user is found before the data is gone.
-- setup
CREATE TABLE tasks_deprecated AS SELECT * FROM tasks;
ALTER TABLE tasks ADD COLUMN old_title text;
ANALYZE tasks_deprecated;
-- fires: a table under its name
DROP TABLE tasks;
-- fires: a column under its name
ALTER TABLE tasks DROP COLUMN title;
-- near miss: marked before
DROP TABLE tasks_deprecated;
-- near miss: a column that is marked
ALTER TABLE tasks DROP COLUMN old_title;
-- near miss: a table that nobody has seen
BEGIN;
CREATE TABLE scratch (id int);
DROP TABLE scratch;
COMMIT;
