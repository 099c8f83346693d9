--
-- check() and explain(): a whole script judged, statement by statement, executing nothing.
--
\getenv dir PG_ABS_SRCDIR
\i :dir/sql/include/begin.psql

SET ddlguard.mode = off;
CREATE TABLE users (id int PRIMARY KEY, name text, email text);
INSERT INTO users SELECT i, 'n', 'n' FROM generate_series(1, 1000) i;
CREATE TABLE orders (id int, user_id int);
INSERT INTO orders SELECT i, i FROM generate_series(1, 1000) i;
CREATE ROLE regress_check_anybody;
GRANT USAGE ON SCHEMA spec TO regress_check_anybody;
CREATE TABLE theirs AS SELECT * FROM users;
ALTER TABLE theirs OWNER TO regress_check_anybody;
ANALYZE;
SET ddlguard.mode = enforce;
\set verdicts 'SELECT statement_number AS statement, line, rule, action FROM ddlguard.check'

-- Statements are numbered and lines counted; what has nothing to say about has no row.
:verdicts($$CREATE INDEX ON users (name)$$);
:verdicts($$
-- first a harmless one; then one
/* over /* some */
   lines */ CREATE TABLE t (id int); ALTER TABLE users
  ADD x serial;

SELECT ';';   DROP TABLE users
$$);
:verdicts('');
:verdicts(' ; ; -- nothing');
SELECT * FROM ddlguard.check(NULL);
SELECT statement FROM ddlguard.check('  ALTER TABLE users /* all */ ADD x serial ;');

-- Nothing is executed, nothing locked.
BEGIN;
:verdicts('DROP TABLE users; CREATE TABLE made (id int); TRUNCATE orders');
SELECT relation::regclass, mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation IN ('users'::regclass, 'orders'::regclass);
SELECT to_regclass('made'), (SELECT count(*) FROM users);
COMMIT;

-- What the script made is nobody else's...
:verdicts('CREATE TABLE t (id int, name text); CREATE INDEX ON t (id); ALTER TABLE t ADD x serial, ALTER name SET NOT NULL; ALTER TABLE t RENAME name TO title; DROP TABLE t');
:verdicts('CREATE TABLE t AS SELECT * FROM users; CREATE INDEX ON t (id); TRUNCATE t');
:verdicts('CREATE TABLE other.t (id int); CREATE INDEX ON other.t (id)');
:verdicts('CREATE SCHEMA s; CREATE TABLE s.t (id int); DROP SCHEMA s CASCADE');
:verdicts('CREATE TYPE fresh AS ENUM ($$a$$); ALTER TYPE fresh RENAME VALUE $$a$$ TO $$b$$; DROP TYPE fresh');
:verdicts('CREATE VIEW v AS SELECT * FROM users; ALTER VIEW v RENAME TO w; DROP VIEW w');
:verdicts('ALTER TABLE users ADD x int; ALTER TABLE users RENAME x TO y; ALTER TABLE users DROP y');
:verdicts('ALTER TABLE orders RENAME TO old; CREATE TABLE orders (id int); CREATE INDEX ON orders (id); CREATE INDEX ON old (id)');
:verdicts('CREATE TEMP TABLE users (id int); CREATE INDEX ON users (id); DROP TABLE users; CREATE INDEX ON users (name)');
-- ... and what it dropped is gone.
:verdicts('DROP TABLE IF EXISTS users; ALTER TABLE IF EXISTS users ADD x serial');
-- But not what a table of another schema has.
:verdicts('CREATE TABLE public.orders (id int); CREATE INDEX ON orders (id)');

-- A CHECK that was validated before proves NOT NULL; one that is not, or no longer there, does not.
:verdicts('ALTER TABLE users ADD CONSTRAINT c CHECK (email IS NOT NULL) NOT VALID; ALTER TABLE users VALIDATE CONSTRAINT c; ALTER TABLE users ALTER email SET NOT NULL');
:verdicts('ALTER TABLE users ADD CONSTRAINT c CHECK (email IS NOT NULL) NOT VALID; ALTER TABLE users ALTER email SET NOT NULL');
:verdicts('ALTER TABLE users ADD CONSTRAINT c CHECK (email IS NOT NULL) NOT VALID; ALTER TABLE users VALIDATE CONSTRAINT c; ALTER TABLE users DROP CONSTRAINT c; ALTER TABLE users ALTER email SET NOT NULL');
:verdicts('ALTER TABLE users ADD CONSTRAINT c CHECK (name IS NOT NULL) NOT VALID; ALTER TABLE users VALIDATE CONSTRAINT c; ALTER TABLE users ALTER email SET NOT NULL');
:verdicts('ALTER TABLE users ADD CONSTRAINT c CHECK (email IS NOT NULL AND name IS NOT NULL) NOT VALID; ALTER TABLE users VALIDATE CONSTRAINT c; ALTER TABLE users ALTER email SET NOT NULL');
-- Row security with a policy that the script makes before.
:verdicts('CREATE POLICY p ON users USING (true); ALTER TABLE users ENABLE ROW LEVEL SECURITY');

-- Without BEGIN each statement is a transaction of its own; in a block the lock is kept.
:verdicts('ALTER TABLE orders ADD CONSTRAINT c CHECK (id > 0) NOT VALID; ALTER TABLE orders VALIDATE CONSTRAINT c');
:verdicts('BEGIN; ALTER TABLE orders ADD CONSTRAINT c CHECK (id > 0) NOT VALID; ALTER TABLE orders VALIDATE CONSTRAINT c; COMMIT');
:verdicts('BEGIN; ALTER TABLE orders ADD CONSTRAINT c CHECK (id > 0) NOT VALID; COMMIT; BEGIN; ALTER TABLE orders VALIDATE CONSTRAINT c; COMMIT');
:verdicts('BEGIN; ALTER TABLE users ADD x int; COMMIT AND CHAIN; ALTER TABLE orders ADD x int; COMMIT');
:verdicts('START TRANSACTION; CREATE TABLE t (id int); ROLLBACK; CREATE INDEX ON users (name); CREATE INDEX ON t (id)');
:verdicts('BEGIN; DROP TABLE users; ROLLBACK; CREATE INDEX ON users (name)');

-- What fails: a syntax error with its line, a missing relation without a word (the server will say it).
\set SHOW_CONTEXT errors
\set VERBOSITY default
:verdicts($$ALTER TABLE users ADD x int;

ALTER TABEL users ADD y int$$);
\set VERBOSITY terse
\set SHOW_CONTEXT never
:verdicts('ALTER TABLE missing ADD x serial; CREATE INDEX ON nowhere.t (id)');

-- What it cannot see into it passes over: a DO block and a function are judged when they run.
:verdicts($$DO 'BEGIN DROP TABLE users; END'; PREPARE p AS SELECT 1; SET lock_timeout = '1s'; COPY users TO STDOUT$$);
DO 'BEGIN DROP TABLE users; END';

-- An ordinary role: what it may not do is the server's to refuse, and policies are applied to it.
SET ROLE regress_check_anybody;
:verdicts('ALTER TABLE users ADD x serial; DROP TABLE users; CREATE INDEX ON users (name)');
:verdicts('CREATE INDEX ON spec.theirs (name)');
SELECT work, rows FROM ddlguard.explain('ALTER TABLE spec.theirs ADD x serial') WHERE rule IS NOT NULL;
SELECT count(*) FROM ddlguard.check('VACUUM FULL; REINDEX SCHEMA spec; DROP SCHEMA spec CASCADE; ALTER SYSTEM RESET ALL') WHERE relation LIKE 'spec.users%' OR rule = 'alter_system';
RESET ROLE;

-- check() asks the policies, so a relation or rule that is allowed has no row; explain() asks nobody.
INSERT INTO ddlguard.policy (priority, rule, relation_name, action) VALUES (1, 'create_index_blocking', 'orders', 'allow'), (1, 'create_index_blocking', 'users', 'warn');
:verdicts('CREATE INDEX ON orders (id); CREATE INDEX ON users (name)');
SELECT relation, rule FROM ddlguard.explain('CREATE INDEX ON orders (id); CREATE INDEX ON users (name)');
DELETE FROM ddlguard.policy WHERE priority = 1;
-- Modes do not matter: asking is free.
SET ddlguard.mode = off;
:verdicts('CREATE INDEX ON orders (id)');
SET ddlguard.mode = enforce;

-- explain(): locks, work and size of statements that no rule minds, too.
SELECT statement_number AS statement, relation, lock_mode, blocks, work, rows, "column", rule FROM ddlguard.explain($$
  ALTER TABLE users ADD x int;
  ALTER TABLE users ADD x serial;
  ALTER TABLE orders ADD CONSTRAINT c CHECK (id > 0) NOT VALID;
  ALTER TABLE orders VALIDATE CONSTRAINT c;
  CREATE INDEX CONCURRENTLY ON users (name);
  ALTER TABLE users ALTER name SET STATISTICS 100;
  ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users NOT VALID;
  SELECT 1;
$$);

-- Each effect has its own size, whatever a later part of the statement looks at.
CREATE TABLE parent (a int UNIQUE, b int);
CREATE TABLE child () INHERITS (parent);
INSERT INTO child SELECT i, i FROM generate_series(1, 1000) i;
INSERT INTO parent SELECT i, i FROM generate_series(1, 10) i;
ANALYZE parent, child;
SELECT reason, rows FROM ddlguard.explain('ALTER TABLE ONLY parent DROP CONSTRAINT parent_a_key');
SELECT reason, rows FROM ddlguard.explain('ALTER TABLE ONLY parent DROP CONSTRAINT parent_a_key, ADD FOREIGN KEY (b) REFERENCES parent (b)');

-- A view shows what its query reads, whatever other rules it has, and under which names.
SET ddlguard.mode = off;
CREATE TABLE nothing (a int);
CREATE VIEW shows_nothing AS SELECT * FROM nothing;
CREATE RULE "A" AS ON INSERT TO shows_nothing DO INSTEAD NOTHING;
SET ddlguard.mode = enforce;
:verdicts('ALTER VIEW shows_nothing RENAME TO other');

-- What a statement before has dropped keeps nothing and does not go once more, unless that is taken back.
SET ddlguard.mode = off;
CREATE TYPE season AS ENUM ('spring', 'autumn');
CREATE TABLE trees (id int PRIMARY KEY, blossom season);
CREATE TABLE leaves (tree int REFERENCES trees);
INSERT INTO trees VALUES (1, 'spring');
INSERT INTO leaves VALUES (1);
SET ddlguard.mode = enforce;
:verdicts('DROP TABLE leaves; DROP TABLE trees');
:verdicts('BEGIN; DROP TABLE leaves; ROLLBACK; DROP TABLE trees');
:verdicts('DROP TABLE trees; DROP TYPE season');
:verdicts('DROP TABLE leaves; DROP TABLE trees CASCADE');
:verdicts('DROP TABLE leaves; DROP TABLE trees; DROP TYPE season');

-- A library that is newer than the SQL objects says so.
CREATE FUNCTION older(sql text, OUT statement_number int, OUT line int) RETURNS SETOF record LANGUAGE c AS 'ddlguard', 'ddlguard_check';
SELECT * FROM older('CREATE INDEX ON orders (id)');

-- What is renamed goes on under its new name, whatever it is.
CREATE FOREIGN DATA WRAPPER regress_check_wrapper;
CREATE SERVER regress_check_server FOREIGN DATA WRAPPER regress_check_wrapper;
CREATE FOREIGN TABLE far (a int) SERVER regress_check_server;
SELECT statement_number AS statement, relation, rule FROM ddlguard.explain($$
  ALTER FOREIGN TABLE far RENAME TO away;
  ALTER FOREIGN TABLE away ADD b int;
  ALTER FOREIGN TABLE far ADD c int;
$$);
SET ddlguard.mode = off;
DROP FOREIGN DATA WRAPPER regress_check_wrapper CASCADE;
SET ddlguard.mode = enforce;

\i :dir/sql/include/end.psql
DROP OWNED BY regress_check_anybody;
DROP ROLE regress_check_anybody;
