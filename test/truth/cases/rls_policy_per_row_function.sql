-- A function that is not immutable is called for every row that a query looks at, even when its arguments are
-- the same for all of them; in a scalar sub-select it is called once.
-- fires: a setting read for every row
CREATE POLICY orders_tenant ON orders USING (customer_id::text = current_setting('app.tenant', true));
-- fires: in what may be written
CREATE POLICY orders_tenant ON orders FOR INSERT WITH CHECK (customer_id::text = current_setting('app.tenant', true));
-- near miss: read once, in a sub-select
CREATE POLICY orders_tenant ON orders USING (customer_id::text = (SELECT current_setting('app.tenant', true)));
-- near miss: immutable, the planner computes it
CREATE POLICY orders_tenant ON orders USING (status = lower('NEW'));
-- near miss: it depends on the row, so it cannot be computed once
CREATE POLICY orders_tenant ON orders USING (to_char(created_at, 'YYYY') = '2024');
