-- PL/pgSQL looks NEW's columns up when the trigger runs: CREATE TRIGGER succeeds, the next write fails.
-- setup
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.updated_at := now(); RETURN NEW; END';
CREATE FUNCTION trim_title() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.title := trim(NEW.title); RETURN NEW; END';
-- fires: tasks has no column updated_at
CREATE TRIGGER touch BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION touch();
-- near miss: the column is there
CREATE TRIGGER trim_title BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION trim_title();
-- near miss: the column is added first
BEGIN;
ALTER TABLE tasks ADD COLUMN updated_at timestamptz;
CREATE TRIGGER touch BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION touch();
COMMIT;
