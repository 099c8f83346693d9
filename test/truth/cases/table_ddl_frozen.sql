-- The argument lists what is frozen, relations and schemas; the policy row may say for whom (role_name) and until
-- when (expires_at).
-- argument: orders, archive
-- setup
CREATE SCHEMA archive;
CREATE TABLE archive.old_tasks AS SELECT * FROM tasks;
ANALYZE archive.old_tasks;
-- fires: a new column
ALTER TABLE orders ADD COLUMN phone text;
-- fires: also what stops nobody
COMMENT ON TABLE orders IS 'frozen';
-- fires: in a schema
ALTER TABLE archive.old_tasks ADD COLUMN phone text;
-- near miss: another table
ALTER TABLE tasks ADD COLUMN phone text;
-- near miss: rows are not frozen
UPDATE orders SET note = note WHERE id = 1;
