-- The trigger is off for every session, so what running code writes meanwhile escapes it; ALL switches foreign keys off,
-- too. The default policy logs it.
-- setup
CREATE FUNCTION trim_title() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.title := trim(NEW.title); RETURN NEW; END';
CREATE TRIGGER trim_title BEFORE INSERT OR UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION trim_title();
-- fires: one trigger
ALTER TABLE tasks DISABLE TRIGGER trim_title;
-- fires: foreign keys, too
ALTER TABLE orders DISABLE TRIGGER ALL;
-- near miss: an empty table
ALTER TABLE empty_queue DISABLE TRIGGER ALL;
-- near miss: a table made in the same transaction
BEGIN;
CREATE TABLE chores AS SELECT * FROM tasks;
CREATE TRIGGER trim_title BEFORE INSERT ON chores FOR EACH ROW EXECUTE FUNCTION trim_title();
ALTER TABLE chores DISABLE TRIGGER trim_title;
COMMIT;
