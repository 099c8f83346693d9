--
-- What happens when the guard cannot decide: the policies are damaged, missing, or of another version.  The table
-- damaged on disk, and statements of unknown kinds: test/tap/fail-mode.t.
--
\set VERBOSITY terse
\pset format unaligned
\pset fieldsep ' | '
\pset tuples_only on
SET client_min_messages = warning;
CREATE TABLE filled (id int PRIMARY KEY, name text);
INSERT INTO filled SELECT i FROM generate_series(1, 1000) i;

-- What can get into the table when its triggers and constraints are taken off, one at a time.
CREATE FUNCTION damaged(change text, OUT harmless text, OUT dangerous text, OUT opened text)
    LANGUAGE plpgsql AS $$
DECLARE
  statement text;
  said text;
BEGIN
  PERFORM set_config('ddlguard.mode', 'off', true);
  ALTER TABLE ddlguard.policy DISABLE TRIGGER USER, DROP CONSTRAINT policy_action_known, DROP CONSTRAINT policy_min_rows_not_negative,
    ALTER rule DROP NOT NULL, ALTER action DROP NOT NULL, ALTER priority DROP NOT NULL, ALTER no_bypass DROP NOT NULL;
  EXECUTE change;
  PERFORM set_config('ddlguard.mode', 'enforce', true);
  FOR i IN 1..3 LOOP
    BEGIN
      statement := CASE i WHEN 1 THEN 'CREATE TABLE fresh (id int PRIMARY KEY)' ELSE 'DROP TABLE filled' END;
      IF i = 3 THEN PERFORM set_config('ddlguard.fail_mode', 'open', true); END IF;
      EXECUTE statement;
      RAISE EXCEPTION USING ERRCODE = 'ZZ000', MESSAGE = 'passes';
    EXCEPTION
      WHEN SQLSTATE 'ZZ000' THEN said := 'passes';
      WHEN SQLSTATE 'DG005' THEN GET STACKED DIAGNOSTICS said = PG_EXCEPTION_DETAIL; said := regexp_replace(said, '.*: (?:row \d+ )?', 'DG005: ');
      WHEN OTHERS THEN said := sqlstate;
    END;
    CASE i WHEN 1 THEN harmless := said; WHEN 2 THEN dangerous := said; ELSE opened := said; END CASE;
  END LOOP;
  RAISE EXCEPTION USING ERRCODE = 'ZZ001';
EXCEPTION WHEN SQLSTATE 'ZZ001' THEN NULL;
END $$;
SELECT change, harmless, dangerous, opened FROM unnest(ARRAY[
  'SELECT 1',
  'UPDATE ddlguard.policy SET action = NULL WHERE id = 14',
  'UPDATE ddlguard.policy SET action = ''explode'' WHERE id = 14',
  'UPDATE ddlguard.policy SET rule = NULL WHERE id = 14',
  'UPDATE ddlguard.policy SET rule = ''no_such_rule'' WHERE id = 14',
  'UPDATE ddlguard.policy SET priority = NULL WHERE id = 14',
  'UPDATE ddlguard.policy SET relation_name = E''x\\'' WHERE id = 14',
  'UPDATE ddlguard.policy SET schema_name = repeat(''x'', 100000) WHERE id = 14',
  'UPDATE ddlguard.policy SET no_bypass = NULL WHERE id = 14',
  'UPDATE ddlguard.policy SET min_rows = -5 WHERE id = 14',
  'INSERT INTO ddlguard.policy (rule, action, argument) VALUES (''naming_convention'', ''reject'', ''*['')',
  'INSERT INTO ddlguard.policy (rule, action, argument) VALUES (''index_too_many_columns'', ''reject'', ''many'')',
  'ALTER TABLE ddlguard.policy RENAME action TO what',
  'ALTER TABLE ddlguard.policy ALTER priority TYPE bigint',
  'ALTER TABLE ddlguard.policy DROP COLUMN no_bypass',
  'ALTER TABLE ddlguard.policy RENAME TO elsewhere',
  'ALTER TABLE ddlguard.policy SET SCHEMA public',
  'ALTER EXTENSION ddlguard DROP TABLE ddlguard.policy',
  'DELETE FROM pg_depend WHERE objid = ''ddlguard.policy''::regclass AND deptype = ''e''',
  'DELETE FROM ddlguard.policy']) change, damaged(change);

-- In a session: what is said, and the ways out.
SET ddlguard.bypass = 'test';
ALTER TABLE ddlguard.policy DISABLE TRIGGER policy_check;
INSERT INTO ddlguard.policy (id, priority, rule, action) OVERRIDING SYSTEM VALUE VALUES (1000000, 1, 'no_such_rule', 'reject');
\set VERBOSITY default
DROP TABLE filled; -- no bypass: a row that forbids it may be the one that is damaged
\set VERBOSITY terse
RESET ddlguard.bypass;
CREATE TABLE fresh (id int);
ALTER TABLE fresh ADD n int;
DROP TABLE fresh;
SELECT active, policy_rows, fail_mode, warning FROM ddlguard.status();
SELECT * FROM ddlguard.check('DROP TABLE filled');
SELECT rule FROM ddlguard.check('CREATE TABLE fresh (id int)');
SET ddlguard.mode = observe;
BEGIN;
DROP TABLE filled;
ROLLBACK;
RESET ddlguard.mode;
SET ddlguard.fail_mode = open;
SELECT warning FROM ddlguard.status();
BEGIN;
DROP TABLE filled;
ROLLBACK;
-- What is readable still holds: rows that are valid are asked in fail mode open.
DROP TABLE filled;
INSERT INTO ddlguard.policy (priority, rule, action) VALUES (2, 'serial_column', 'reject');
CREATE TABLE fresh (a serial);
-- Closed again, conventions are as unknown as in a session that has read nothing.
RESET ddlguard.fail_mode;
CREATE TABLE fresh (a serial);
DROP TABLE fresh;
DELETE FROM ddlguard.policy WHERE rule = 'serial_column';
-- Mended.
DELETE FROM ddlguard.policy WHERE rule = 'no_such_rule';
DROP TABLE filled;
SET ddlguard.bypass = 'test';
ALTER TABLE ddlguard.policy ENABLE ALWAYS TRIGGER policy_check;
RESET ddlguard.bypass;
SELECT warning FROM ddlguard.status();

-- fail_mode is for superusers, and cannot be loosened with borrowed rights.
CREATE ROLE regress_fail_mode;
CREATE FUNCTION opens() RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT set_config('ddlguard.fail_mode', 'open', false) $$;
SET SESSION AUTHORIZATION regress_fail_mode;
SET ddlguard.fail_mode = open;
SELECT opens();
RESET SESSION AUTHORIZATION;
SET ddlguard.fail_mode = ajar;

-- What allows by application_name is nothing to rely on, and says so.
INSERT INTO ddlguard.policy (priority, rule, application_name, action) VALUES (1, 'drop_table', 'flyway%', 'allow');
SELECT warning FROM ddlguard.status();
SELECT action, warning FROM ddlguard.explain_policy('drop_table', 'filled', NULL, 'flyway 10');
SELECT action, warning FROM ddlguard.explain_policy('drop_table', 'filled', NULL, 'psql');
DELETE FROM ddlguard.policy WHERE priority = 1;
-- Nor is a guard that refuses nothing.
BEGIN;
UPDATE ddlguard.policy SET action = 'log' WHERE action = 'reject';
SELECT warning FROM ddlguard.status();
ROLLBACK;

SET ddlguard.mode = off;
DROP FUNCTION damaged(text), opens();
DROP TABLE filled;
DROP ROLE regress_fail_mode;
