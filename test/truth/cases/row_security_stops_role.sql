-- A policy is for some roles and some commands. A role that has a privilege, and that no permissive policy is for,
-- sees no rows, or is refused its writes, from the moment that row level security is on.
-- setup
CREATE ROLE truth_support NOLOGIN;
CREATE POLICY support ON tasks TO truth_support USING (true);
CREATE POLICY everybody ON events USING (true);
CREATE POLICY others ON events TO truth_support USING (true);
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
CREATE POLICY readers ON customers FOR SELECT USING (true);
CREATE POLICY writers ON orders USING (true);
CREATE POLICY application ON orders FOR INSERT TO shop_app WITH CHECK (true);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY application ON order_items TO shop_app USING (true);
ALTER TABLE order_items ENABLE ROW LEVEL SECURITY;
CREATE ROLE truth_staff NOLOGIN;
GRANT truth_staff TO truth_support;
GRANT SELECT ON tasks TO truth_staff;
CREATE ROLE truth_pool LOGIN NOINHERIT;
CREATE ROLE truth_anonymous NOLOGIN;
CREATE ROLE truth_service NOLOGIN BYPASSRLS;
GRANT truth_anonymous, truth_service TO truth_pool;
CREATE TABLE posts (id bigint PRIMARY KEY, body text);
INSERT INTO posts SELECT i, 'b' FROM generate_series(1, 1000) i;
GRANT SELECT ON posts TO truth_anonymous, truth_service;
CREATE POLICY anonymous ON posts TO truth_anonymous, shop_app USING (true);
ANALYZE posts;
-- fires: the only policy is for another role
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
-- fires: the only policy is for readers
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
-- fires: the owner is not in the policy
ALTER TABLE order_items FORCE ROW LEVEL SECURITY;
-- fires: the policy is given to another role
ALTER POLICY everybody ON events TO truth_support;
-- fires: the policy of that role goes
DROP POLICY everybody ON events;
-- near miss: a policy for the application comes first
BEGIN;
CREATE POLICY application ON tasks TO shop_app USING (true);
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
COMMIT;
-- near miss: whoever logs in takes the role that the policy is for, or one that row security is not for
ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
-- near miss: a policy for the application comes after it, in the same transaction
BEGIN;
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY application ON tasks TO shop_app USING (true);
COMMIT;
-- near miss: another policy lets that role through
DROP POLICY application ON orders;
-- near miss: the same policy, for a role that has it already
ALTER POLICY application ON orders TO shop_app, truth_support;
-- near miss: replaced in the same transaction
BEGIN;
DROP POLICY everybody ON events;
CREATE POLICY everybody ON events TO shop_app USING (true);
COMMIT;
-- cleanup
DROP OWNED BY truth_support, truth_staff, truth_anonymous, truth_service;
DROP ROLE truth_support, truth_staff, truth_pool, truth_anonymous, truth_service;
