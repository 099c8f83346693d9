-- A view reads its tables with the privileges of its owner: when the new owner may not read them, every reader of the view is refused.
-- setup
DROP ROLE IF EXISTS truth_cashier, truth_auditor;
CREATE ROLE truth_cashier;
CREATE ROLE truth_auditor;
GRANT SELECT ON orders TO truth_auditor;
CREATE VIEW task_titles AS SELECT id, title FROM tasks;
ALTER VIEW task_titles OWNER TO shop_owner;
GRANT SELECT ON order_items TO truth_cashier;
CREATE VIEW skus AS SELECT DISTINCT sku FROM order_items;
ALTER VIEW skus OWNER TO truth_cashier;
-- fires: the new owner may not read orders
ALTER VIEW open_orders OWNER TO truth_cashier;
-- fires: the view's owner may read it as the table's owner alone
ALTER TABLE tasks OWNER TO truth_auditor;
-- near miss: the view's owner gets the privilege
BEGIN;
ALTER TABLE tasks OWNER TO truth_auditor;
GRANT SELECT ON tasks TO shop_owner;
COMMIT;
-- near miss: the view's owner has a privilege of its own
ALTER TABLE order_items OWNER TO truth_auditor;
-- near miss: the new owner may
ALTER VIEW open_orders OWNER TO truth_auditor;
-- near miss: the same owner
ALTER VIEW open_orders OWNER TO shop_owner;
