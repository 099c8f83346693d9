-- Everything in the database is gone when the statement ends; it cannot be rolled back.
-- unobservable: the database that goes is not the one that is looked at
-- setup
DROP DATABASE IF EXISTS reporting;
CREATE DATABASE reporting;
-- fires: a database
DROP DATABASE reporting;
-- near miss: nothing of that name
DROP DATABASE IF EXISTS reporting_old;
