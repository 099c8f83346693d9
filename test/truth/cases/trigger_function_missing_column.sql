-- PL/pgSQL looks NEW's columns up when the trigger runs: CREATE TRIGGER succeeds, the next write fails.
-- setup
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.updated_at := now(); RETURN NEW; END';
CREATE FUNCTION trim_title() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.title := trim(NEW.title); RETURN NEW; END';
CREATE TRIGGER touch_order BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE orders DISABLE TRIGGER touch_order;
-- fires: tasks has no column updated_at
CREATE TRIGGER touch BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION touch();
-- fires: one that is disabled is enabled
ALTER TABLE orders ENABLE TRIGGER touch_order;
-- near miss: enabled when the column has been added
BEGIN;
ALTER TABLE orders ADD COLUMN updated_at timestamptz;
ALTER TABLE orders ENABLE TRIGGER touch_order;
COMMIT;
-- near miss: the column is there
CREATE TRIGGER trim_title BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION trim_title();
-- near miss: the column is added first
BEGIN;
ALTER TABLE tasks ADD COLUMN updated_at timestamptz;
CREATE TRIGGER touch BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION touch();
COMMIT;
