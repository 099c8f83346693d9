-- What an unqualified name means is settled by the path that a session begins with.
-- unobservable: clients of the test name the schema
-- setup
CREATE SCHEMA archive;
CREATE TABLE archive.old_orders AS SELECT * FROM orders;
CREATE ROLE truth_reader LOGIN;
-- fires: the schema of the application's tables leaves its path
ALTER ROLE shop_app SET search_path = archive;
-- near miss: it stays in the path
ALTER ROLE shop_app SET search_path = archive, public;
-- near miss: a role that may use nothing there
ALTER ROLE truth_reader SET search_path = archive;
-- near miss: another setting
ALTER ROLE shop_app SET statement_timeout = '30s';
-- cleanup
DROP ROLE truth_reader;
ALTER ROLE shop_app RESET search_path;
