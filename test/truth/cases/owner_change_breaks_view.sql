-- A view reads its tables with the privileges of its owner: when the new owner may not read them, every reader of the view is refused.
-- setup
DROP ROLE IF EXISTS truth_cashier, truth_auditor;
CREATE ROLE truth_cashier;
CREATE ROLE truth_auditor;
GRANT SELECT ON orders TO truth_auditor;
-- fires: the new owner may not read orders
ALTER VIEW open_orders OWNER TO truth_cashier;
-- near miss: the new owner may
ALTER VIEW open_orders OWNER TO truth_auditor;
-- near miss: the same owner
ALTER VIEW open_orders OWNER TO shop_owner;
