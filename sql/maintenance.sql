--
-- VACUUM FULL, CLUSTER, REFRESH, LOCK, tablespaces, persistence, access methods, ALTER SYSTEM.
--
\getenv dir PG_ABS_SRCDIR
\i :dir/sql/include/begin.psql

SET ddlguard.mode = off;
CREATE TABLE users (id int PRIMARY KEY, name text);
INSERT INTO users SELECT i, 'n' FROM generate_series(1, 1000) i;
CREATE TABLE empty (id int PRIMARY KEY, name text);
CREATE TABLE tiny (id int PRIMARY KEY, name text);
INSERT INTO tiny VALUES (1, 'n');
CREATE UNLOGGED TABLE scratch AS SELECT * FROM users;
CREATE TABLE events (at date, n int) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2001-01-01') TO ('2002-01-01');
INSERT INTO events SELECT '2001-06-01', i FROM generate_series(1, 1000) i;
CREATE MATERIALIZED VIEW totals AS SELECT id FROM users;
CREATE UNIQUE INDEX ON totals (id);
CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM users;
CREATE MATERIALIZED VIEW later AS SELECT id FROM users WITH NO DATA;
CREATE VIEW names AS SELECT name FROM users;
CREATE ACCESS METHOD heap_too TYPE TABLE HANDLER heap_tableam_handler;
SET allow_in_place_tablespaces = true;
CREATE TABLESPACE regress_maintenance LOCATION '';
CREATE TABLE moved (id int) TABLESPACE regress_maintenance;
INSERT INTO moved SELECT generate_series(1, 1000);
ANALYZE;
SET ddlguard.mode = enforce;

-- VACUUM FULL and CLUSTER write the table anew while nobody can read it; plain VACUUM stops nobody.
VACUUM FULL users;
VACUUM (FULL, ANALYZE) empty, users;
VACUUM FULL empty;
VACUUM FULL tiny;
VACUUM (FULL false) users;
VACUUM (FREEZE, ANALYZE) users;
VACUUM;
VACUUM FULL events;
ANALYZE users;
CLUSTER users USING users_pkey;
CLUSTER empty USING empty_pkey;
CLUSTER users;
ALTER TABLE users CLUSTER ON users_pkey;
CLUSTER users;
CLUSTER;
SET ddlguard.mode = off;
ALTER TABLE users SET WITHOUT CLUSTER;
SET ddlguard.mode = enforce;
CLUSTER;
SELECT statement_number, rule, action FROM ddlguard.check('BEGIN; VACUUM users; COMMIT; VACUUM users');

-- REFRESH computes the contents anew while readers wait, whether the result is large or not.
SELECT * FROM try(
  'REFRESH MATERIALIZED VIEW totals',
  'REFRESH MATERIALIZED VIEW counted',
  'REFRESH MATERIALIZED VIEW totals WITH NO DATA',
  'REFRESH MATERIALIZED VIEW CONCURRENTLY totals',
  'REFRESH MATERIALIZED VIEW later',
  'CREATE MATERIALIZED VIEW fresh AS SELECT * FROM users');

-- LOCK TABLE is what it says; modes that let writers go on are nobody's worry.
SELECT * FROM try(
  'LOCK TABLE users',
  'LOCK TABLE users IN SHARE MODE',
  'LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE NOWAIT',
  'LOCK TABLE users IN ROW EXCLUSIVE MODE',
  'LOCK TABLE users IN SHARE UPDATE EXCLUSIVE MODE',
  'LOCK TABLE users IN ACCESS SHARE MODE',
  'LOCK TABLE names',
  'LOCK TABLE events',
  'LOCK TABLE empty');

-- Files that are copied: persistence, access method, tablespace.
SELECT * FROM try(
  'ALTER TABLE users SET UNLOGGED',
  'ALTER TABLE users SET LOGGED',
  'ALTER TABLE scratch SET LOGGED',
  'ALTER TABLE empty SET UNLOGGED',
  'ALTER TABLE tiny SET UNLOGGED',
  'ALTER TABLE users SET ACCESS METHOD heap_too',
  'ALTER TABLE users SET ACCESS METHOD heap',
  'ALTER TABLE empty SET ACCESS METHOD heap_too',
  'ALTER TABLE users SET TABLESPACE regress_maintenance',
  'ALTER TABLE users SET TABLESPACE pg_default',
  'ALTER TABLE moved SET TABLESPACE regress_maintenance',
  'ALTER TABLE moved SET TABLESPACE pg_default',
  'ALTER INDEX users_pkey SET TABLESPACE regress_maintenance',
  'ALTER TABLE events SET TABLESPACE regress_maintenance',
  'ALTER TABLE empty SET TABLESPACE regress_maintenance',
  'ALTER MATERIALIZED VIEW totals SET TABLESPACE regress_maintenance',
  'ALTER TABLE ALL IN TABLESPACE regress_maintenance SET TABLESPACE pg_default',
  'ALTER TABLE ALL IN TABLESPACE regress_maintenance SET TABLESPACE regress_maintenance',
  'ALTER INDEX ALL IN TABLESPACE regress_maintenance SET TABLESPACE pg_default');

-- Settings of the table and of the server.
SELECT * FROM try(
  'ALTER TABLE users SET (autovacuum_enabled = false)',
  'ALTER TABLE users SET (autovacuum_enabled = true)',
  'ALTER TABLE empty SET (autovacuum_enabled = false)',
  'ALTER TABLE users SET (autovacuum_vacuum_scale_factor = 0.01, fillfactor = 80)',
  'ALTER TABLE users RESET (fillfactor)',
  'ALTER TABLE users SET (user_catalog_table = true)',
  'ALTER TABLE users SET (user_catalog_table = false)');
SELECT rule, action FROM ddlguard.check('ALTER SYSTEM SET work_mem = ''8MB''');
SELECT rule, action FROM ddlguard.check('ALTER SYSTEM RESET ALL');
SELECT rule, action FROM ddlguard.check('ALTER DATABASE regression SET work_mem = ''8MB''');

\i :dir/sql/include/end.psql
DROP ACCESS METHOD heap_too;
DROP TABLESPACE regress_maintenance;
