-- DROP TRIGGER and ALTER TRIGGER ... RENAME take ACCESS EXCLUSIVE on the table: for an instant, but readers and
-- writers queue behind them while they wait for it.
-- setup
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER orders_stamp BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE TRIGGER empty_queue_stamp BEFORE INSERT ON empty_queue FOR EACH ROW EXECUTE FUNCTION stamp();
-- fires: on a populated table
DROP TRIGGER orders_stamp ON orders;
-- fires: a new name for it
ALTER TRIGGER orders_stamp ON orders RENAME TO orders_touch;
-- near miss: made by the same transaction
BEGIN;
CREATE TRIGGER orders_count BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION stamp();
DROP TRIGGER orders_count ON orders;
COMMIT;
-- near miss: on an empty table
DROP TRIGGER empty_queue_stamp ON empty_queue;
-- near miss: there is no such trigger
DROP TRIGGER IF EXISTS orders_count ON orders;
