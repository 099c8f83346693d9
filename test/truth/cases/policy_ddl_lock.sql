-- CREATE, ALTER and DROP POLICY take ACCESS EXCLUSIVE for an instant, and whoever comes after waits behind it. The default policy logs it.
-- setup
CREATE POLICY everybody ON customers USING (true);
-- fires: a table in use
CREATE POLICY unfinished ON tasks USING (NOT done);
-- fires: a policy that is there
DROP POLICY everybody ON customers;
-- near miss: an empty table
CREATE POLICY everybody ON empty_queue USING (true);
-- near miss: a table made in the same transaction
BEGIN;
CREATE TABLE chores AS SELECT * FROM tasks;
CREATE POLICY everybody ON chores USING (true);
COMMIT;
