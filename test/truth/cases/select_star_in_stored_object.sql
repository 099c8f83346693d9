-- The list of columns is fixed when the view is made: later columns are missing, and none can be dropped.
-- fires: a view
CREATE VIEW all_orders AS SELECT * FROM orders;
-- fires: in a join
CREATE VIEW order_names AS SELECT o.*, c.name FROM orders o JOIN customers c ON c.id = o.customer_id;
-- fires: a function with a body of SQL
CREATE FUNCTION first_order() RETURNS SETOF orders LANGUAGE sql BEGIN ATOMIC SELECT * FROM orders LIMIT 1; END;
-- near miss: names
CREATE VIEW all_orders AS SELECT id, status FROM orders;
-- near miss: count(*) selects nothing
CREATE VIEW order_count AS SELECT count(*) AS n FROM orders;
-- near miss: nor does EXISTS
CREATE VIEW buyers AS SELECT id FROM customers c WHERE EXISTS (SELECT * FROM orders o WHERE o.customer_id = c.id);
