-- A view reads its tables as its owner. With security_invoker whoever asks needs the privileges, and is under the row
-- security, of what it reads.
-- setup
CREATE VIEW order_notes AS SELECT id, note FROM orders;
REVOKE SELECT ON orders FROM shop_app;
CREATE VIEW task_titles AS SELECT id, title FROM tasks;
CREATE VIEW customer_names AS SELECT id, name FROM customers;
CREATE POLICY nobody ON customers USING (false);
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
CREATE VIEW as_invoker WITH (security_invoker) AS SELECT id, title FROM tasks;
CREATE VIEW item_prices AS SELECT id, price FROM order_items;
CREATE POLICY application ON order_items TO shop_app USING (true);
ALTER TABLE order_items ENABLE ROW LEVEL SECURITY;
-- fires: the application may read the view, but not its table
ALTER VIEW order_notes SET (security_invoker = true);
-- fires: the same with a new query
CREATE OR REPLACE VIEW order_notes WITH (security_invoker = on) AS SELECT id, note FROM orders;
-- fires: row security applies to the application, not to the owner
ALTER VIEW customer_names SET (security_invoker = true);
-- near miss: the application may read the table itself
ALTER VIEW task_titles SET (security_invoker = true);
-- near miss: it does so already
ALTER VIEW as_invoker SET (security_invoker = true);
-- near miss: back to the owner's privileges
ALTER VIEW as_invoker RESET (security_invoker);
-- near miss: it gets the privilege in the same transaction
BEGIN;
ALTER VIEW order_notes SET (security_invoker = true);
GRANT SELECT ON orders TO shop_app;
COMMIT;
-- near miss: a policy is for the application
ALTER VIEW item_prices SET (security_invoker = true);
