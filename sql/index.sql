--
-- CREATE INDEX, REINDEX and DROP INDEX.
--
\getenv dir PG_ABS_SRCDIR
\i :dir/sql/include/begin.psql

SET ddlguard.mode = off;
CREATE TABLE users (id int PRIMARY KEY, name text, email text, active bool);
INSERT INTO users SELECT i, 'n' || i, 'n' || i || '@example.org', true FROM generate_series(1, 1000) i;
CREATE INDEX users_email ON users (email) INCLUDE (name);
CREATE TABLE tiny AS SELECT * FROM users LIMIT 10;
CREATE INDEX tiny_id ON tiny (id);
CREATE TABLE empty (LIKE users);
CREATE TABLE events (at date, user_id int) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2001-01-01') TO ('2002-01-01');
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2002-01-01') TO ('2003-01-01');
INSERT INTO events SELECT '2001-06-01', i FROM generate_series(1, 1000) i;
CREATE INDEX ON events_1 (user_id);
CREATE MATERIALIZED VIEW totals AS SELECT * FROM users;
CREATE VIEW names AS SELECT name FROM users;
ANALYZE;
SET ddlguard.mode = enforce;

-- A plain build stops every writer, whatever kind of index it is.
SELECT * FROM try(
  'CREATE INDEX ON users (name)',
  'CREATE INDEX IF NOT EXISTS users_name ON users (name)',
  'CREATE UNIQUE INDEX ON users (name)',
  'CREATE INDEX ON users USING hash (name)',
  'CREATE INDEX ON users USING brin (id)',
  'CREATE INDEX ON users (lower(name)) WHERE active',
  'CREATE INDEX ON users (name) TABLESPACE pg_default',
  'CREATE INDEX ON totals (name)');
-- Not on what is empty, small, new or temporary, nor where there is nothing to do.
SELECT * FROM try(
  'CREATE INDEX ON empty (name)',
  'CREATE INDEX ON tiny (name)',
  'CREATE TABLE fresh AS SELECT * FROM users; CREATE INDEX ON fresh (name)',
  'CREATE TEMP TABLE fresh AS SELECT * FROM users; CREATE INDEX ON fresh (name)',
  'CREATE INDEX IF NOT EXISTS users_email ON users (name)',
  'CREATE INDEX users_email ON users (name)',
  'CREATE INDEX ON missing (name)',
  'CREATE INDEX ON names (name)',
  'CREATE INDEX ON users (missing)');
-- The safe way.
CREATE INDEX CONCURRENTLY users_name ON users (name);
DROP INDEX CONCURRENTLY users_name;

-- On a partitioned table every partition is built, but for those that have one to adopt.
SELECT * FROM try(
  'CREATE INDEX ON events (at)',
  'CREATE INDEX ON events (user_id)',
  'CREATE INDEX ON ONLY events (at)',
  'CREATE INDEX ON events_1 (at)',
  'CREATE INDEX ON events_2 (at)');

-- What check() knows of the neighbours: another index does the same, or is left from a failed build.
SELECT * FROM try(
  'CREATE INDEX ON tiny (id)',
  'CREATE INDEX ON tiny (id DESC)',
  'CREATE INDEX ON tiny (id, name)',
  'CREATE INDEX ON tiny USING hash (id)',
  'CREATE UNIQUE INDEX ON tiny (id)');
CREATE UNIQUE INDEX CONCURRENTLY tiny_active ON tiny (active);
SELECT * FROM try(
  'CREATE INDEX ON tiny (email)',
  'CREATE INDEX IF NOT EXISTS tiny_active ON tiny (active)',
  'DROP INDEX tiny_active');
DROP INDEX CONCURRENTLY tiny_active;
SELECT * FROM try(
  'CREATE INDEX ON tiny (email)');
SELECT rule, action FROM ddlguard.check('CREATE UNIQUE INDEX ON events (user_id)');
SELECT rule, action FROM ddlguard.check('CREATE UNIQUE INDEX ON ONLY events (user_id, at)');

-- CONCURRENTLY and the timeouts of the session.
SET lock_timeout = '5s';
SELECT rule, action FROM ddlguard.check('CREATE INDEX CONCURRENTLY ON users (name)');
SELECT rule, action FROM ddlguard.check('CREATE INDEX ON empty (name)');
RESET lock_timeout;
SELECT rule, action FROM ddlguard.check('CREATE INDEX CONCURRENTLY ON users (name)');
-- In a transaction block it cannot run; check() says so before the server does.
SELECT rule, action FROM ddlguard.check('BEGIN; CREATE INDEX CONCURRENTLY ON users (name); COMMIT');
SELECT rule, action FROM ddlguard.check('BEGIN; DROP INDEX CONCURRENTLY users_email; REINDEX TABLE CONCURRENTLY users; COMMIT');

-- REINDEX stops writers, and queries that would use the index.
SELECT * FROM try(
  'REINDEX TABLE users',
  'REINDEX INDEX users_email',
  'REINDEX (VERBOSE, TABLESPACE pg_default) INDEX users_email',
  'REINDEX TABLE totals',
  'REINDEX TABLE empty',
  'REINDEX TABLE tiny',
  'REINDEX INDEX tiny_id',
  'REINDEX TABLE missing');
-- Which of the tables speaks for all depends on the catalog's order.
\set VERBOSITY sqlstate
REINDEX SCHEMA spec;
\set VERBOSITY terse
REINDEX TABLE events;
REINDEX (CONCURRENTLY) TABLE users;
REINDEX INDEX CONCURRENTLY users_email;

-- DROP INDEX is over in an instant, but asks for ACCESS EXCLUSIVE.  A unique index is a promise.
CREATE UNIQUE INDEX CONCURRENTLY users_name ON users (name);
SELECT * FROM try(
  'DROP INDEX users_email',
  'DROP INDEX users_name',
  'DROP INDEX users_pkey',
  'DROP INDEX IF EXISTS missing',
  'CREATE INDEX n ON empty (id); DROP INDEX n');
CREATE UNIQUE INDEX CONCURRENTLY users_name_too ON users (name);
SELECT * FROM try('DROP INDEX users_name');
SELECT rule, action FROM ddlguard.check('DROP INDEX CONCURRENTLY users_email');

-- An index that queries use.
SET enable_seqscan = off;
SELECT count(*) FROM users WHERE email = 'n7@example.org';
RESET enable_seqscan;
SELECT pg_stat_force_next_flush();
SELECT rule, action FROM ddlguard.check('DROP INDEX CONCURRENTLY users_email');

-- Names and options are the catalog's business alone.
SELECT * FROM try(
  'ALTER INDEX users_email SET (fillfactor = 70)',
  'ALTER INDEX users_email RESET (fillfactor)',
  'COMMENT ON INDEX users_email IS $$mail$$',
  'ALTER INDEX users_email RENAME TO users_mail',
  'ALTER INDEX users_email ALTER COLUMN 1 SET STATISTICS 100');

\i :dir/sql/include/end.psql
