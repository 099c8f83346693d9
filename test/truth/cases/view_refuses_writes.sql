-- PostgreSQL writes through a view only where its query is simple; elsewhere an INSTEAD OF trigger or an INSTEAD rule
-- does it.  When the query or the trigger changes, the writes of running code fail; so do those that a new check
-- option refuses.
-- setup
CREATE VIEW order_sums AS SELECT customer_id, sum(amount) AS amount FROM orders GROUP BY customer_id;
CREATE FUNCTION spread() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN UPDATE orders SET amount = NEW.amount WHERE customer_id = NEW.customer_id; RETURN NEW; END';
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''sums are computed''; END';
CREATE TRIGGER order_sums_write INSTEAD OF INSERT OR UPDATE ON order_sums FOR EACH ROW EXECUTE FUNCTION spread();
CREATE VIEW task_states AS SELECT DISTINCT id, done FROM tasks;
CREATE RULE task_states_write AS ON UPDATE TO task_states DO INSTEAD UPDATE tasks SET done = NEW.done WHERE id = OLD.id;
CREATE VIEW item_sums AS SELECT order_id, sum(price) AS price FROM order_items GROUP BY order_id;
CREATE TRIGGER item_sums_refuse INSTEAD OF INSERT OR UPDATE OR DELETE ON item_sums FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE VIEW new_orders AS SELECT customer_id, status, amount FROM orders WHERE status = 'new';
CREATE VIEW urgent_orders AS SELECT customer_id, status, amount FROM new_orders;
CREATE VIEW order_entry AS SELECT customer_id, status, amount FROM orders;
CREATE VIEW open_titles AS SELECT title FROM tasks WHERE NOT done;
-- fires: the only trigger that writes goes
DROP TRIGGER order_sums_write ON order_sums;
-- fires: its function goes, and the trigger with it
DROP FUNCTION spread() CASCADE;
-- fires: it is replaced by one for INSERT alone
CREATE OR REPLACE TRIGGER order_sums_write INSTEAD OF INSERT ON order_sums FOR EACH ROW EXECUTE FUNCTION spread();
-- fires: the only rule that writes goes
DROP RULE task_states_write ON task_states;
-- fires: a rule for some rows, and PostgreSQL does not write the others any more
CREATE RULE new_orders_write AS ON UPDATE TO new_orders WHERE NEW.amount > 100 DO INSTEAD NOTHING;
-- fires: the new query has a LIMIT
CREATE OR REPLACE VIEW new_orders AS SELECT customer_id, status, amount FROM orders WHERE status = 'new' LIMIT 1000;
-- fires: it has DISTINCT
CREATE OR REPLACE VIEW order_entry AS SELECT DISTINCT customer_id, status, amount FROM orders;
-- fires: it has an aggregate
CREATE OR REPLACE VIEW order_entry AS
    SELECT max(customer_id) AS customer_id, max(status) AS status, max(amount)::numeric(12,2) AS amount FROM orders;
-- fires: it has a window function
CREATE OR REPLACE VIEW order_entry AS
    SELECT customer_id, status, amount, rank() OVER (ORDER BY amount) AS place FROM orders;
-- fires: the same with a window of a name
CREATE OR REPLACE VIEW order_entry AS
    SELECT customer_id, status, amount, rank() OVER large AS place FROM orders WINDOW large AS (ORDER BY amount);
-- fires: its only column is cast
CREATE OR REPLACE VIEW open_titles AS SELECT title::varchar::text AS title FROM tasks WHERE NOT done;
-- fires: it joins
CREATE OR REPLACE VIEW order_entry AS
    SELECT o.customer_id, o.status, o.amount FROM orders o JOIN customers c ON c.id = o.customer_id;
-- fires: it unites
CREATE OR REPLACE VIEW order_entry AS
    SELECT customer_id, status, amount FROM orders UNION ALL SELECT customer_id, status, amount FROM orders WHERE quantity > 8;
-- fires: it begins with WITH
CREATE OR REPLACE VIEW order_entry AS
    WITH few AS (SELECT * FROM orders) SELECT customer_id, status, amount FROM few;
-- fires: it reads a view that cannot be written
CREATE OR REPLACE VIEW urgent_orders AS SELECT customer_id, 'new'::text AS status, amount::numeric(12,2) AS amount FROM order_sums;
-- fires: no column of the table is left as it is
CREATE OR REPLACE VIEW order_entry AS
    SELECT customer_id + 0 AS customer_id, lower(status) AS status, (amount + 0)::numeric(12,2) AS amount FROM orders;
-- fires: a check option for what the view leaves out
CREATE OR REPLACE VIEW new_orders AS SELECT customer_id, status, amount FROM orders WHERE status = 'new' WITH CHECK OPTION;
-- fires: the same by ALTER VIEW
ALTER VIEW new_orders SET (check_option = local);
-- fires: cascaded to the view that it reads
ALTER VIEW urgent_orders SET (check_option = cascaded);
-- near miss: the trigger is made again in the same transaction
BEGIN;
DROP TRIGGER order_sums_write ON order_sums;
CREATE TRIGGER order_sums_write INSTEAD OF INSERT OR UPDATE ON order_sums FOR EACH ROW EXECUTE FUNCTION spread();
COMMIT;
-- near miss: another trigger is there already
BEGIN;
CREATE TRIGGER order_sums_spread INSTEAD OF INSERT OR UPDATE ON order_sums FOR EACH ROW EXECUTE FUNCTION spread();
DROP TRIGGER order_sums_write ON order_sums;
COMMIT;
-- near miss: the rule is made again in the same transaction
BEGIN;
DROP RULE task_states_write ON task_states;
CREATE RULE task_states_set AS ON UPDATE TO task_states DO INSTEAD UPDATE tasks SET done = NEW.done WHERE id = NEW.id;
COMMIT;
-- near miss: the trigger let no write happen
DROP TRIGGER item_sums_refuse ON item_sums;
-- near miss: the query allowed for no write before
CREATE OR REPLACE VIEW item_sums AS SELECT DISTINCT order_id, sum(price) AS price FROM order_items GROUP BY order_id;
-- near miss: triggers write whatever the query is
BEGIN;
CREATE OR REPLACE VIEW new_orders AS SELECT customer_id, status, amount FROM orders WHERE status = 'new' LIMIT 500;
CREATE TRIGGER new_orders_write INSTEAD OF INSERT OR UPDATE OR DELETE ON new_orders FOR EACH ROW EXECUTE FUNCTION spread();
COMMIT;
-- near miss: one more column, which PostgreSQL still writes
CREATE OR REPLACE VIEW order_entry AS
    SELECT customer_id, status, amount, (SELECT max(c.name) FROM customers c WHERE c.id = customer_id) AS customer FROM orders;
-- near miss: a check option for a view that leaves nothing out
ALTER VIEW order_entry SET (check_option = cascaded);
-- near miss: of the view itself, which leaves nothing out
ALTER VIEW urgent_orders SET (check_option = local);
-- near miss: made by the same transaction
BEGIN;
CREATE VIEW paid_orders AS SELECT customer_id, status, amount FROM orders WHERE status = 'paid';
ALTER VIEW paid_orders SET (check_option = local);
CREATE OR REPLACE VIEW paid_orders AS SELECT customer_id, status, amount FROM orders WHERE status = 'paid' LIMIT 10;
COMMIT;
