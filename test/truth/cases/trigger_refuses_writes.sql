-- A trigger function that raises an exception whatever happens fails every statement that fires the trigger, and
-- one that returns NULL before a row is written leaves the row as it was, without a word.
-- setup
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''orders are closed''; END';
CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION limited() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN IF NEW.amount > 1e11 THEN RAISE EXCEPTION ''too much''; END IF; RETURN NEW; END';
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE DEBUG ''written''; RETURN NEW; END';
CREATE TRIGGER tasks_keep BEFORE INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION keep();
CREATE TRIGGER customers_refuse BEFORE INSERT OR UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER items_refuse BEFORE INSERT OR UPDATE ON order_items FOR EACH ROW EXECUTE FUNCTION refuse();
ALTER TABLE customers DISABLE TRIGGER customers_refuse;
CREATE FUNCTION assert_not() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN ASSERT false, ''orders are closed''; RETURN NEW; END';
CREATE FUNCTION assert_some() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN ASSERT false OR NEW.amount >= 0; RETURN NEW; END';
CREATE FUNCTION pass() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE VIEW order_sums AS SELECT customer_id, sum(amount) AS amount FROM orders GROUP BY customer_id;
CREATE VIEW task_list AS SELECT id, title, done FROM tasks;
CREATE VIEW task_states AS SELECT DISTINCT id, done FROM tasks;
CREATE TRIGGER task_states_pass INSTEAD OF UPDATE ON task_states FOR EACH ROW EXECUTE FUNCTION pass();
-- fires: it raises an exception
CREATE TRIGGER orders_refuse BEFORE INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION refuse();
-- fires: it returns NULL
CREATE TRIGGER orders_skip BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION skip();
-- fires: it returns NEW for a DELETE, which has none
CREATE TRIGGER order_items_keep BEFORE DELETE ON order_items FOR EACH ROW EXECUTE FUNCTION keep();
-- fires: the function of a trigger that is there gets such a body
CREATE OR REPLACE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''tasks are closed''; END';
-- fires: a function of the same script
CREATE FUNCTION deny() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';
CREATE TRIGGER orders_deny BEFORE INSERT ON orders FOR EACH STATEMENT EXECUTE FUNCTION deny();
-- fires: a disabled one is enabled
ALTER TABLE customers ENABLE TRIGGER customers_refuse;
-- fires: enabled for replicas, too
ALTER TABLE customers ENABLE ALWAYS TRIGGER customers_refuse;
-- fires: all triggers of a table
ALTER TABLE customers ENABLE TRIGGER USER;
-- fires: a disabled one whose function gets such a body in the same script
CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
ALTER TABLE customers ENABLE TRIGGER USER;
-- fires: it asserts what is never true
CREATE TRIGGER orders_assert BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION assert_not();
-- fires: instead of what PostgreSQL writes through a view
CREATE TRIGGER open_orders_refuse INSTEAD OF INSERT OR UPDATE OR DELETE ON open_orders FOR EACH ROW EXECUTE FUNCTION refuse();
-- fires: such a trigger returns NULL
CREATE TRIGGER task_list_skip INSTEAD OF UPDATE ON task_list FOR EACH ROW EXECUTE FUNCTION skip();
-- fires: the function of a trigger that writes through a view
CREATE OR REPLACE FUNCTION pass() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''closed''; END';
-- near miss: through such a view nobody could write
CREATE TRIGGER order_sums_refuse INSTEAD OF INSERT OR UPDATE OR DELETE ON order_sums FOR EACH ROW EXECUTE FUNCTION refuse();
-- near miss: not that write
CREATE TRIGGER task_states_refuse INSTEAD OF INSERT OR DELETE ON task_states FOR EACH ROW EXECUTE FUNCTION refuse();
-- near miss: enabled for what is replicated alone
ALTER TABLE customers ENABLE REPLICA TRIGGER customers_refuse;
-- near miss: enabled already
ALTER TABLE order_items ENABLE TRIGGER items_refuse;
-- near miss: disabled for a while
BEGIN;
ALTER TABLE order_items DISABLE TRIGGER items_refuse;
UPDATE order_items SET price = 1 WHERE id = 1;
ALTER TABLE order_items ENABLE TRIGGER items_refuse;
COMMIT;
-- near miss: it asserts what some rows are
CREATE TRIGGER orders_assert BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION assert_some();
-- near miss: it raises on some rows
CREATE TRIGGER orders_limited BEFORE INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION limited();
-- near miss: a message, not an exception
CREATE TRIGGER orders_tell BEFORE INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION tell();
-- near miss: NULL from a trigger that comes afterwards means nothing
CREATE TRIGGER orders_skip AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION skip();
-- near miss: only where a condition says so
CREATE TRIGGER orders_refuse BEFORE INSERT ON orders FOR EACH ROW WHEN (NEW.amount < 0) EXECUTE FUNCTION refuse();
-- near miss: no client truncates
CREATE TRIGGER orders_refuse BEFORE TRUNCATE ON orders FOR EACH STATEMENT EXECUTE FUNCTION refuse();
-- near miss: another body that lets rows through
CREATE OR REPLACE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.title := trim(NEW.title); RETURN NEW; END';
