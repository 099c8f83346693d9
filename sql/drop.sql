--
-- DROP, TRUNCATE, DROP COLUMN, DROP OWNED, and what CASCADE takes along.
--
\getenv dir PG_ABS_SRCDIR
\i :dir/sql/include/begin.psql

SET ddlguard.mode = off;
CREATE TABLE users (id int PRIMARY KEY, name text, a int, b int CHECK (b > 0), c int CHECK (b + c > 0), d int CHECK (d > 0) UNIQUE);
INSERT INTO users SELECT i, 'n', i, i, i, i FROM generate_series(1, 1000) i;
ALTER TABLE users ADD UNIQUE (a, b);
CREATE TABLE orders (id serial, user_id int REFERENCES users, total int GENERATED ALWAYS AS (user_id + 1) STORED);
INSERT INTO orders (user_id) SELECT generate_series(1, 1000);
CREATE TABLE empty (id int, name text);
CREATE TABLE empty_child (id int REFERENCES users);
CREATE VIEW names AS SELECT name FROM users;
CREATE VIEW empty_names AS SELECT name FROM empty;
CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS n FROM users;
CREATE MATERIALIZED VIEW nothing AS SELECT * FROM empty;
CREATE TABLE events (at date, n int) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2001-01-01') TO ('2002-01-01');
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2002-01-01') TO ('2003-01-01');
INSERT INTO events SELECT '2001-06-01', i FROM generate_series(1, 1000) i;
CREATE SEQUENCE numbers;
SELECT nextval('numbers') AS drawn \gset
CREATE SEQUENCE idle;
CREATE SCHEMA calm CREATE SEQUENCE idle;
CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.name := upper(NEW.name); RETURN NEW; END';
CREATE TRIGGER noted BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION noted();
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TYPE unused AS ENUM ('sad', 'happy');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE moods (m mood, p positive);
INSERT INTO moods SELECT 'sad', i FROM generate_series(1, 1000) i;
CREATE SCHEMA crowded CREATE TABLE full_up (id int);
INSERT INTO crowded.full_up SELECT generate_series(1, 1000);
CREATE SCHEMA roomy CREATE TABLE nothing (id int);
ANALYZE;
TRUNCATE empty, empty_child; -- nothing has seen them yet
SET ddlguard.mode = enforce;

-- A table with rows; an empty one is nobody's loss.
SELECT * FROM try(
  'DROP TABLE orders',
  'DROP TABLE IF EXISTS orders',
  'DROP TABLE users',
  'DROP TABLE users CASCADE',
  'DROP TABLE empty',
  'DROP TABLE empty CASCADE',
  'DROP TABLE empty_child',
  'DROP TABLE IF EXISTS missing',
  'DROP TABLE empty_child, orders',
  'DROP TABLE events',
  'DROP TABLE events_1',
  'DROP TABLE events_2',
  'CREATE TABLE fresh AS SELECT * FROM users; DROP TABLE fresh',
  'CREATE TEMP TABLE fresh AS SELECT * FROM users; DROP TABLE fresh');

-- TRUNCATE.
SELECT * FROM try(
  'TRUNCATE orders',
  'TRUNCATE orders RESTART IDENTITY',
  'TRUNCATE users',
  'TRUNCATE users CASCADE',
  'TRUNCATE users, orders, empty_child',
  'TRUNCATE orders, missing',
  'TRUNCATE events',
  'TRUNCATE events_2',
  'TRUNCATE empty',
  'TRUNCATE empty_child',
  'CREATE TABLE fresh AS SELECT * FROM users; TRUNCATE fresh');

-- A column, and what goes with it without being named.
SELECT * FROM try(
  'ALTER TABLE users DROP COLUMN c',
  'ALTER TABLE users DROP a',
  'ALTER TABLE users DROP b',
  'ALTER TABLE users DROP d',
  'ALTER TABLE users DROP name',
  'ALTER TABLE users DROP name CASCADE',
  'ALTER TABLE users DROP id CASCADE',
  'ALTER TABLE orders DROP user_id',
  'ALTER TABLE orders DROP user_id CASCADE',
  'ALTER TABLE orders DROP total',
  'ALTER TABLE events DROP n',
  'ALTER TABLE events DROP at',
  'ALTER TABLE empty DROP id',
  'ALTER TABLE users DROP IF EXISTS missing',
  'ALTER TABLE users ADD x int, DROP IF EXISTS x',
  'ALTER TABLE users ADD x int; ALTER TABLE users DROP x',
  'CREATE TABLE fresh AS SELECT * FROM users; ALTER TABLE fresh DROP name');

-- Schemas, roles, extensions: one word, many victims.
CREATE ROLE regress_drop_owner;
CREATE ROLE regress_drop_nobody;
SET ddlguard.mode = off;
CREATE TABLE owned AS SELECT * FROM users;
CREATE TABLE owned_empty ();
ALTER TABLE owned OWNER TO regress_drop_owner;
ALTER TABLE owned_empty OWNER TO regress_drop_nobody;
GRANT SELECT ON users TO regress_drop_nobody;
SET ddlguard.mode = enforce;
SELECT * FROM try(
  'DROP SCHEMA crowded CASCADE',
  'DROP SCHEMA roomy CASCADE',
  'DROP SCHEMA roomy',
  'DROP SCHEMA IF EXISTS missing CASCADE',
  'CREATE SCHEMA fresh CREATE TABLE t (id int); DROP SCHEMA fresh CASCADE',
  'DROP OWNED BY regress_drop_owner',
  'DROP OWNED BY regress_drop_nobody',
  'DROP EXTENSION IF EXISTS missing');
SELECT rule, action FROM ddlguard.check('DROP EXTENSION plpgsql CASCADE') WHERE rule IN ('drop_extension', 'drop_cascade', 'drop_function_in_use') GROUP BY 1, 2 ORDER BY 1;

-- Views, functions, types and sequences: what running code calls by name.
SELECT * FROM try(
  'DROP VIEW names',
  'DROP VIEW empty_names',
  'DROP MATERIALIZED VIEW totals',
  'DROP MATERIALIZED VIEW nothing',
  'DROP VIEW IF EXISTS missing',
  'CREATE VIEW fresh AS SELECT 1; DROP VIEW fresh',
  'DROP FUNCTION twice(int)',
  'DROP FUNCTION noted()',
  'DROP FUNCTION noted() CASCADE',
  'DROP FUNCTION IF EXISTS missing()',
  'CREATE FUNCTION fresh() RETURNS int LANGUAGE sql AS $$SELECT 1$$; DROP FUNCTION fresh()',
  'DROP TYPE mood',
  'DROP TYPE mood CASCADE',
  'DROP TYPE unused',
  'DROP DOMAIN positive CASCADE',
  'CREATE TYPE fresh AS ENUM ($$a$$); DROP TYPE fresh',
  'DROP SEQUENCE numbers',
  'DROP SEQUENCE idle',
  'DROP SEQUENCE calm.idle',
  'DROP SEQUENCE orders_id_seq CASCADE',
  'CREATE SEQUENCE fresh; DROP SEQUENCE fresh',
  'CREATE TEMP SEQUENCE fresh; DROP SEQUENCE fresh');
-- Triggers, rules, policies.
SELECT * FROM try(
  'DROP TRIGGER noted ON users',
  'DROP TRIGGER IF EXISTS missing ON users',
  'CREATE TRIGGER t BEFORE INSERT ON empty EXECUTE FUNCTION noted(); DROP TRIGGER t ON empty');

-- Dropped and made again, and where a table was dropped by an earlier statement.
SELECT statement_number, rule, action FROM ddlguard.check('DROP TABLE orders; CREATE TABLE orders (id int)') ORDER BY 1, 2;
SELECT statement_number, rule, action FROM ddlguard.check('DROP TABLE empty; CREATE TABLE empty (id int)') ORDER BY 1, 2;
SELECT statement_number, rule, action FROM ddlguard.check('DROP TABLE IF EXISTS fresh; CREATE TABLE fresh (id int)') ORDER BY 1, 2;

-- Databases and tablespaces, which stand outside of transactions.
SELECT rule, action FROM ddlguard.check('DROP DATABASE postgres');
SELECT rule, action FROM ddlguard.check('DROP DATABASE IF EXISTS missing');
SET allow_in_place_tablespaces = true;
CREATE TABLESPACE regress_drop LOCATION '';
SELECT rule, action FROM ddlguard.check('DROP TABLESPACE regress_drop');
SELECT rule, action FROM ddlguard.check('DROP TABLESPACE IF EXISTS missing');
DROP TABLESPACE regress_drop;

-- DML without a condition is logged: it is meant so as a rule.
SELECT * FROM try(
  'DELETE FROM orders',
  'DELETE FROM orders WHERE id = 1',
  'DELETE FROM empty',
  'UPDATE users SET name = NULL',
  'UPDATE users SET name = NULL WHERE id = 1',
  'UPDATE events SET n = 1',
  'DELETE FROM orders USING users WHERE users.id = user_id AND users.id = 1');

-- What is read is said, also where a policy lets tables be dropped.
CREATE TABLE read_often AS SELECT 1 AS a;
CREATE TABLE never_read AS SELECT 1 AS a;
SELECT count(*) FROM read_often;
SELECT pg_stat_force_next_flush();
BEGIN;
SELECT pg_stat_clear_snapshot();
SELECT rule, relation FROM ddlguard.check('DROP TABLE read_often; DROP TABLE never_read') ORDER BY 2, 1;
-- What is lost comes first, since tools show one message.
SELECT rule FROM ddlguard.check('DROP TABLE read_often') LIMIT 1;
COMMIT;

-- An empty table that VACUUM or ANALYZE has seen is one of a database in use: its clients count, its rows do not.
CREATE TABLE drained (id int, name text NOT NULL DEFAULT '');
INSERT INTO drained SELECT i, i FROM generate_series(1, 1000) i;
DELETE FROM drained;
-- A writer of the record that is at work would keep VACUUM from it.
DO $$ BEGIN
  FOR i IN 1 .. 500 LOOP
    EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'ddlguard writer')
          AND (SELECT events_waiting = 0 FROM ddlguard.status());
    PERFORM pg_stat_clear_snapshot(), pg_sleep(0.02);
  END LOOP;
END $$;
VACUUM drained;
SELECT * FROM try(
  'DROP TABLE drained',
  'TRUNCATE drained',
  'ALTER TABLE drained DROP name',
  'ALTER TABLE drained RENAME name TO title',
  'ALTER TABLE drained ADD x int NOT NULL',
  'ALTER TABLE drained ADD x int NOT NULL DEFAULT 0',
  'ALTER TABLE drained ALTER id TYPE bigint',
  'CREATE INDEX ON drained (id)');
SET ddlguard.mode = off;
TRUNCATE drained;
SET ddlguard.mode = enforce;
SELECT * FROM try('DROP TABLE drained', 'ALTER TABLE drained RENAME name TO title');

\i :dir/sql/include/end.psql
DROP SCHEMA crowded, roomy, calm CASCADE;
DROP OWNED BY regress_drop_owner, regress_drop_nobody;
DROP ROLE regress_drop_owner, regress_drop_nobody;
