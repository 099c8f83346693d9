--
-- What has no rows of its own (functions, types, extensions, views of nothing) matters where the database is in use,
-- and not where a history is replayed: a shadow database, a test database, a first deployment.
--
\set VERBOSITY terse
SET client_min_messages = warning;
SELECT current_database() AS home \gset
CREATE DATABASE regression_history;
\connect regression_history
SET client_min_messages = warning;
CREATE EXTENSION ddlguard;

-- Without any table a database is there for its functions.
CREATE FUNCTION total(int) RETURNS int LANGUAGE sql RETURN $1;
DROP FUNCTION total;

-- A history, with the notes that its tool keeps.
CREATE TABLE migrations (name text PRIMARY KEY, at timestamptz DEFAULT now()) WITH (autovacuum_enabled = off);
INSERT INTO migrations SELECT 'migration ' || i FROM generate_series(1, 100) i;
-- An index that is built on a few rows counts them, which nobody has VACUUM or ANALYZE for.
CREATE TABLE roles (id int PRIMARY KEY, name text) WITH (autovacuum_enabled = off);
INSERT INTO roles VALUES (1, 'reader'), (2, 'writer');
ALTER TABLE roles ADD UNIQUE (name);
CREATE FUNCTION other(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN $1; END';
CREATE AGGREGATE largest(int) (SFUNC = int4larger, STYPE = int);
CREATE VIEW version AS SELECT 1 AS number;
CREATE SCHEMA api;
CREATE FUNCTION api.hello() RETURNS text LANGUAGE sql RETURN 'hello';
GRANT EXECUTE ON FUNCTION total TO pg_monitor;
CREATE EXTENSION citext;
CREATE COLLATION german (provider = libc, locale = 'C');

BEGIN;
ALTER FUNCTION total RENAME TO sum_of;
ALTER FUNCTION sum_of SET SCHEMA api;
ALTER FUNCTION api.sum_of SET search_path = pg_temp;
REVOKE EXECUTE ON FUNCTION api.sum_of FROM pg_monitor;
CREATE OR REPLACE FUNCTION other(int) RETURNS int LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'not any more'; END$$;
DROP FUNCTION other;
DROP AGGREGATE largest(int);
ALTER VIEW version RENAME TO release;
DROP VIEW release;
DROP COLLATION german;
DROP EXTENSION citext CASCADE;
ALTER SCHEMA api RENAME TO interface;
DROP SCHEMA interface CASCADE;
ROLLBACK;

-- ddlguard itself stays protected.
DROP EXTENSION ddlguard;
-- What an extension keeps for its users is theirs.
CREATE SCHEMA jobs;
CREATE TABLE jobs.job (command text);
INSERT INTO jobs.job VALUES ('SELECT 1');
ALTER EXTENSION citext ADD TABLE jobs.job;
DROP EXTENSION citext;

-- The database comes into use: a table holds more than a few rows.
CREATE TABLE orders WITH (autovacuum_enabled = off) AS SELECT i AS id, 'an order' AS what FROM generate_series(1, 2000) i;
DROP FUNCTION other;
DROP VIEW version;
-- What is taken back was not so.
BEGIN;
SAVEPOINT before;
SET LOCAL ddlguard.mode = off;
DROP TABLE orders;
SET LOCAL ddlguard.mode = enforce;
SELECT count(*) FROM ddlguard.check('DROP FUNCTION other; DROP VIEW version');
ROLLBACK TO before;
SELECT count(*) FROM ddlguard.check('DROP FUNCTION other; DROP VIEW version');
ROLLBACK;
SET ddlguard.mode = off;
DROP TABLE orders;
SET ddlguard.mode = enforce;
BEGIN;
DROP FUNCTION other;
ROLLBACK;

-- Or has its rows elsewhere.
BEGIN;
CREATE FOREIGN DATA WRAPPER elsewhere;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER elsewhere;
CREATE FOREIGN TABLE remote (id int) SERVER elsewhere;
COMMIT;
DROP FUNCTION other;
DROP FOREIGN TABLE remote;
BEGIN;
SET LOCAL ddlguard.mode = off;
DROP FOREIGN TABLE remote;
COMMIT;

-- Or has been seen by autovacuum.
ANALYZE migrations;
ALTER FUNCTION total RENAME TO sum_of;
DROP FUNCTION other;
DROP VIEW version;
DROP COLLATION german;
DROP SCHEMA api CASCADE;

\connect :home
SET client_min_messages = warning;
SET ddlguard.mode = off;
DROP DATABASE regression_history;
