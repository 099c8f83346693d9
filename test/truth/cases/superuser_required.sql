-- A migration that needs a superuser runs as one, with everything else that is in it.
-- unobservable: who runs a statement is no lock and no loss
-- fires: the settings of the server
ALTER SYSTEM SET log_min_duration_statement = '1s';
-- fires: C code
CREATE FUNCTION fast() RETURNS integer LANGUAGE c AS '$libdir/fast';
-- near miss: the owner's own function
CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1';
-- near miss: a role without attributes
CREATE ROLE truth_viewer;
DROP ROLE truth_viewer;
