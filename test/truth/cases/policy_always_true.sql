-- A permissive policy that is always true lets its roles have every row.
-- argument: shop_owner
-- fires: for everybody
CREATE POLICY orders_all ON orders USING (true);
-- fires: for what may be written
CREATE POLICY orders_all ON orders FOR INSERT TO shop_app WITH CHECK (true);
-- near miss: for a role that may have it
CREATE POLICY orders_all ON orders TO shop_owner USING (true);
-- near miss: it says which rows
CREATE POLICY orders_open ON orders USING (status <> 'shipped');
-- near miss: a restrictive policy opens nothing
CREATE POLICY orders_all ON orders AS RESTRICTIVE USING (true);
