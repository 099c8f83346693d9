-- What a block of code will do cannot be read from the migration, nor asked of check() beforehand. The guard judges
-- each of its statements all the same when it runs.
-- enforce only: check() does not run code
-- fires: a DO block
DO $$ BEGIN ALTER TABLE orders ADD COLUMN phone text; END $$;
-- near miss: the statement itself
ALTER TABLE orders ADD COLUMN phone text;
-- near miss: code that changes rows
DO $$ BEGIN UPDATE tasks SET done = done WHERE id = 1; END $$;
-- near miss: code that makes a table for itself
DO $$ BEGIN CREATE TEMP TABLE scratch (id int); DROP TABLE scratch; END $$;
