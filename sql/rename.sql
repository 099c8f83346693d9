--
-- RENAME, SET SCHEMA, OWNER TO: cheap for the server, but running code goes by names.
--
\getenv dir PG_ABS_SRCDIR
\i :dir/sql/include/begin.psql

SET ddlguard.mode = off;
CREATE TABLE users (id int PRIMARY KEY, name text);
INSERT INTO users SELECT i, 'n' FROM generate_series(1, 1000) i;
CREATE INDEX users_name ON users (name);
CREATE TABLE empty (id int, name text);
CREATE TABLE events (at date, n int) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2001-01-01') TO ('2002-01-01');
INSERT INTO events SELECT '2001-06-01', i FROM generate_series(1, 1000) i;
CREATE VIEW names AS SELECT id, name FROM users;
CREATE MATERIALIZED VIEW totals AS SELECT * FROM users;
CREATE SEQUENCE numbers;
SELECT nextval('numbers') AS drawn \gset
CREATE SEQUENCE idle;
CREATE SCHEMA calm CREATE SEQUENCE idle;
CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS 'SELECT $1 * 2';
CREATE FUNCTION trusted() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER noted BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION noted();
CREATE RULE quiet AS ON UPDATE TO empty DO INSTEAD NOTHING;
CREATE POLICY everybody ON users USING (true);
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TYPE pair AS (a int, b int);
CREATE DOMAIN positive AS int;
CREATE TABLE pairs (p pair, m mood);
INSERT INTO pairs SELECT ROW(i, i)::pair, 'sad' FROM generate_series(1, 1000) i;
CREATE SCHEMA crowded CREATE TABLE full_up (id int);
INSERT INTO crowded.full_up SELECT generate_series(1, 1000);
CREATE SCHEMA roomy;
CREATE PUBLICATION changes;
CREATE ROLE regress_rename_other;
CREATE ROLE regress_rename_old;
CREATE TABLE old AS SELECT * FROM users;
ALTER TABLE old OWNER TO regress_rename_old;
GRANT USAGE, CREATE ON SCHEMA spec TO regress_rename_other;
ANALYZE;
TRUNCATE empty; -- nothing has seen them yet
SET ddlguard.mode = enforce;

-- Tables, views and columns.
SELECT * FROM try(
  'ALTER TABLE users RENAME TO people',
  'ALTER TABLE IF EXISTS users RENAME TO people',
  'ALTER VIEW names RENAME TO people',
  'ALTER TABLE names RENAME TO people',
  'ALTER MATERIALIZED VIEW totals RENAME TO sums',
  'ALTER TABLE events RENAME TO log',
  'ALTER TABLE events_1 RENAME TO log_1',
  'ALTER TABLE users RENAME COLUMN name TO title',
  'ALTER TABLE users RENAME name TO title',
  'ALTER VIEW names RENAME COLUMN name TO title',
  'ALTER TABLE events RENAME n TO m',
  'ALTER TABLE empty RENAME TO void',
  'ALTER TABLE empty RENAME name TO title',
  'ALTER TABLE IF EXISTS missing RENAME TO users',
  'ALTER TABLE users RENAME missing TO title',
  'CREATE TABLE fresh AS SELECT * FROM users; ALTER TABLE fresh RENAME TO fresher; ALTER TABLE fresher RENAME name TO title',
  'ALTER TABLE users ADD x int; ALTER TABLE users RENAME x TO y');

-- Other objects that code names.
SELECT * FROM try(
  'ALTER SCHEMA crowded RENAME TO quiet',
  'ALTER SCHEMA roomy RENAME TO quiet',
  'ALTER TYPE mood RENAME TO temper',
  'ALTER DOMAIN positive RENAME TO natural_number',
  'ALTER TYPE pair RENAME ATTRIBUTE a TO x',
  'ALTER FUNCTION twice(int) RENAME TO double',
  'ALTER SEQUENCE numbers RENAME TO digits',
  'ALTER SEQUENCE idle RENAME TO digits',
  'ALTER SEQUENCE calm.idle RENAME TO digits',
  'CREATE TYPE fresh AS ENUM ($$a$$); ALTER TYPE fresh RENAME TO fresher',
  'CREATE FUNCTION fresh() RETURNS int LANGUAGE sql AS $$SELECT 1$$; ALTER FUNCTION fresh() RENAME TO fresher',
  'CREATE SEQUENCE fresh; ALTER SEQUENCE fresh RENAME TO fresher');
-- And those that it seldom names: they are logged.
SELECT * FROM try(
  'ALTER INDEX users_name RENAME TO users_title',
  'ALTER TABLE users RENAME CONSTRAINT users_pkey TO users_primary',
  'ALTER TRIGGER noted ON users RENAME TO annotated',
  'ALTER POLICY everybody ON users RENAME TO anybody',
  'ALTER RULE quiet ON empty RENAME TO silent',
  'ALTER PUBLICATION changes RENAME TO news',
  'ALTER ROLE regress_rename_other RENAME TO regress_rename_another');

-- SET SCHEMA.
SELECT * FROM try(
  'ALTER TABLE users SET SCHEMA roomy',
  'ALTER VIEW names SET SCHEMA roomy',
  'ALTER TABLE events SET SCHEMA roomy',
  'ALTER TYPE mood SET SCHEMA roomy',
  'ALTER FUNCTION twice(int) SET SCHEMA roomy',
  'ALTER SEQUENCE numbers SET SCHEMA roomy',
  'ALTER TABLE empty SET SCHEMA roomy',
  'ALTER TABLE users SET SCHEMA spec',
  'ALTER TABLE IF EXISTS missing SET SCHEMA roomy',
  'CREATE TABLE fresh AS SELECT * FROM users; ALTER TABLE fresh SET SCHEMA roomy');

-- OWNER TO: a view reads with its owner's rights.
SELECT * FROM try(
  'ALTER TABLE users OWNER TO regress_rename_other',
  'ALTER TABLE users OWNER TO CURRENT_USER',
  'ALTER VIEW names OWNER TO regress_rename_other',
  'ALTER FUNCTION twice(int) OWNER TO regress_rename_other',
  'ALTER FUNCTION trusted() OWNER TO regress_rename_other',
  'ALTER SCHEMA roomy OWNER TO regress_rename_other',
  'ALTER TABLE empty OWNER TO regress_rename_other');
GRANT SELECT ON users TO regress_rename_other;
SELECT * FROM try('ALTER VIEW names OWNER TO regress_rename_other', 'REASSIGN OWNED BY regress_rename_old TO regress_rename_other');

-- A rename that leaves a view with the old name in the same script still breaks what cannot use a view.
SELECT statement_number, rule, action FROM ddlguard.check('ALTER TABLE users RENAME TO people; CREATE VIEW users AS SELECT * FROM people') ORDER BY 1;

-- Databases and roles are named by every client that connects.
CREATE ROLE regress_ddlguard_renamed;
SELECT * FROM try('ALTER ROLE regress_ddlguard_renamed RENAME TO regress_ddlguard_new');
SELECT rule, action FROM ddlguard.check('ALTER DATABASE postgres RENAME TO elsewhere');
DROP ROLE regress_ddlguard_renamed;

\i :dir/sql/include/end.psql
DROP SCHEMA crowded, roomy, calm CASCADE;
DROP PUBLICATION changes;
DROP OWNED BY regress_rename_other;
DROP ROLE regress_rename_other, regress_rename_old;
