--
-- Approvals: ddlguard.approve() lets one exact statement run although policy refuses it.
--
\getenv dir PG_ABS_SRCDIR
\i :dir/sql/include/begin.psql

SET ddlguard.mode = off;
CREATE ROLE regress_approval_deploy LOGIN;
CREATE ROLE regress_approval_team;
CREATE ROLE regress_approval_member LOGIN IN ROLE regress_approval_team;
CREATE ROLE regress_approval_dba LOGIN;
GRANT ALL ON SCHEMA spec, tools TO regress_approval_deploy, regress_approval_member, regress_approval_dba;
GRANT regress_approval_deploy TO regress_approval_member;
CREATE TABLE users (id int PRIMARY KEY, name text, email text, phone text, city text);
INSERT INTO users SELECT i, 'n' FROM generate_series(1, 1000) i;
CREATE TABLE orders AS SELECT id, id AS user_id, name AS note FROM users;
CREATE VIEW names AS SELECT name FROM users;
ALTER TABLE users OWNER TO regress_approval_deploy;
ALTER TABLE orders OWNER TO regress_approval_deploy;
ANALYZE;

-- What check() says of approvals, without times.
CREATE FUNCTION tools.approval(script text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT DISTINCT regexp_replace(approval, '(until|at|from) [-0-9]+ [:.0-9]+[-+:0-9]+', '\1 T') FROM ddlguard.check(script)
   WHERE action = 'reject' ORDER BY 1
$$;
-- The statement in a transaction of its own that is taken back: what the guard says.
CREATE FUNCTION tools.run(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  detail text;
BEGIN
  EXECUTE statement;
  RAISE EXCEPTION USING ERRCODE = 'ZZ000';
EXCEPTION
  WHEN SQLSTATE 'ZZ000' THEN RETURN 'runs';
  WHEN SQLSTATE 'DG001' OR SQLSTATE 'DG004' OR SQLSTATE 'DG005' THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN sqlstate || coalesce(': ' || regexp_replace(substring(detail FROM 'Approval.*'), '(until|at|from) [-0-9]+ [:.0-9]+[-+:0-9]+', '\1 T'), '');
END $$;
CREATE VIEW tools.approvals AS
  SELECT id, script_id - id AS script, statement, role_name, uses_left, used_by, approver, revoked_by, revoke_reason FROM ddlguard.approval ORDER BY id;
-- Whether statistics have told by now that a table was read is not what this is about.
INSERT INTO ddlguard.policy (priority, rule, action) VALUES (2, 'drop_recently_used', 'log');
SET ddlguard.mode = enforce;

-- The same statement, however it is written; and no other.
ALTER TABLE users DROP COLUMN email;
SELECT approval_id, statement_number, line, statement, rules, rows, bytes > 0 FROM ddlguard.approve($$
  -- not read any more
  ALTER TABLE users DROP COLUMN email;
$$, 'OPS-1');
SELECT tools.approval('ALTER TABLE users DROP COLUMN email');
SELECT tools.run('alter   table "users" /* really */ drop column EMAIL;');
SELECT tools.run('ALTER TABLE spec.users DROP COLUMN email');
SELECT tools.run('ALTER TABLE users DROP COLUMN email, DROP COLUMN phone');
SELECT tools.run('ALTER TABLE users DROP COLUMN IF EXISTS email');
SELECT tools.run('ALTER TABLE users DROP email');
-- A rollback gives the use back, one to a savepoint too; a commit does not.
SELECT uses_left, used_by FROM tools.approvals;
BEGIN;
SAVEPOINT s;
ALTER TABLE users DROP COLUMN email;
SELECT uses_left FROM tools.approvals;
ROLLBACK TO s;
SELECT uses_left FROM tools.approvals;
ALTER TABLE users DROP COLUMN email;
ALTER TABLE users ADD COLUMN email text;
ALTER TABLE users DROP COLUMN email;
ROLLBACK;
ALTER TABLE users DROP COLUMN email;
SELECT uses_left, used_by = session_user FROM tools.approvals;
ALTER TABLE users ADD COLUMN email text;
SELECT tools.run('ALTER TABLE users DROP COLUMN email');
-- What a failing statement has used is given back, too.
SELECT count(*) FROM ddlguard.approve('ALTER TABLE users DROP COLUMN email; ALTER TABLE users DROP COLUMN name', 'OPS-2');
ALTER TABLE users DROP COLUMN name;
SELECT tools.approval('ALTER TABLE users DROP COLUMN name');
-- The table that the name means counts, not the name.
ALTER TABLE users RENAME TO users_old;
SELECT approval_id IS NOT NULL FROM ddlguard.approve('ALTER TABLE users RENAME TO users_old', 'OPS-2');
ALTER TABLE users RENAME TO users_old;
CREATE TABLE users AS SELECT * FROM users_old;
SELECT tools.run('ALTER TABLE users DROP COLUMN email');
SET ddlguard.mode = off;
DROP TABLE users;
ALTER TABLE users_old RENAME TO users;
SET ddlguard.mode = enforce;
SELECT tools.run('ALTER TABLE users DROP COLUMN email');
DELETE FROM ddlguard.approval;

-- Several uses, and any number.
SELECT count(*) FROM ddlguard.approve('TRUNCATE orders', 'nightly', uses => 2);
BEGIN;
TRUNCATE orders;
INSERT INTO orders SELECT i FROM generate_series(1, 50) i;
SAVEPOINT s;
TRUNCATE orders;
INSERT INTO orders SELECT i FROM generate_series(1, 50) i;
TRUNCATE orders;
ROLLBACK TO s;
TRUNCATE orders;
ROLLBACK;
SELECT count(*) FROM ddlguard.approve('TRUNCATE orders', 'nightly', uses => NULL);
DO $$ BEGIN
  FOR i IN 1 .. 4 LOOP
    TRUNCATE orders;
    INSERT INTO orders SELECT s.i FROM generate_series(1, 50) s(i);
  END LOOP;
END $$;
SELECT uses_left FROM tools.approvals;
DELETE FROM ddlguard.approval;

-- Statements of functions are statements of their own; DO and CALL say nothing.
SELECT count(*) FROM ddlguard.approve('DO $$ BEGIN DROP TABLE orders; END $$', 'OPS-3');
SELECT count(*) FROM ddlguard.approve('DROP TABLE orders', 'OPS-3');
BEGIN;
DO $$ BEGIN DROP TABLE orders; END $$;
ROLLBACK;
BEGIN;
DO $$ BEGIN EXECUTE format('DROP TABLE %I', 'orders'); END $$;
ROLLBACK;
DO $$ BEGIN
  DROP TABLE orders;
  RAISE EXCEPTION 'no';
EXCEPTION WHEN raise_exception THEN
  RAISE WARNING 'uses left: %', (SELECT uses_left FROM tools.approvals);
END $$;
-- Each statement of one string by itself; prepared statements of DML as what they prepare.
BEGIN \; SELECT 1 \; DROP TABLE orders \; ROLLBACK;
INSERT INTO ddlguard.policy (priority, rule, action) VALUES (1, 'delete_without_where', 'reject');
SELECT count(*) FROM ddlguard.approve('DELETE FROM orders', 'OPS-3', uses => 2);
DELETE FROM users;
BEGIN;
PREPARE p AS DELETE FROM orders;
EXECUTE p;
DELETE FROM orders;
SELECT uses_left FROM tools.approvals;
DELETE FROM orders;
ROLLBACK;
DELETE FROM ddlguard.policy WHERE priority = 1;
DELETE FROM ddlguard.approval;

-- Role: the session user, or one that he is a member of.
SELECT count(*) FROM ddlguard.approve('ALTER TABLE spec.users DROP COLUMN city', 'OPS-4', role_name => 'regress_approval_team');
SELECT tools.run('ALTER TABLE spec.users DROP COLUMN city');
SET SESSION AUTHORIZATION regress_approval_deploy;
SELECT tools.run('ALTER TABLE spec.users DROP COLUMN city');
SET SESSION AUTHORIZATION regress_approval_member;
SELECT tools.run('ALTER TABLE spec.users DROP COLUMN city');
-- What one may run, one may not approve.
SELECT ddlguard.approve('ALTER TABLE spec.users DROP COLUMN city', 'mine');
SELECT ddlguard.revoke_approval(1, 'mine');
SELECT count(*) FROM ddlguard.approval;
INSERT INTO ddlguard.approval SELECT;
UPDATE ddlguard.approval SET uses_left = 99;
RESET SESSION AUTHORIZATION;
DELETE FROM ddlguard.approval;
-- And the other way round: an approver needs no right but that to call the function.
GRANT EXECUTE ON FUNCTION ddlguard.approve(text, text, text, interval, integer, double precision, bigint, bigint, timestamptz) TO regress_approval_dba;
GRANT EXECUTE ON FUNCTION ddlguard.revoke_approval(bigint, text) TO regress_approval_dba;
SET SESSION AUTHORIZATION regress_approval_dba;
SELECT statement, rules, rows FROM ddlguard.approve('ALTER TABLE spec.users DROP COLUMN city', 'OPS-5', 'regress_approval_deploy');
SET SESSION AUTHORIZATION regress_approval_deploy;
SELECT tools.run('ALTER TABLE spec.users DROP COLUMN city');
RESET SESSION AUTHORIZATION;
SELECT role_name, approver FROM tools.approvals;
-- Judged for the role that will run it: policies may differ.
INSERT INTO ddlguard.policy (priority, rule, role_name, action) VALUES (1, '*', 'regress\_approval\_dba', 'allow');
SET SESSION AUTHORIZATION regress_approval_dba;
SET client_min_messages = notice;
SELECT count(*) FROM ddlguard.approve('DROP TABLE spec.orders', 'OPS-6');
SET client_min_messages = warning;
SELECT count(*) FROM ddlguard.approve('DROP TABLE spec.orders', 'OPS-6', 'regress_approval_deploy');
RESET SESSION AUTHORIZATION;
DELETE FROM ddlguard.policy WHERE priority = 1;

-- Four eyes: who approved it does not run it, whatever he is now.
SET ddlguard.approval_four_eyes = on;
SET SESSION AUTHORIZATION regress_approval_deploy;
SELECT tools.run('ALTER TABLE spec.users DROP COLUMN city');
RESET SESSION AUTHORIZATION;
DELETE FROM ddlguard.approval;
SELECT count(*) FROM ddlguard.approve('DROP TABLE spec.orders', 'OPS-7');
SELECT regexp_replace(tools.run('DROP TABLE spec.orders'), '".*"', '"..."');
SET SESSION AUTHORIZATION regress_approval_deploy;
SELECT regexp_replace(tools.run('DROP TABLE spec.orders'), '".*"', '"..."');
SET ddlguard.approval_four_eyes = off;
\c - regress_approval_deploy
SET ddlguard.approval_four_eyes = off;
\c - :me
SET client_min_messages = warning;
SET search_path = spec, tools;
DELETE FROM ddlguard.approval;

-- Time.
SELECT count(*) FROM ddlguard.approve('DROP TABLE orders', 'tonight', valid_from => now() + '1 hour');
SELECT tools.run('DROP TABLE orders');
UPDATE ddlguard.approval SET valid_from = now() - interval '2 days', valid_until = now() - interval '1 day';
SELECT tools.run('DROP TABLE orders');
SELECT tools.approval('DROP TABLE orders');
SELECT count(*) FROM ddlguard.approve('DROP TABLE orders', 'again', valid_for => '1 hour');
SELECT tools.approval('DROP TABLE orders');
SELECT valid_until - valid_from FROM ddlguard.approval WHERE reason = 'again';
DELETE FROM ddlguard.approval;

-- Size: up to twice what was seen, and always up to 64 MB.
SELECT count(*) FROM ddlguard.approve('DROP TABLE orders', 'as it is');
SELECT count(*) FROM ddlguard.approve('ALTER TABLE users DROP COLUMN phone', 'as it is', max_rows => 1500);
SELECT count(*) FROM ddlguard.approve('ALTER TABLE users DROP COLUMN city', 'as it is', max_bytes => 1000);
INSERT INTO users SELECT i, 'n' FROM generate_series(1001, 2000) i;
ANALYZE users;
SELECT tools.run('ALTER TABLE users DROP COLUMN phone');
SELECT regexp_replace(tools.run('ALTER TABLE users DROP COLUMN city'), ' and it is.*', '...');
SELECT tools.run('DROP TABLE orders');
SET ddlguard.mode = off;
ALTER TABLE orders ALTER note SET STORAGE PLAIN;
INSERT INTO orders SELECT 1, 1, repeat('x', 7000) FROM generate_series(1, 8200);
SET ddlguard.mode = enforce;
SELECT regexp_replace(tools.run('DROP TABLE orders'), ' and it is.*', '...');
SELECT regexp_replace(tools.approval('DROP TABLE orders'), ' and it is.*', '...');
SELECT count(*) FROM ddlguard.approve('DROP TABLE orders', 'it is large');
INSERT INTO orders SELECT 1, 1, repeat('x', 7000) FROM generate_series(1, 5000);
SELECT tools.run('DROP TABLE orders');
INSERT INTO orders SELECT 1, 1, repeat('x', 7000) FROM generate_series(1, 5000);
SELECT regexp_replace(tools.run('DROP TABLE orders'), ' and it is.*', '...');
SELECT count(*) FROM ddlguard.approve('DROP TABLE orders', 'however large', growth => 'infinity');
SELECT tools.run('DROP TABLE orders');
DELETE FROM ddlguard.approval;

-- What its approver has not seen is not covered.
SELECT rules ~ 'drop_cascade' FROM ddlguard.approve('DROP TABLE users CASCADE', 'OPS-8');
CREATE VIEW cities AS SELECT city FROM users;
SELECT tools.run('DROP TABLE users CASCADE');
SET ddlguard.mode = off;
DROP VIEW cities;
SET ddlguard.mode = enforce;
SELECT tools.run('DROP TABLE users CASCADE');
DELETE FROM ddlguard.approval;

-- A script is approved as a whole, and each of its statements runs by itself.
SELECT statement_number, line, statement, rules FROM ddlguard.approve($$
BEGIN;
CREATE TABLE notes (id int);
ALTER TABLE users DROP COLUMN phone;
ALTER TABLE users RENAME COLUMN city TO town;
COMMIT;
CREATE INDEX users_name ON users (name);
CREATE INDEX CONCURRENTLY users_town ON users (town);
$$, 'release 7');
SELECT script, statement, uses_left FROM tools.approvals;
BEGIN;
ALTER TABLE users DROP COLUMN phone;
CREATE INDEX users_name ON users (name);
ROLLBACK;
ALTER TABLE users RENAME COLUMN city TO town;
SELECT script, uses_left FROM tools.approvals;
-- Revoked, it stays as a record.
SELECT ddlguard.revoke_approval(id, 'the release is off') FROM ddlguard.approval WHERE uses_left > 0;
SELECT tools.run('CREATE INDEX users_name ON users (name)');
SELECT statement, revoked_by = session_user, revoke_reason FROM tools.approvals;
SELECT ddlguard.revoke_approval(max(id), 'once more') FROM ddlguard.approval WHERE revoked_at IS NOT NULL;
DELETE FROM ddlguard.approval;

-- An approval is no bypass: rows with no_bypass honour it, and a bypass that holds leaves it unused.
INSERT INTO ddlguard.policy (priority, rule, relation_name, action, no_bypass) VALUES (1, 'destructive', 'orders', 'reject', true);
SELECT count(*) FROM ddlguard.approve('DROP TABLE orders; ALTER TABLE users DROP COLUMN town', 'OPS-9');
SET ddlguard.bypass = 'OPS-9';
SELECT tools.run('TRUNCATE orders');
BEGIN;
DROP TABLE orders;
ALTER TABLE users DROP COLUMN town;
SELECT uses_left FROM tools.approvals;
ROLLBACK;
RESET ddlguard.bypass;
DELETE FROM ddlguard.policy WHERE priority = 1;
DELETE FROM ddlguard.approval;

-- What waits for the end of its transaction is covered by the same use.
GRANT SELECT ON names TO regress_approval_deploy;
SELECT rules FROM ddlguard.approve('BEGIN; DROP VIEW names; COMMIT', 'OPS-10');
BEGIN;
DROP VIEW names;
COMMIT;
SELECT uses_left FROM tools.approvals;
SELECT to_regclass('names');
CREATE VIEW names AS SELECT name FROM users;
BEGIN;
DROP VIEW names;
COMMIT;
SELECT to_regclass('names');
DELETE FROM ddlguard.approval;

-- Isolation levels, and READ ONLY where PostgreSQL lets it through.
SELECT count(*) FROM ddlguard.approve('DROP TABLE orders', 'OPS-11');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM users;
DROP TABLE orders;
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT count(*) FROM users;
DROP TABLE orders;
ROLLBACK;
SELECT count(*) FROM ddlguard.approve('VACUUM FULL users', 'OPS-11', uses => 2);
VACUUM FULL users;
SET default_transaction_read_only = on;
VACUUM FULL users;
VACUUM FULL users;
RESET default_transaction_read_only;
-- Mode observe refuses nothing, so it uses nothing.
SET ddlguard.mode = observe;
BEGIN;
DROP TABLE orders;
SELECT uses_left FROM tools.approvals;
ROLLBACK;
SET ddlguard.mode = enforce;
DELETE FROM ddlguard.approval;

-- It holds in this database alone, whatever copies the row.
SELECT count(*) FROM ddlguard.approve('DROP TABLE orders', 'OPS-12');
UPDATE ddlguard.approval SET system_identifier = 1, database_name = 'elsewhere';
SELECT tools.run('DROP TABLE orders');
UPDATE ddlguard.approval SET uses_left = -1;
DELETE FROM ddlguard.approval;

-- All of them with what has become of them.
SELECT count(*) FROM ddlguard.approve('DROP TABLE orders', 'open');
SELECT count(*) FROM ddlguard.approve('DROP TABLE orders', 'used');
SELECT count(*) FROM ddlguard.approve('DROP TABLE orders', 'expired');
SELECT count(*) FROM ddlguard.approve('DROP TABLE orders', 'not yet valid', valid_from => now() + '1 hour');
SELECT count(*) FROM ddlguard.approve('DROP TABLE orders', 'revoked');
SELECT count(*) FROM ddlguard.approve('DROP TABLE orders', 'of another database');
UPDATE ddlguard.approval SET uses_left = 0 WHERE reason = 'used';
UPDATE ddlguard.approval SET valid_from = now() - '2 days'::interval, valid_until = now() - '1 day'::interval WHERE reason = 'expired';
SELECT ddlguard.revoke_approval(id, 'no') FROM ddlguard.approval WHERE reason = 'revoked';
UPDATE ddlguard.approval SET database_id = 1 WHERE reason = 'of another database';
SELECT reason, state, rules ~ 'drop_table' FROM ddlguard.approvals ORDER BY id;
DELETE FROM ddlguard.approval;

-- Somebody else's index on the table could not be kept right.
SELECT count(*) FROM ddlguard.approve('DROP TABLE orders', 'OPS-13');
SET ddlguard.bypass = 'a test';
CREATE INDEX added ON ddlguard.approval (lower(reason));
RESET ddlguard.bypass;
SELECT tools.run('DROP TABLE orders');
SET ddlguard.bypass = 'a test';
DROP INDEX ddlguard.added;
RESET ddlguard.bypass;
SELECT tools.run('DROP TABLE orders');
DELETE FROM ddlguard.approval;

-- Arguments.
\set VERBOSITY default
SELECT ddlguard.approve(NULL, 'x');
SELECT ddlguard.approve('  ', 'x');
SELECT ddlguard.approve('DROP TABLE orders', NULL);
SELECT ddlguard.approve('DROP TABLE orders', E' \n');
SELECT ddlguard.approve('DROP TABLE orders', 'x', role_name => 'nobody at all');
SELECT ddlguard.approve('DROP TABLE orders', 'x', valid_for => NULL);
SELECT ddlguard.approve('DROP TABLE orders', 'x', valid_for => '-1 day');
SELECT ddlguard.approve('DROP TABLE orders', 'x', valid_from => '2000-01-01');
SELECT ddlguard.approve('DROP TABLE orders', 'x', valid_from => 'infinity');
SELECT ddlguard.approve('DROP TABLE orders', 'x', uses => 0);
SELECT ddlguard.approve('DROP TABLE orders', 'x', growth => 0.5);
SELECT ddlguard.approve('DROP TABLE orders', 'x', growth => 'NaN');
SELECT ddlguard.approve('DROP TABLE orders', 'x', max_rows => -1);
SELECT ddlguard.approve('DROP TABLE orders', 'x', max_bytes => -1);
SELECT ddlguard.approve('DROP TABLE users CASCADE; ALTER TABLE orders ADD COLUMN x int DEFAULT no_such_function()', 'x');
SELECT ddlguard.approve(E'DROP TABLE orders;\nDROP TABEL users', 'x');
SELECT ddlguard.revoke_approval(NULL, 'x');
SELECT ddlguard.revoke_approval(-1, 'x');
SELECT ddlguard.revoke_approval(1, '');
-- Nothing of it is left.
SELECT count(*) FROM ddlguard.approval;
SET client_min_messages = notice;
SELECT * FROM ddlguard.approve('CREATE TABLE brand_new (id int); SELECT 1', 'x');

\i :dir/sql/include/end.psql
DELETE FROM ddlguard.policy WHERE priority = 2;
REVOKE ALL ON FUNCTION ddlguard.approve(text, text, text, interval, integer, double precision, bigint, bigint, timestamptz) FROM regress_approval_dba;
REVOKE ALL ON FUNCTION ddlguard.revoke_approval(bigint, text) FROM regress_approval_dba;
DROP OWNED BY regress_approval_deploy, regress_approval_member, regress_approval_dba;
DROP ROLE regress_approval_deploy, regress_approval_member, regress_approval_team, regress_approval_dba;
