--
-- What a statement meets beside itself: the session's settings, its transaction, subscribers; and the
-- conventions about how statements are run.
--
\getenv dir PG_ABS_SRCDIR
\i :dir/sql/include/begin.psql

SET ddlguard.mode = off;
CREATE TABLE users (id int PRIMARY KEY, name text);
INSERT INTO users SELECT i, 'n' FROM generate_series(1, 1000) i;
CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users);
INSERT INTO orders SELECT i, i FROM generate_series(1, 1000) i;
CREATE TABLE empty (id int);
ANALYZE;
SET ddlguard.mode = enforce;

-- Off, like every convention, until a row names it; '*' does not.
INSERT INTO ddlguard.policy (priority, rule, action) VALUES (2, '*', 'reject');
SELECT rule FROM ddlguard.check('ALTER TABLE users ADD x int');
DELETE FROM ddlguard.policy WHERE priority = 2;
INSERT INTO ddlguard.policy (priority, rule, action) VALUES (1, 'missing_lock_timeout', 'reject');
SELECT * FROM try(
  'ALTER TABLE users ADD x int',
  'ALTER TABLE users ALTER name SET STATISTICS 10',
  'ALTER TABLE empty ADD x int',
  'SET LOCAL lock_timeout = ''1s''; ALTER TABLE users ADD x int',
  'SET LOCAL statement_timeout = 5000; ALTER TABLE users ADD x int',
  'SET LOCAL lock_timeout = ''1s''; RESET lock_timeout; ALTER TABLE users ADD x int',
  'SET LOCAL lock_timeout = ''1s''; ALTER TABLE users ADD x int; SET LOCAL lock_timeout = 0; ALTER TABLE users ADD y int');
-- A script's own settings, and how long they last.
SELECT statement_number, rule FROM ddlguard.check($$
  SET lock_timeout = '2s'; ALTER TABLE users ADD a int;
  BEGIN; SET LOCAL lock_timeout = 0; ALTER TABLE users ADD b int; COMMIT; ALTER TABLE users ADD c int;
  BEGIN; SET lock_timeout = 0; ROLLBACK; ALTER TABLE users ADD d int;
  BEGIN; SAVEPOINT s; SET lock_timeout = 0; ROLLBACK TO s; ALTER TABLE users ADD e int; COMMIT;
  SET LOCAL lock_timeout = 0; ALTER TABLE users ADD f int;
  DISCARD ALL; ALTER TABLE users ADD g int;
$$);
SET lock_timeout = '1min';
INSERT INTO ddlguard.policy (priority, rule, action, argument) VALUES (1, 'lock_timeout_too_long', 'reject', '5000');
SELECT message FROM ddlguard.check('ALTER TABLE users ADD x int; SET lock_timeout = 4000; ALTER TABLE users ADD y int');
RESET lock_timeout;
DELETE FROM ddlguard.policy WHERE priority = 1;

-- The transaction: locks that grow, passes that could have been one, savepoints, BEGIN within.
SELECT * FROM try(
  'INSERT INTO orders VALUES (1001, 1); ALTER TABLE orders ADD x int',
  'INSERT INTO orders VALUES (1001, 1); ALTER TABLE users ADD x int',
  'SELECT * FROM users LIMIT 1; ALTER TABLE users ADD x int',
  'SELECT * FROM users WHERE id = 1 FOR UPDATE; ALTER TABLE users ADD x int',
  'LOCK TABLE users IN SHARE MODE; ALTER TABLE users ADD x int',
  'ALTER TABLE users ADD x int; ALTER TABLE users ADD y int');
DELETE FROM ddlguard.policy WHERE priority = 1500;
SELECT * FROM try(
  'ALTER TABLE users ALTER name SET NOT NULL; ALTER TABLE users ADD CHECK (id > 0)',
  'ALTER TABLE users ALTER name SET NOT NULL, ADD CHECK (id > 0)',
  'ALTER TABLE users ADD CONSTRAINT c CHECK (id > 0) NOT VALID; ALTER TABLE users VALIDATE CONSTRAINT c',
  'ALTER TABLE users ALTER name SET NOT NULL; ALTER TABLE orders ALTER user_id SET NOT NULL');
INSERT INTO ddlguard.policy (priority, rule, action) VALUES
  (1, 'transaction_nesting', 'reject'), (1, 'subtransactions_in_migration', 'reject'), (1, 'dynamic_ddl_in_do_block', 'reject');
BEGIN;
BEGIN;
ROLLBACK;
SELECT statement_number, rule FROM ddlguard.check('BEGIN; BEGIN; COMMIT; BEGIN; COMMIT');
BEGIN;
SAVEPOINT s;
ALTER TABLE users ADD x int;
ROLLBACK;
SELECT statement_number, rule, action FROM ddlguard.check('BEGIN; SAVEPOINT s; ALTER TABLE users ADD x int; RELEASE s; ALTER TABLE users ADD y int');
DO $$ BEGIN ALTER TABLE users ADD x int; END $$;
DO $$ BEGIN CREATE TABLE fresh (id int); ALTER TABLE fresh ADD x int; END $$;
DELETE FROM ddlguard.policy WHERE priority = 1;

-- DML: limits that a shop sets, by the plan's rows.
INSERT INTO ddlguard.policy (priority, rule, action, argument) VALUES
  (1, 'unbatched_update', 'reject', '100'), (1, 'insert_row_limit', 'reject', '100');
INSERT INTO ddlguard.policy (priority, rule, role_name, action) VALUES (0, '*', 'exempt', 'allow');
UPDATE users SET name = 'm' WHERE id > 10;
UPDATE users SET name = 'm' WHERE id < 10;
INSERT INTO empty SELECT id FROM users;
INSERT INTO empty VALUES (1), (2);
-- A question about other roles lets nothing pass.
SELECT role, action FROM unnest(ARRAY['somebody', 'exempt']) role, ddlguard.explain_policy('unbatched_update', 'users', role);
UPDATE users SET name = 'm' WHERE id > 10;
SELECT statement_number, rule, message FROM ddlguard.check($$
  UPDATE users SET name = 'm' WHERE id > 10;
  UPDATE users SET name = 'm' WHERE id < 10;
  INSERT INTO empty SELECT id FROM users;
  INSERT INTO empty VALUES (1)$$) WHERE action = 'reject';
DELETE FROM ddlguard.policy WHERE priority <= 1;
DELETE FROM empty;

-- Publications: without a slot nobody receives anything; an identity is needed all the same.
SET ddlguard.mode = off;
CREATE PUBLICATION p FOR TABLE users;
CREATE PUBLICATION everything FOR ALL TABLES;
SET ddlguard.mode = enforce;
SELECT * FROM try(
  'ALTER TABLE users REPLICA IDENTITY FULL',
  'ALTER TABLE users REPLICA IDENTITY NOTHING',
  'ALTER TABLE users ADD x int',
  'ALTER PUBLICATION p SET TABLE orders',
  'DROP PUBLICATION p',
  'ALTER TABLE empty SET UNLOGGED');
-- 19 says it in other words.
SELECT replace(guard, 'referenced by', 'part of'), server FROM try('ALTER TABLE users SET UNLOGGED');
SELECT count(*) FROM pg_create_logical_replication_slot('ddlguard_surroundings', 'pgoutput', true);
SELECT * FROM try(
  'ALTER TABLE users ADD x int',
  'ALTER TABLE users RENAME TO people',
  'ALTER PUBLICATION p SET TABLE orders',
  'ALTER PUBLICATION p SET TABLE users, orders',
  'ALTER PUBLICATION p SET TABLE users (id)',
  'ALTER PUBLICATION p SET TABLE users WHERE (id > 10)',
  'ALTER PUBLICATION p DROP TABLE users',
  'ALTER PUBLICATION p ADD TABLE orders',
  'ALTER PUBLICATION p SET (publish = ''insert'')',
  'DROP PUBLICATION p',
  'TRUNCATE empty');
SELECT pg_drop_replication_slot('ddlguard_surroundings');
SET ddlguard.mode = off;
DROP PUBLICATION p, everything;
SET ddlguard.mode = enforce;

\i :dir/sql/include/end.psql
