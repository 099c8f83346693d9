-- Row level security without a policy shows no row to anybody but the owner and superusers, and refuses their writes.
-- setup
CREATE POLICY everybody ON tasks USING (true);
-- fires: no policy yet
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
-- fires: one that lets nobody through
BEGIN;
CREATE POLICY nobody ON customers USING (false);
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
COMMIT;
-- fires: one for writers alone
BEGIN;
CREATE POLICY writers ON customers FOR INSERT WITH CHECK (true);
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
COMMIT;
-- near miss: a policy is there
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
-- near miss: the policy comes first, in the same transaction
BEGIN;
CREATE POLICY everybody ON customers USING (true);
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
COMMIT;
-- near miss: an empty table that nothing has used yet
ALTER TABLE empty_queue ENABLE ROW LEVEL SECURITY;
