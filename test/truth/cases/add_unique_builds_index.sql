-- ADD UNIQUE builds its index while nobody can read or write the table.
-- setup
CREATE UNIQUE INDEX tasks_title_idx ON tasks (title);
-- fires: on a populated table
ALTER TABLE orders ADD CONSTRAINT orders_note_key UNIQUE (note);
-- fires: a new column that is unique
ALTER TABLE orders ADD COLUMN code text UNIQUE;
-- near miss: the index is there already
ALTER TABLE tasks ADD CONSTRAINT tasks_title_key UNIQUE USING INDEX tasks_title_idx;
-- near miss: built concurrently first
CREATE UNIQUE INDEX CONCURRENTLY orders_note_key ON orders (note);
ALTER TABLE orders ADD CONSTRAINT orders_note_key UNIQUE USING INDEX orders_note_key;
-- near miss: an empty table
ALTER TABLE empty_queue ADD UNIQUE (payload);
