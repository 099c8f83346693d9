-- A restrictive policy is ANDed with all others, so it can only take rows away from queries that run now.
-- setup
CREATE POLICY everybody ON tasks USING (true);
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody ON customers USING (true);
CREATE POLICY everybody ON orders USING (true);
CREATE POLICY anybody ON orders USING (true);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
-- fires: readers lose rows
CREATE POLICY unfinished ON tasks AS RESTRICTIVE USING (NOT done);
-- fires: a permissive policy for all rows becomes one for some
ALTER POLICY everybody ON tasks USING (NOT done);
-- fires: it lets every new row in, and then none of those
ALTER POLICY everybody ON tasks WITH CHECK (id > 1000000);
-- near miss: a permissive policy only adds rows
CREATE POLICY unfinished ON tasks USING (NOT done);
-- near miss: another policy lets everybody see everything
ALTER POLICY everybody ON orders USING (status <> 'new');
-- near miss: for all rows as before
ALTER POLICY everybody ON tasks USING (true);
-- near miss: row level security is not enabled
CREATE POLICY recent ON customers AS RESTRICTIVE USING (created_at > '2026-01-01');
