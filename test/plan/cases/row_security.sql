-- Row security.
-- rule: rls_enable_without_policy
-- fires: without a policy
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
