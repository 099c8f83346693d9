-- on a table with row security
-- setup
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody ON orders USING (true);
-- fires: on a table with row security
CREATE POLICY strict ON orders AS RESTRICTIVE USING (amount > 10);
