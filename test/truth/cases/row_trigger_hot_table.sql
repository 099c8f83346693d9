-- A row-level trigger calls its function for every row that is written; on a table that is written all the time
-- that adds up.
-- argument: 500
-- setup
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
UPDATE tasks SET title = title;
SELECT pg_stat_force_next_flush();
-- fires: many rows were written
CREATE TRIGGER tasks_keep BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION keep();
-- near miss: once for a statement
CREATE TRIGGER tasks_keep BEFORE UPDATE ON tasks FOR EACH STATEMENT EXECUTE FUNCTION keep();
-- near miss: few rows were written
CREATE TRIGGER customers_keep BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION keep();
