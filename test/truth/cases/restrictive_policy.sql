-- A restrictive policy is ANDed with all others, so it can only take rows away from queries that run now.
-- setup
CREATE POLICY everybody ON tasks USING (true);
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody ON customers USING (true);
-- fires: readers lose rows
CREATE POLICY unfinished ON tasks AS RESTRICTIVE USING (NOT done);
-- near miss: a permissive policy only adds rows
CREATE POLICY unfinished ON tasks USING (NOT done);
-- near miss: row level security is not enabled
CREATE POLICY recent ON customers AS RESTRICTIVE USING (created_at > '2026-01-01');
