-- After the script a table of that name is there, as before; its rows are not, nor its grants, indexes and foreign keys.
-- check only: at DROP TABLE, which has a rule of its own, the guard cannot know what follows
-- fires: dropped and made again
BEGIN;
DROP TABLE tasks;
CREATE TABLE tasks (id int PRIMARY KEY, title text, done boolean, due date);
COMMIT;
-- near miss: an empty table that nothing has used yet
BEGIN;
DROP TABLE empty_queue;
CREATE TABLE empty_queue (id bigint PRIMARY KEY, payload jsonb);
COMMIT;
-- near miss: altered instead
ALTER TABLE tasks ADD COLUMN due date;
