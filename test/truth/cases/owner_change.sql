-- The owner may alter and drop it, is not bound by row level security, and needs no grants. The default policy logs it.
-- setup
DROP ROLE IF EXISTS truth_clerk;
CREATE ROLE truth_clerk;
-- fires: another role decides about the table
ALTER TABLE tasks OWNER TO truth_clerk;
-- near miss: the same owner
ALTER TABLE tasks OWNER TO shop_owner;
-- near miss: a table made in the same transaction
BEGIN;
CREATE TABLE tasks_2026 (LIKE tasks);
ALTER TABLE tasks_2026 OWNER TO truth_clerk;
COMMIT;
