-- Tables that something stands on.
-- setup
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody ON customers USING (true);
GRANT SELECT ON customers TO PUBLIC;
-- fires: that foreign keys and a view use
ALTER TABLE orders RENAME TO "All Orders";
-- writes
INSERT INTO orders (customer_id, amount) VALUES (3, 4);
UPDATE orders SET status = 'paid' WHERE id = 7;
-- fires: with row security
ALTER TABLE customers RENAME TO clients;
-- fires: partitioned
ALTER TABLE events RENAME TO happenings;
-- fires: a view
ALTER VIEW open_orders RENAME TO orders_open;
-- fires: a materialized view
ALTER MATERIALIZED VIEW daily_sales RENAME TO sales_by_day;
