-- Every client's connection string names the database.
-- unobservable: the database that is renamed is not the one that is looked at
-- setup
DROP DATABASE IF EXISTS reporting;
DROP DATABASE IF EXISTS statistics;
CREATE DATABASE reporting;
-- fires: a database
ALTER DATABASE reporting RENAME TO statistics;
-- near miss: a setting of the database
ALTER DATABASE reporting SET work_mem = '64MB';
