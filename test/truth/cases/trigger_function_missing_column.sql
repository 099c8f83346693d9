-- PL/pgSQL looks NEW's columns and tables up when the trigger runs: CREATE TRIGGER succeeds, the next write fails.
-- setup
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.updated_at := now(); RETURN NEW; END';
CREATE FUNCTION trim_title() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.title := trim(NEW.title); RETURN NEW; END';
CREATE TRIGGER touch_order BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE orders DISABLE TRIGGER touch_order;
CREATE FUNCTION keep_title() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN INSERT INTO old_titles VALUES (OLD.title); RETURN NEW; END';
CREATE FUNCTION count_tasks() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN INSERT INTO public.task_counts SELECT count(*) FROM tasks; RETURN NULL; END';
CREATE FUNCTION keep_for_now() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN CREATE TEMP TABLE IF NOT EXISTS titles_now (title text); INSERT INTO titles_now VALUES (OLD.title); RETURN NEW; END';
CREATE FUNCTION keep_if_there() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN IF to_regclass(''old_titles'') IS NOT NULL THEN INSERT INTO old_titles VALUES (OLD.title); END IF; RETURN NEW; END';
CREATE TRIGGER trim_title BEFORE INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION trim_title();
CREATE TABLE notes (id int, "say ""hi""" text,
    a_name_of_more_than_sixty_three_bytes_is_cut_when_postgresql_reads_it text);
INSERT INTO notes VALUES (1);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
NEW."say ""hi""" := 'x';
NEW.a_name_of_more_than_sixty_three_bytes_is_cut_when_postgresql_reads_it := 'x'; RETURN NEW; END $$;
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
CREATE TRIGGER trim_title_too BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION trim_title();
-- near miss: the column is added first
BEGIN;
ALTER TABLE tasks ADD COLUMN updated_at timestamptz;
CREATE TRIGGER touch BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION touch();
COMMIT;
-- fires: it inserts into a table that does not exist
CREATE TRIGGER keep BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION keep_title();
-- fires: after the statement
CREATE TRIGGER keep AFTER INSERT ON tasks FOR EACH STATEMENT EXECUTE FUNCTION count_tasks();
-- fires: the function of a trigger that is there gets such a body
CREATE OR REPLACE FUNCTION trim_title() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN INSERT INTO shop.title_log VALUES (NEW.title); RETURN NEW; END';
-- near miss: the table is made first
BEGIN;
CREATE TABLE old_titles (title text);
GRANT INSERT ON old_titles TO PUBLIC;
CREATE TRIGGER keep BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION keep_title();
COMMIT;
-- near miss: the function makes it
CREATE TRIGGER keep BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION keep_for_now();
-- near miss: it copes
CREATE TRIGGER keep BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION keep_if_there();
-- near miss: columns with quotes in their names, and with long ones
CREATE TRIGGER note BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION note();
