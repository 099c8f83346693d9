--
-- Ways to run a statement, and traps for a guard that sits in the hooks.  The list, route by route, is
-- in docs/evasion.md; routes that need more than one session or a server of their own are in
-- test/isolation and test/tap.
--
-- Errors show their SQLSTATE alone: DG001 is a refusal by the guard, anything else is PostgreSQL's own.
--
\set VERBOSITY sqlstate
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SELECT session_user AS me \gset
UPDATE ddlguard.policy SET min_rows = 100, min_bytes = NULL WHERE min_rows = 100000;
CREATE TABLE big AS SELECT i AS id, i % 7 AS kind FROM generate_series(1, 1000) i;
CREATE TABLE small (id int);
CREATE ROLE regress_evasion_app LOGIN;
CREATE ROLE regress_evasion_migrator LOGIN;
CREATE ROLE regress_evasion_owner;
GRANT regress_evasion_owner TO regress_evasion_app, regress_evasion_migrator;
GRANT regress_evasion_migrator TO regress_evasion_app;
GRANT CREATE ON SCHEMA public TO regress_evasion_owner, regress_evasion_app, regress_evasion_migrator;
ALTER TABLE big OWNER TO regress_evasion_owner;

-- 19. Inside functions of every kind.  SET NOT NULL, because the net behind the hook (test/tap/net.t) would not see it.
DO $$ BEGIN ALTER TABLE big ALTER kind SET NOT NULL; END $$;
DO $$ BEGIN EXECUTE format('ALTER TABLE %I ALTER %I SET NOT NULL', 'b' || 'ig', 'kind'); END $$;
DO $$
BEGIN
  FOR i IN 1..3 LOOP
    BEGIN
      ALTER TABLE big ALTER kind SET NOT NULL;
    EXCEPTION WHEN SQLSTATE 'DG001' THEN
      RAISE WARNING SQLSTATE '01DG1';
    END;
  END LOOP;
END $$;

CREATE FUNCTION in_plpgsql() RETURNS void LANGUAGE plpgsql AS $$ BEGIN ALTER TABLE big ALTER kind SET NOT NULL; END $$;
CREATE FUNCTION in_sql() RETURNS void LANGUAGE sql AS $$ CREATE TABLE harmless (id int); ALTER TABLE big ALTER kind SET NOT NULL; $$;
SELECT in_plpgsql();
SELECT in_sql();
SELECT count(*) FROM pg_class WHERE relname = 'harmless';

CREATE PROCEDURE in_procedure() LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO small VALUES (1);
  COMMIT;
  ALTER TABLE big ALTER kind SET NOT NULL;
END $$;
CALL in_procedure();
SELECT count(*) FROM small;
DELETE FROM small;

CREATE FUNCTION in_trigger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ALTER TABLE big ALTER kind SET NOT NULL; RETURN NEW; END $$;
CREATE TRIGGER knock BEFORE INSERT ON small FOR EACH ROW EXECUTE FUNCTION in_trigger();
INSERT INTO small VALUES (1);
COPY small FROM PROGRAM 'echo 1';
DROP TRIGGER knock ON small;
-- At the end of the transaction.
CREATE CONSTRAINT TRIGGER knock AFTER INSERT ON small DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION in_trigger();
BEGIN;
INSERT INTO small VALUES (1);
COMMIT;
DROP TRIGGER knock ON small;
BEGIN;
DECLARE late CURSOR WITH HOLD FOR SELECT in_plpgsql();
COMMIT;

CREATE FUNCTION in_event_trigger() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN ALTER TABLE big ALTER kind SET NOT NULL; END $$;
CREATE EVENT TRIGGER regress_evasion ON ddl_command_end WHEN TAG IN ('CREATE VIEW') EXECUTE FUNCTION in_event_trigger();
CREATE VIEW harmless AS SELECT 1;
DROP EVENT TRIGGER regress_evasion;

-- In a parallel worker PostgreSQL allows no DDL at all.
CREATE FUNCTION in_worker() RETURNS int LANGUAGE plpgsql PARALLEL SAFE AS $$ BEGIN DROP TABLE big; RETURN 1; END $$;
-- (The setting's name up to 15, and since.)
SELECT set_config(name, 'on', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SELECT in_worker();
SELECT set_config(name, 'off', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');

-- 20. REFRESH CONCURRENTLY sends statements of its own on temporary tables.
INSERT INTO small VALUES (1);
CREATE MATERIALIZED VIEW totals AS SELECT id FROM small WITH NO DATA;
CREATE UNIQUE INDEX ON totals (id);
REFRESH MATERIALIZED VIEW totals;
REFRESH MATERIALIZED VIEW CONCURRENTLY totals;

-- 21, 22. Extension scripts and C code: test/tap/extension-script.t, test/tap/net.t.

-- 23. One string with many statements.
SELECT 1\; CREATE TABLE harmless (id int)\; DROP TABLE big\; SELECT 2;
SELECT count(*) FROM pg_class WHERE relname = 'harmless';
BEGIN\; DROP TABLE big\; COMMIT;
ROLLBACK;

-- 24. What was prepared, or first run, under a bypass is judged again; the wire protocol is in
-- test/tap/wire-protocol.t.
CREATE FUNCTION cached() RETURNS void LANGUAGE plpgsql AS $$ BEGIN ALTER TABLE big ALTER kind SET NOT NULL; END $$;
PREPARE cached AS SELECT cached();
BEGIN;
SET LOCAL ddlguard.bypass = 'test';
EXECUTE cached;
ROLLBACK;
EXECUTE cached;

-- 25. A SECURITY DEFINER function has its owner's rights, not its owner's exemption; nor has SET ROLE.
INSERT INTO ddlguard.policy (priority, rule, role_name, action) VALUES (1, '*', 'regress\_evasion\_migrator', 'allow');
CREATE FUNCTION as_superuser() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN ALTER TABLE big ALTER kind SET NOT NULL; END $$;
CREATE FUNCTION as_migrator() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN ALTER TABLE big ALTER kind SET NOT NULL; END $$;
ALTER FUNCTION as_migrator() OWNER TO regress_evasion_migrator;
SET SESSION AUTHORIZATION regress_evasion_app;
SELECT as_superuser();
SELECT as_migrator();
SET ROLE regress_evasion_migrator;
DROP TABLE big;
SET SESSION AUTHORIZATION regress_evasion_migrator;
BEGIN;
DROP TABLE big;
ROLLBACK;
RESET SESSION AUTHORIZATION;
DELETE FROM ddlguard.policy WHERE priority = 1;

-- 26. Every way to reach a setting, for somebody who may not (more in settings.sql).
GRANT CREATE ON DATABASE :DBNAME TO regress_evasion_app;
CREATE FUNCTION with_clause() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DROP TABLE big; END $$;
ALTER FUNCTION with_clause() SET ddlguard.bypass = 'test';
SET SESSION AUTHORIZATION regress_evasion_app;
SET ddlguard.mode = off;
SET LOCAL ddlguard.bypass = 'test';
SELECT set_config('ddlguard.mode', 'off', false);
UPDATE pg_settings SET setting = 'off' WHERE name = 'ddlguard.mode';
SELECT with_clause();
CREATE FUNCTION my_clause() RETURNS void LANGUAGE sql SET ddlguard.mode = off AS 'DROP TABLE big';
ALTER ROLE regress_evasion_app SET ddlguard.mode = off;
ALTER SYSTEM SET ddlguard.mode = off;
SET ddlguard.bypass = 'test'\; DROP TABLE big;
RESET ddlguard.mode;
RESET ALL;
DROP TABLE big;
DISCARD ALL;
DROP TABLE big;
SET client_min_messages = warning;
RESET SESSION AUTHORIZATION;

-- 27, 28. A delegated bypass: for a transaction, and for what cannot run in one.
GRANT SET ON PARAMETER ddlguard.bypass TO regress_evasion_migrator;
SET SESSION AUTHORIZATION regress_evasion_migrator;
BEGIN;
SET LOCAL ddlguard.bypass = 'test';
CREATE INDEX ON big (id);
COMMIT;
CREATE INDEX ON big (kind);
VACUUM FULL big;
SET ddlguard.bypass = 'test';
VACUUM FULL big;
RESET ddlguard.bypass;
VACUUM FULL big;
CREATE INDEX CONCURRENTLY ON big (kind);
RESET SESSION AUTHORIZATION;
REVOKE SET ON PARAMETER ddlguard.bypass FROM regress_evasion_migrator;

-- 29. Names: the one that PostgreSQL would hit is judged.  (Changes between look and lock:
-- isolation/replaced-while-waiting.)
CREATE SCHEMA aside CREATE TABLE big (id int);
SET search_path = aside, public;
TRUNCATE big;
TRUNCATE public.big;
SET search_path = public, aside;
TRUNCATE big;
CREATE TEMP TABLE big (id int);
TRUNCATE big;
ALTER TABLE big ALTER id TYPE bigint;
TRUNCATE public.big;
DROP TABLE big;
TRUNCATE big;
TRUNCATE U&"b\0069g";
DROP TABLE IF EXISTS pg_temp.big, public.big;
SET search_path = '';
CREATE FUNCTION aside.with_path() RETURNS void LANGUAGE sql SET search_path = public AS 'TRUNCATE big';
SELECT aside.with_path();
RESET search_path;

-- 31. What switches event triggers and triggers off.
SET session_replication_role = replica;
DROP TABLE big;
RESET session_replication_role;

-- 34. The guard's own objects.
DROP EXTENSION ddlguard;
DROP EXTENSION ddlguard CASCADE;
DROP SCHEMA ddlguard CASCADE;
DROP TABLE ddlguard.policy;
TRUNCATE ddlguard.policy;
ALTER TABLE ddlguard.policy RENAME TO elsewhere;
ALTER TABLE ddlguard.policy DROP COLUMN action;
ALTER TABLE ddlguard.policy SET SCHEMA public;
ALTER SCHEMA ddlguard RENAME TO elsewhere;
DROP FUNCTION ddlguard.policy_changed() CASCADE;
SET SESSION AUTHORIZATION regress_evasion_app;
INSERT INTO ddlguard.policy (rule, action) VALUES ('*', 'allow');
UPDATE ddlguard.policy SET action = 'allow';
DELETE FROM ddlguard.policy;
BEGIN;
LOCK TABLE ddlguard.policy;
ROLLBACK;
VACUUM FULL ddlguard.policy;
ALTER TABLE ddlguard.policy DISABLE TRIGGER ALL;
ALTER EXTENSION ddlguard DROP TABLE ddlguard.policy;
CREATE TABLE ddlguard.decoy (id int);
RESET SESSION AUTHORIZATION;
-- Replica mode does not keep a change of policy from showing.
SET session_replication_role = replica;
UPDATE ddlguard.policy SET action = 'allow' WHERE rule = 'destructive';
BEGIN;
DROP TABLE big;
ROLLBACK;
UPDATE ddlguard.policy SET action = 'reject' WHERE rule = 'destructive';
RESET session_replication_role;
DROP TABLE big;

-- 35. An aborted transaction can be ended, and a savepoint gone back to.
BEGIN;
SAVEPOINT s;
DROP TABLE big;
DROP TABLE big;
ROLLBACK TO s;
SELECT count(*) FROM big;
SELECT 1 / 0;
SHOW ddlguard.mode;
ROLLBACK TO s;
CREATE TABLE harmless (id int);
SELECT 1 / 0;
COMMIT;
BEGIN;
SELECT 1 / 0;
ROLLBACK AND CHAIN;
SELECT count(*) FROM pg_class WHERE relname = 'harmless';
ROLLBACK;

-- Locks that went with a savepoint are forgotten, those of a released one are not; COMMIT inside ends all.
BEGIN;
SAVEPOINT s;
LOCK TABLE big;
ROLLBACK TO s;
CREATE TABLE copied AS SELECT * FROM big;
SAVEPOINT s;
LOCK TABLE big;
RELEASE s;
CREATE TABLE copied_too AS SELECT * FROM big;
ROLLBACK;
DO $$
BEGIN
  LOCK TABLE big;
  COMMIT;
  CREATE TABLE copied AS SELECT * FROM big;
  ROLLBACK;
END $$;

-- 36. The guard takes no snapshot: the isolation level can still be chosen.
BEGIN;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
CREATE INDEX ON big (id);
ROLLBACK;
BEGIN;
LOCK TABLE small;
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
SHOW transaction_isolation;
ROLLBACK;

-- 37. A policy that was made after the snapshot (from another session: isolation/policy-visibility).
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT count(*) FROM big;
INSERT INTO ddlguard.policy (priority, rule, relation_name, action) VALUES (1, 'create_index_blocking', 'big', 'allow');
CREATE INDEX ON big (id);
ROLLBACK;
CREATE INDEX ON big (id);

-- 39. Read-only transactions: PostgreSQL's own error for what it forbids, and the questions work.
BEGIN READ ONLY;
SELECT active FROM ddlguard.status();
SELECT rule FROM ddlguard.check('DROP TABLE big') WHERE action = 'reject';
CREATE TABLE harmless (id int);
ROLLBACK;

-- 42. Statistics that say nothing, or lie: only the files count.
ANALYZE big;
UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE relname = 'big';
CREATE INDEX ON big (id);
UPDATE pg_class SET reltuples = 0, relpages = 0 WHERE relname = 'big';
CREATE INDEX ON big (id);

-- 43. Statements without a relation, and roles without a name.
VACUUM FULL;
DROP OWNED BY CURRENT_USER;
REASSIGN OWNED BY SESSION_USER TO CURRENT_ROLE;
ALTER TABLE big OWNER TO CURRENT_USER;
REVOKE ALL ON big FROM PUBLIC, CURRENT_USER;

-- 49. What an event trigger puts before the table that was judged, between the judgement and PostgreSQL's own look.
CREATE SCHEMA before;
CREATE FUNCTION in_the_way() RETURNS event_trigger LANGUAGE plpgsql AS
  'BEGIN SET LOCAL client_min_messages = warning; CREATE TABLE IF NOT EXISTS before.small (id int, note text); END';
CREATE EVENT TRIGGER regress_evasion ON ddl_command_start WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION in_the_way();
SET search_path = before, public;
ALTER TABLE small ADD COLUMN extra int;
SET search_path = public;
ALTER TABLE small ADD COLUMN extra int;
-- Or puts another schema first, without a statement.
CREATE OR REPLACE FUNCTION in_the_way() RETURNS event_trigger LANGUAGE plpgsql AS
  $$BEGIN PERFORM set_config('search_path', 'public', false); END$$;
SET ddlguard.mode = off;
CREATE TABLE before.big (id int);
SET ddlguard.mode = enforce;
SET search_path = before, public;
ALTER TABLE big DROP COLUMN id;
RESET search_path;
SET ddlguard.mode = off;
DROP EVENT TRIGGER regress_evasion;
SET ddlguard.mode = enforce;

-- 50. A statement that PostgreSQL refuses, and so does the guard's own look at it, leaves nothing behind.
CREATE SCHEMA hidden;
CREATE TABLE hidden.small AS SELECT 1 AS id;
SET ROLE regress_evasion_app;
REINDEX TABLE hidden.small;
CREATE TEMP TABLE after_it (id int PRIMARY KEY);
RESET ROLE;
REINDEX TABLE elsewhere.public.small;
CREATE TEMP TABLE after_that (id int PRIMARY KEY);

-- All is there still.
SELECT count(*) FROM big;

SET ddlguard.mode = off;
DROP SCHEMA aside, before, hidden CASCADE;
DROP MATERIALIZED VIEW totals;
DROP TABLE big, small;
DROP FUNCTION in_plpgsql(), in_sql(), in_trigger(), in_event_trigger(), in_worker(), cached(), in_the_way(), as_superuser(),
  as_migrator(), with_clause();
DROP PROCEDURE in_procedure();
DROP OWNED BY regress_evasion_app, regress_evasion_migrator, regress_evasion_owner;
DROP ROLE regress_evasion_app, regress_evasion_migrator, regress_evasion_owner;
UPDATE ddlguard.policy SET min_rows = 100000, min_bytes = 67108864 WHERE min_rows = 100;
