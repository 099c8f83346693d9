-- Whoever looks for the blocker sees the application name first.
-- fires: none
SET application_name = '';
ALTER TABLE orders ADD COLUMN phone text;
-- near miss: one that tells
SET application_name = 'migration 42';
ALTER TABLE orders ADD COLUMN phone text;
-- near miss: rows are not the schema
SET application_name = '';
UPDATE tasks SET done = done WHERE id = 1;
