-- Every language brings its own interpreter into the server.
-- argument: sql
-- fires: not in the list
CREATE FUNCTION one() RETURNS integer LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
-- near miss: in the list
CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1';
-- near miss: SQL without saying so
CREATE FUNCTION one() RETURNS integer RETURN 1;
