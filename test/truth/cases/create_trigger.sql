-- The trigger runs inside every write of running code, and an error in it fails them all. PostgreSQL checks the function
-- when it runs, not before. The default policy logs it.
-- unobservable: an error in it shows at the next write
-- setup
CREATE FUNCTION trim_title() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.title := trim(NEW.title); RETURN NEW; END';
CREATE FUNCTION fill_payload() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.payload := coalesce(NEW.payload, ''{}''); RETURN NEW; END';
-- fires: every write runs it
CREATE TRIGGER trim_title BEFORE INSERT OR UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION trim_title();
-- near miss: an empty table
CREATE TRIGGER fill_payload BEFORE INSERT ON empty_queue FOR EACH ROW EXECUTE FUNCTION fill_payload();
-- near miss: a table made in the same transaction
BEGIN;
CREATE TABLE chores (LIKE tasks);
CREATE TRIGGER trim_title BEFORE INSERT ON chores FOR EACH ROW EXECUTE FUNCTION trim_title();
COMMIT;
