-- An event trigger runs inside all DDL of the database; an error in it fails every statement, the one that
-- would repair it included.
-- unobservable: it matters to the DDL that comes after it
-- setup
CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER watch_end ON ddl_command_end EXECUTE FUNCTION watch();
-- fires: a new one
CREATE EVENT TRIGGER watch_start ON ddl_command_start EXECUTE FUNCTION watch();
-- fires: one is enabled
ALTER EVENT TRIGGER watch_end DISABLE;
-- near miss: only its function
CREATE FUNCTION other_watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
-- near miss: it goes
DROP EVENT TRIGGER watch_end;
