--
-- The guard's protection of itself (rule guard_tampering): its objects, its settings where they outlast the
-- session, the catalogs that it is kept in.  What is recorded in the server log is in test/tap/privileges.t.
--
\getenv dir PG_ABS_SRCDIR
\i :dir/sql/include/begin.psql

SET ddlguard.mode = off;
CREATE ROLE regress_tampering_creator CREATEROLE;
CREATE ROLE regress_tampering_owner;
CREATE ROLE regress_tampering_app;
CREATE TABLE ours (id int);
CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE FUNCTION public."check"(varchar) RETURNS int LANGUAGE sql AS 'SELECT 1';
SET ddlguard.mode = enforce;

-- Its objects.
SELECT guard, statement FROM try(
  'DROP EXTENSION ddlguard',
  'DROP SCHEMA ddlguard CASCADE',
  'TRUNCATE ddlguard.policy',
  'ALTER TABLE ddlguard.policy DISABLE TRIGGER policy_check',
  'ALTER TABLE ddlguard.policy DROP COLUMN action',
  'ALTER TABLE ddlguard.policy SET UNLOGGED',
  'ALTER TABLE ddlguard.policy OWNER TO regress_tampering_owner',
  'ALTER TABLE ddlguard.policy RENAME TO elsewhere',
  'ALTER TABLE ddlguard.policy RENAME action TO was',
  'ALTER TABLE ddlguard.policy SET SCHEMA public',
  'ALTER TABLE ddlguard.policy ENABLE ROW LEVEL SECURITY',
  'CREATE TABLE child () INHERITS (ddlguard.policy)',
  'CREATE TRIGGER t BEFORE INSERT ON ddlguard.policy FOR EACH ROW EXECUTE FUNCTION swallow()',
  'DROP TRIGGER policy_changed ON ddlguard.policy',
  'ALTER TRIGGER policy_changed ON ddlguard.policy RENAME TO t',
  'CREATE RULE r AS ON INSERT TO ddlguard.policy DO INSTEAD NOTHING',
  'CREATE POLICY p ON ddlguard.policy',
  'CREATE INDEX ON ddlguard.policy (rule)',
  'ALTER SEQUENCE ddlguard.policy_id_seq MAXVALUE 1000',
  'ALTER SCHEMA ddlguard RENAME TO elsewhere',
  'ALTER SCHEMA ddlguard OWNER TO regress_tampering_owner',
  'ALTER EXTENSION ddlguard DROP TABLE ddlguard.policy',
  'ALTER EXTENSION ddlguard ADD TABLE ours',
  'ALTER FUNCTION ddlguard.policy_changed() RENAME TO was',
  'ALTER FUNCTION ddlguard.policy_changed() OWNER TO regress_tampering_owner',
  'ALTER FUNCTION ddlguard.policy_changed() RESET search_path',
  'ALTER FUNCTION ddlguard.check(text) SET SCHEMA public',
  'CREATE OR REPLACE FUNCTION ddlguard.policy_changed() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN RETURN NULL; END''',
  'CREATE OR REPLACE VIEW ddlguard.rules AS SELECT 1');
-- What would be called in place of its functions.
SELECT guard, statement FROM try(
  'CREATE FUNCTION ddlguard."check"(varchar) RETURNS int LANGUAGE sql AS ''SELECT 1''',
  'ALTER FUNCTION public."check"(varchar) SET SCHEMA ddlguard');
SET search_path = ddlguard;
CREATE FUNCTION "check"(varchar) RETURNS int LANGUAGE sql AS 'SELECT 1';
SET search_path = spec, tools;
-- Who may do what with it.
SELECT guard, statement FROM try(
  'GRANT SELECT ON ddlguard.policy TO PUBLIC',
  'GRANT ALL ON ALL TABLES IN SCHEMA ddlguard TO PUBLIC',
  'GRANT CREATE ON SCHEMA ddlguard TO regress_tampering_app',
  'GRANT ALL ON SCHEMA ddlguard TO regress_tampering_app',
  'GRANT SET ON PARAMETER ddlguard.mode TO regress_tampering_app',
  'GRANT SET ON PARAMETER ddlguard.bypass TO PUBLIC',
  'GRANT ALTER SYSTEM ON PARAMETER shared_preload_libraries TO regress_tampering_app');
-- Its settings, for the server, a database or a role.
SELECT guard, statement FROM try(
  'ALTER DATABASE regression SET ddlguard.mode = off',
  'ALTER DATABASE regression SET ddlguard.mode = observe',
  'ALTER ROLE ALL SET ddlguard.mode = off',
  'ALTER ROLE regress_tampering_app IN DATABASE regression SET ddlguard.mode = off',
  'ALTER ROLE regress_tampering_app SET ddlguard.bypass = ''always''',
  'ALTER ROLE regress_tampering_app SET ddlguard.fail_mode = open',
  'ALTER DATABASE regression SET ddlguard.event_retention = ''1min''');
SET ddlguard.bypass_pattern = '^OPS';
ALTER ROLE regress_tampering_app SET ddlguard.bypass_pattern = '';
RESET ddlguard.bypass_pattern;
ALTER SYSTEM SET ddlguard.mode = off;
ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements';
ALTER SYSTEM SET shared_preload_libraries = 'ddlguard,pg_stat_statements'; -- one library of that name
ALTER SYSTEM SET shared_preload_libraries = '';
-- A RESET uncovers what is behind.
ALTER DATABASE regression SET ddlguard.mode = enforce;
ALTER ROLE regress_tampering_app SET ddlguard.bypass_pattern = '^OPS';
SELECT guard, statement FROM try(
  'ALTER DATABASE regression RESET ddlguard.mode',
  'ALTER DATABASE regression SET ddlguard.mode TO DEFAULT',
  'ALTER ROLE regress_tampering_app RESET ALL',
  'ALTER ROLE regress_tampering_app RESET work_mem');
-- The catalogs, which a superuser may write row by row.
SELECT guard, statement FROM try(
  'DELETE FROM pg_extension WHERE extname = ''ddlguard''',
  'UPDATE pg_class SET relname = ''was'' WHERE relname = ''policy''',
  'UPDATE pg_namespace SET nspname = ''was'' WHERE nspname = ''ddlguard''',
  'UPDATE pg_trigger SET tgenabled = ''D''',
  'INSERT INTO pg_db_role_setting VALUES (0, 0, ''{ddlguard.mode=off}'')',
  'WITH gone AS (DELETE FROM pg_depend RETURNING 1) SELECT count(*) FROM gone');
COPY pg_extension FROM PROGRAM 'true';
-- With CREATEROLE, which up to 15 reaches every role but superusers: nobody makes himself an admin of the guard.
SET SESSION AUTHORIZATION regress_tampering_creator;
GRANT ddlguard_admin TO regress_tampering_app;
CREATE ROLE regress_tampering_other IN ROLE ddlguard_admin;
ALTER GROUP ddlguard_admin ADD USER regress_tampering_app;
ALTER ROLE ddlguard_admin LOGIN PASSWORD 'mine';
RESET SESSION AUTHORIZATION;
SELECT count(*) FROM pg_auth_members WHERE roleid = 'ddlguard_admin'::regrole;

-- What is not tampering.
SELECT guard, statement FROM try(
  'ALTER EXTENSION ddlguard UPDATE',
  'INSERT INTO ddlguard.policy (priority, rule, action) VALUES (1, ''drop_table'', ''allow'')',
  'UPDATE ddlguard.policy SET comment = NULL',
  'DELETE FROM ddlguard.policy',
  'REINDEX TABLE ddlguard.policy',
  'GRANT ddlguard_admin TO regress_tampering_app',
  'GRANT INSERT ON ddlguard.policy TO regress_tampering_app',
  'GRANT USAGE ON SCHEMA ddlguard TO regress_tampering_app',
  'GRANT SET ON PARAMETER ddlguard.bypass TO regress_tampering_app',
  'CREATE TABLE copy (LIKE ddlguard.policy INCLUDING ALL)',
  'CREATE VIEW policies AS SELECT * FROM ddlguard.policy',
  'ALTER ROLE regress_tampering_app SET ddlguard.mode = enforce',
  'ALTER DATABASE regression SET ddlguard.event_retention = ''1000d''',
  'ALTER ROLE regress_tampering_app SET work_mem = ''1MB''',
  'UPDATE pg_class SET reltuples = 5, relpages = 1 WHERE relname = ''ours''',
  'UPDATE pg_class SET reltuples = 5, relname = ''theirs'' WHERE relname = ''ours''',
  'UPDATE pg_extension SET extversion = ''ANY'' WHERE extname = ''plpgsql''',
  'UPDATE pg_extension SET extversion = ''ANY'', extname = ''was''',
  'UPDATE pg_proc SET procost = 5 WHERE proname = ''swallow''',
  'ALTER TABLE ours SET SCHEMA tools',
  'DROP TABLE ours');
-- A library's name may have a path.
ALTER SYSTEM SET shared_preload_libraries = pg_stat_statements, '$libdir/ddlguard';
SET ddlguard.bypass = 'test';
ALTER SYSTEM RESET shared_preload_libraries;
ALTER DATABASE regression RESET ddlguard.mode;
RESET ddlguard.bypass;

-- By a DBA, on purpose and on record; a policy row can forbid even that.
SELECT guard, statement FROM try('SET LOCAL ddlguard.bypass = ''we go without''; DROP EXTENSION ddlguard');
INSERT INTO ddlguard.policy (priority, rule, action, no_bypass) VALUES (1500, '*', 'reject', false), (1, 'guard_tampering', 'reject', true);
BEGIN;
SET LOCAL ddlguard.bypass = 'we go without';
DROP EXTENSION ddlguard;
ROLLBACK;
DELETE FROM ddlguard.policy WHERE priority = 1;
-- Nobody is exempt but by a row, and status() says by which.
SELECT exempt, exempt_policy_id FROM ddlguard.status();
INSERT INTO ddlguard.policy (priority, rule, role_name, action) VALUES (1, '*', session_user, 'allow') RETURNING id AS exemption \gset
SELECT exempt, exempt_policy_id = :exemption FROM ddlguard.status();
SELECT guard, statement FROM try('DROP EXTENSION ddlguard');
DELETE FROM ddlguard.policy WHERE priority = 1;

-- Others have no such rights, and are told so by PostgreSQL.
SET ROLE regress_tampering_app;
DROP EXTENSION ddlguard;
TRUNCATE ddlguard.policy;
ALTER TABLE ddlguard.policy DISABLE TRIGGER ALL;
ALTER SYSTEM SET ddlguard.mode = off;
ALTER ROLE regress_tampering_app SET ddlguard.mode = off;
DELETE FROM pg_extension;
SELECT * FROM ddlguard.check('DROP EXTENSION ddlguard; TRUNCATE ddlguard.policy; ALTER SYSTEM SET ddlguard.mode = off; DELETE FROM pg_extension');
RESET ROLE;

\i :dir/sql/include/end.psql
DROP FUNCTION public."check"(varchar);
DROP ROLE regress_tampering_creator, regress_tampering_owner, regress_tampering_app;
