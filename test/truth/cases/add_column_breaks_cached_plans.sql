-- A prepared SELECT * must not change its result: after the columns have changed, the client gets an error once.
-- fires: a new column
ALTER TABLE orders ADD COLUMN phone text;
-- fires: a column goes
ALTER TABLE tasks DROP COLUMN title;
-- near miss: it is there already
ALTER TABLE orders ADD COLUMN IF NOT EXISTS note text;
-- near miss: on an empty table
ALTER TABLE empty_queue ADD COLUMN phone text;
-- near miss: columns stay
ALTER TABLE orders ALTER COLUMN note SET DEFAULT '';
