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
