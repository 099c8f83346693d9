-- A view reads its tables as its owner.  When their row level security does not hold the owner back, everybody
-- who may read the view sees all rows.
-- unobservable: old clients do not know the new view, and what others can see through it is not asked for
-- setup
CREATE POLICY orders_open ON orders USING (status <> 'shipped');
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
-- fires: over a table with row level security
CREATE VIEW large_orders AS SELECT id, amount FROM orders WHERE amount > 400;
-- fires: in a sub-select
CREATE VIEW large_customers AS SELECT name FROM customers WHERE id IN (SELECT customer_id FROM orders);
-- near miss: it reads as whoever reads it
CREATE VIEW large_orders WITH (security_invoker = true) AS SELECT id, amount FROM orders WHERE amount > 400;
-- near miss: over a table without row level security
CREATE VIEW named_customers AS SELECT id, name FROM customers;
-- near miss: the name is that of a common table expression
CREATE VIEW large_orders AS WITH orders AS (SELECT id FROM customers) SELECT id FROM orders;
