-- What a foreign table reads lies elsewhere: PostgreSQL takes a column or an option as it is given, and the next read finds
-- out whether it is there.
-- unobservable: clients of the test read no foreign table
-- setup
CREATE EXTENSION file_fdw;
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE users_of_host (line text) SERVER files OPTIONS (filename '/etc/passwd');
GRANT SELECT ON users_of_host TO shop_app;
-- fires: a column that the file does not have
ALTER FOREIGN TABLE users_of_host ADD COLUMN shell text;
-- fires: another file
ALTER FOREIGN TABLE users_of_host OPTIONS (SET filename '/nonexistent');
-- fires: other options of a column
ALTER FOREIGN TABLE users_of_host ALTER COLUMN line OPTIONS (ADD force_not_null 'true');
-- near miss: made by the same transaction
BEGIN;
CREATE FOREIGN TABLE hosts (line text) SERVER files OPTIONS (filename '/etc/hosts');
ALTER FOREIGN TABLE hosts OPTIONS (SET filename '/etc/hostname');
COMMIT;
-- near miss: the column is there already
ALTER FOREIGN TABLE users_of_host ADD COLUMN IF NOT EXISTS line text;
-- near miss: a statistic
ALTER FOREIGN TABLE users_of_host ALTER COLUMN line SET STATISTICS 10;
