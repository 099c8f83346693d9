--
-- Who may do what with the guard: its roles, what PUBLIC may, and that nobody learns through it what PostgreSQL
-- would not show him.  Sessions and servers: test/tap/privileges.t.
--
\set VERBOSITY terse
\pset format unaligned
\pset fieldsep ' | '
\pset tuples_only on
SET client_min_messages = warning;
SELECT session_user AS me \gset

-- Every function has a search_path of its own, but those to which the caller's names are the question.
SELECT p.oid::regprocedure FROM pg_proc p
 WHERE pronamespace = 'ddlguard'::regnamespace
   AND (proconfig IS NULL OR NOT 'search_path=pg_catalog, pg_temp' = ANY (proconfig)) ORDER BY 1;
SELECT p.oid::regprocedure FROM pg_proc p WHERE pronamespace = 'ddlguard'::regnamespace AND prosecdef;
-- All that is granted to others than the owner.
SELECT coalesce(nullif(grantee, 0)::regrole::text, 'PUBLIC') AS who, string_agg(privilege_type, ', ' ORDER BY privilege_type), object
  FROM (SELECT relname::text, relacl, relowner FROM pg_class WHERE relnamespace = 'ddlguard'::regnamespace
        UNION ALL SELECT proname::text || '()', coalesce(proacl, acldefault('f', proowner)), proowner FROM pg_proc WHERE pronamespace = 'ddlguard'::regnamespace
        UNION ALL SELECT 'schema ' || nspname, nspacl, nspowner FROM pg_namespace WHERE nspname = 'ddlguard'
        UNION ALL SELECT 'column ' || attname, attacl, relowner FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
                   WHERE relnamespace = 'ddlguard'::regnamespace) o (object, acl, owner), aclexplode(acl)
 WHERE grantee <> owner GROUP BY grantee, object ORDER BY who, object COLLATE "C";
SELECT parname, privilege_type, is_grantable FROM pg_parameter_acl, aclexplode(paracl)
 WHERE grantee = 'ddlguard_admin'::regrole;
SELECT rolname, rolcanlogin, rolsuper, rolcreaterole FROM pg_roles WHERE rolname LIKE 'ddlguard%' ORDER BY 1;
-- Nothing is in the schema but the extension's own.
SELECT pg_describe_object(classid, objid, objsubid) FROM pg_depend d
 WHERE refclassid = 'pg_namespace'::regclass AND refobjid = 'ddlguard'::regnamespace AND classid <> 'pg_extension'::regclass
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.classid AND e.objid = d.objid AND e.deptype IN ('e', 'i', 'a'));

CREATE ROLE regress_privileges_admin LOGIN IN ROLE ddlguard_admin;
CREATE ROLE regress_privileges_reader LOGIN IN ROLE ddlguard_reader;
CREATE ROLE regress_privileges_writer LOGIN IN ROLE pg_write_all_data, pg_read_all_data;
CREATE ROLE regress_privileges_nobody LOGIN;

-- ddlguard_reader reads.
SET SESSION AUTHORIZATION regress_privileges_reader;
SELECT count(*) > 20 FROM ddlguard.policy;
SELECT action FROM ddlguard.explain_policy('drop_table');
SELECT count(*) > 200 FROM ddlguard.rules;
INSERT INTO ddlguard.policy (rule, action) VALUES ('*', 'allow');
DELETE FROM ddlguard.policy;
SET ddlguard.bypass = 'x';

-- ddlguard_admin decides, and lets others bypass; the tables themselves are not his.
SET SESSION AUTHORIZATION regress_privileges_admin;
INSERT INTO ddlguard.policy (priority, rule, action) VALUES (1, 'drop_table', 'warn');
UPDATE ddlguard.policy SET action = 'log' WHERE priority = 1;
SELECT action FROM ddlguard.explain_policy('drop_table');
DELETE FROM ddlguard.policy WHERE priority = 1;
GRANT SET ON PARAMETER ddlguard.bypass TO regress_privileges_reader;
SET SESSION AUTHORIZATION regress_privileges_reader;
SET ddlguard.bypass = 'x';
RESET ddlguard.bypass;
SET SESSION AUTHORIZATION regress_privileges_admin;
REVOKE SET ON PARAMETER ddlguard.bypass FROM regress_privileges_reader;
TRUNCATE ddlguard.policy;
ALTER TABLE ddlguard.policy DISABLE TRIGGER USER;
CREATE TRIGGER t BEFORE INSERT ON ddlguard.policy EXECUTE FUNCTION ddlguard.policy_changed();
DROP EXTENSION ddlguard;
CREATE FUNCTION ddlguard."check"(varchar) RETURNS int LANGUAGE sql AS 'SELECT 1';
SET ddlguard.mode = off;
SET ddlguard.fail_mode = open;
INSERT INTO ddlguard.policy_baseline VALUES ('2');
GRANT INSERT ON ddlguard.policy TO regress_privileges_nobody;

-- To write every table is not to configure the guard, by whatever statement.
SET SESSION AUTHORIZATION regress_privileges_writer;
INSERT INTO ddlguard.policy (rule, action) VALUES ('*', 'allow');
UPDATE ddlguard.policy SET action = 'allow';
DELETE FROM ddlguard.policy;
COPY ddlguard.policy (rule, action) FROM stdin;
*	allow
\.
INSERT INTO ddlguard.policy_baseline VALUES ('2');
UPDATE ddlguard.event SET statement = 'SELECT 1';
DELETE FROM ddlguard.event;
SET session_replication_role = replica;
-- But by a grant it is, on a column, too.
RESET SESSION AUTHORIZATION;
GRANT UPDATE (comment) ON ddlguard.policy TO regress_privileges_writer;
SET SESSION AUTHORIZATION regress_privileges_writer;
BEGIN;
UPDATE ddlguard.policy SET comment = 'seen' WHERE rule = '*' RETURNING comment;
ROLLBACK;
RESET SESSION AUTHORIZATION;
REVOKE UPDATE (comment) ON ddlguard.policy FROM regress_privileges_writer;

-- Everybody else may ask about what is his.
SET SESSION AUTHORIZATION regress_privileges_nobody;
SELECT count(*) FROM ddlguard.policy;
SELECT * FROM ddlguard.explain_policy('drop_table');
SELECT * FROM ddlguard.policy_baseline;
SELECT ddlguard.policy_check();
SELECT active, exempt FROM ddlguard.status();
SELECT rule FROM ddlguard.check('DROP TABLE mine');
RESET SESSION AUTHORIZATION;

-- And learns nothing about what is not: what PostgreSQL would refuse has no effect to tell.
CREATE SCHEMA secret;
CREATE TABLE secret.hidden (id int);
CREATE TABLE owned (id int PRIMARY KEY, salary int, note text DEFAULT 'none' CHECK (note <> ''));
INSERT INTO owned SELECT i, i FROM generate_series(1, 1000) i;
CREATE TABLE referring (id int REFERENCES owned);
CREATE INDEX by_salary ON owned (salary);
CREATE VIEW seen AS SELECT * FROM owned;
CREATE MATERIALIZED VIEW copied AS SELECT * FROM owned;
CREATE SEQUENCE numbers;
CREATE TYPE pair AS (a int, b int);
CREATE DOMAIN positive AS int;
CREATE TABLE typed (p pair, d positive);
INSERT INTO typed VALUES ((1, 2), 3);
CREATE TABLE parted (id int) PARTITION BY RANGE (id);
CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (100);
INSERT INTO part VALUES (1);
CREATE FUNCTION answer() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE STATISTICS correlated ON id, salary FROM owned;
SET ddlguard.bypass = 'test';
CREATE PUBLICATION regress_privileges FOR TABLE owned;
RESET ddlguard.bypass;
ANALYZE;
INSERT INTO ddlguard.policy (priority, rule, action, argument) VALUES
  (1, 'unbatched_update', 'reject', '1'), (1, 'insert_row_limit', 'reject', '1');
CREATE FUNCTION told(script text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT concat_ws(' | ', $1, relation, rule, rows, bytes, column_or_message)
    FROM (
      SELECT relation, rule, rows, bytes, reason FROM ddlguard.explain($1)
      UNION ALL SELECT relation, rule, rows, bytes, concat_ws(' ', message, detail, hint) FROM ddlguard.check($1)
      UNION ALL SELECT NULL, rule, NULL, NULL, sql FROM ddlguard.plan($1) WHERE rule IS NOT NULL) _(relation, rule, rows, bytes, column_or_message)
$$;
CREATE TABLE scripts AS SELECT unnest(ARRAY[
  'ALTER TABLE owned ADD n int', 'ALTER TABLE owned DROP salary', 'ALTER TABLE owned ALTER salary TYPE bigint', 'ALTER TABLE owned ALTER salary SET NOT NULL',
  'ALTER TABLE owned RENAME TO was', 'ALTER TABLE owned RENAME salary TO pay', 'ALTER TABLE owned SET SCHEMA secret', 'ALTER TABLE owned DISABLE TRIGGER ALL',
  'ALTER TABLE owned ADD UNIQUE (salary)', 'ALTER TABLE owned ADD CHECK (salary > 0)', 'ALTER TABLE owned DROP CONSTRAINT owned_note_check', 'ALTER TABLE owned ENABLE ROW LEVEL SECURITY',
  'ALTER TABLE owned ALTER note DROP DEFAULT', 'CREATE INDEX ON owned (note)', 'CREATE UNIQUE INDEX CONCURRENTLY ON owned (salary)', 'REINDEX TABLE owned', 'REINDEX INDEX by_salary',
  'CLUSTER owned USING by_salary', 'VACUUM FULL owned', 'ALTER INDEX by_salary RENAME TO by_pay', 'DROP INDEX by_salary', 'DROP TABLE owned', 'DROP TABLE owned CASCADE', 'DROP VIEW seen',
  'DROP MATERIALIZED VIEW copied', 'REFRESH MATERIALIZED VIEW copied', 'REFRESH MATERIALIZED VIEW CONCURRENTLY copied', 'DROP SEQUENCE numbers', 'ALTER SEQUENCE numbers RESTART',
  'DROP TYPE pair CASCADE', 'ALTER TYPE pair ALTER ATTRIBUTE a TYPE bigint CASCADE', 'DROP DOMAIN positive CASCADE', 'ALTER DOMAIN positive ADD CHECK (VALUE > 0)', 'DROP FUNCTION answer()',
  'CREATE OR REPLACE FUNCTION answer() RETURNS int LANGUAGE sql AS ''SELECT 2''', 'TRUNCATE owned', 'TRUNCATE owned CASCADE', 'TRUNCATE parted', 'LOCK TABLE owned', 'LOCK TABLE seen',
  'ALTER TABLE parted DETACH PARTITION part', 'DROP TABLE part', 'CREATE TRIGGER t BEFORE INSERT ON owned FOR EACH ROW EXECUTE FUNCTION change()',
  'CREATE RULE r AS ON INSERT TO owned DO INSTEAD NOTHING', 'CREATE POLICY p ON owned', 'REVOKE SELECT ON owned FROM PUBLIC', 'CREATE STATISTICS s ON id, note FROM owned', 'DROP STATISTICS correlated',
  'COMMENT ON TABLE owned IS ''mine''', 'ALTER PUBLICATION regress_privileges DROP TABLE owned', 'DROP PUBLICATION regress_privileges', 'DROP OWNED BY SESSION_USER, pg_database_owner',
  'DROP SCHEMA secret CASCADE', 'DROP EXTENSION plpgsql', 'ALTER SYSTEM SET work_mem = 1', 'ALTER ROLE regress_privileges_admin RENAME TO other', 'DROP TABLESPACE pg_default',
  'DELETE FROM owned', 'UPDATE owned SET salary = 0', 'UPDATE owned SET salary = 0 WHERE salary > 900', 'DELETE FROM owned WHERE salary > 900', 'INSERT INTO owned SELECT * FROM owned',
  'WITH gone AS (DELETE FROM owned WHERE salary > 900 RETURNING *) SELECT * FROM gone', 'COPY owned FROM stdin',
  'BEGIN; CREATE TABLE owned (id int); UPDATE public.owned SET salary = 0 WHERE salary > 900; COMMIT']) AS script;
GRANT SELECT ON scripts TO regress_privileges_nobody;
-- Their owner is told about all but these,
SELECT script FROM scripts WHERE NOT EXISTS (SELECT FROM told(script));
-- somebody else about none.
SET SESSION AUTHORIZATION regress_privileges_nobody;
SELECT told(script) FROM scripts;
-- A schema that he may not look into is one that he may not look into.
SELECT message FROM ddlguard.check('ALTER TABLE secret.hidden ADD n int; DROP TABLE secret.nothing');
-- What the guard says of a DELETE comes after the right to do it, too.
DELETE FROM owned;
UPDATE owned SET salary = 0 WHERE salary > 900;
RESET SESSION AUTHORIZATION;
DELETE FROM ddlguard.policy WHERE priority = 1;

-- A script that is only asked about runs nothing of those who wrote it, whoever asks.
CREATE SCHEMA hostile AUTHORIZATION regress_privileges_nobody;
CREATE TABLE loot (who text, how text);
GRANT INSERT ON loot TO PUBLIC;
SET SESSION AUTHORIZATION regress_privileges_nobody;
CREATE FUNCTION hostile.act(how text) RETURNS int LANGUAGE plpgsql AS 'BEGIN INSERT INTO loot VALUES (current_user, how); RETURN 1; END';
CREATE FUNCTION hostile.f(how text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN hostile.act(how); END';
CREATE FUNCTION hostile.g(how text) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT hostile.act(how)';
CREATE FUNCTION hostile.h(how text) RETURNS boolean LANGUAGE sql AS 'SELECT hostile.f(how) = 1';
RESET SESSION AUTHORIZATION;
\set script 'ALTER TABLE owned ADD c int DEFAULT hostile.f(\'default\'); ALTER TABLE owned ADD d int DEFAULT hostile.g(\'sql\'); ALTER TABLE owned ADD e boolean DEFAULT hostile.h(\'inlined\'); ALTER TABLE owned ALTER salary TYPE int USING hostile.f(\'using\'); ALTER TABLE owned ALTER note SET DEFAULT hostile.f(\'set default\'); ALTER TABLE owned ADD CHECK (hostile.h(\'check\')); CREATE INDEX ON owned (hostile.f(\'index\')); CREATE INDEX ON owned (id) WHERE hostile.h(\'where\'); CREATE TABLE fresh (id int DEFAULT hostile.f(\'new\') CHECK (hostile.h(\'new check\'))); ALTER TABLE fresh ADD g int DEFAULT hostile.f(\'fresh\'); CREATE POLICY p ON owned USING (hostile.h(\'policy\')); CREATE VIEW v AS SELECT hostile.f(\'view\'); CREATE MATERIALIZED VIEW w AS SELECT hostile.f(\'materialized\') FROM owned; SELECT hostile.f(\'select\'); UPDATE owned SET salary = hostile.f(\'update\'); DELETE FROM owned WHERE id = hostile.f(\'delete\'); CREATE TABLE parts (id int) PARTITION BY RANGE (id); CREATE TABLE one PARTITION OF parts FOR VALUES FROM (hostile.f(\'bound\')) TO (9); DO \'SELECT hostile.f(1)\''
SELECT count(*) > 5 FROM ddlguard.check(:'script');
SELECT count(*) > 5 FROM ddlguard.explain(:'script');
SELECT count(*) > 5 FROM ddlguard.plan(:'script');
SELECT * FROM loot;

SET ddlguard.mode = off;
DROP TABLE loot;
DROP SCHEMA hostile CASCADE;
DROP PUBLICATION regress_privileges;
DROP TABLE scripts;
DROP FUNCTION told(text), answer(), change();
DROP SCHEMA secret CASCADE;
DROP TABLE owned, referring, typed, parted CASCADE;
DROP SEQUENCE numbers;
DROP TYPE pair;
DROP DOMAIN positive;
DROP ROLE regress_privileges_admin, regress_privileges_reader, regress_privileges_writer, regress_privileges_nobody;
