--
-- The transaction as a whole: what takes long while a lock is held that stops others.
--
\getenv dir PG_ABS_SRCDIR
\i :dir/sql/include/begin.psql

SET ddlguard.mode = off;
CREATE TABLE users (id int PRIMARY KEY, name text);
INSERT INTO users SELECT i, 'n' FROM generate_series(1, 1000) i;
CREATE TABLE orders (id int, user_id int) WITH (fillfactor = 20);
INSERT INTO orders SELECT i, i FROM generate_series(1, 1000) i;
CREATE TABLE empty (id int, user_id int);
CREATE TABLE few (id int PRIMARY KEY, user_id int);
INSERT INTO few VALUES (1, 1);
CREATE TABLE lines (few_id int REFERENCES few);
CREATE TABLE days (day int, n int) PARTITION BY LIST (day);
SELECT format('CREATE TABLE day_%1$s PARTITION OF days FOR VALUES IN (%1$s) WITH (fillfactor = 10)', day)
  FROM generate_series(1, 4) day \gexec
INSERT INTO days SELECT 1 + i % 4, i FROM generate_series(1, 360) i;
ALTER TABLE orders ADD CONSTRAINT positive CHECK (id > 0) NOT VALID;
ANALYZE;
SET ddlguard.mode = enforce;

-- Each statement is harmless alone; the second one keeps the lock of the first for its whole time.
SELECT * FROM try(
  'ALTER TABLE users ADD x int; ALTER TABLE orders VALIDATE CONSTRAINT positive',
  'ALTER TABLE users ADD x int; CREATE TABLE fresh AS SELECT * FROM orders',
  'ALTER TABLE users ADD x int; CREATE MATERIALIZED VIEW fresh AS SELECT * FROM orders',
  'ALTER TABLE users ADD x int; CREATE TABLE fresh AS SELECT * FROM orders WITH NO DATA',
  'CREATE TABLE fresh (id int REFERENCES users); ALTER TABLE orders VALIDATE CONSTRAINT positive',
  'LOCK TABLE users IN SHARE MODE; ALTER TABLE orders VALIDATE CONSTRAINT positive',
  'ALTER TABLE users ALTER name SET STATISTICS 10; ALTER TABLE orders VALIDATE CONSTRAINT positive',
  'ALTER TABLE empty ADD x int; ALTER TABLE orders VALIDATE CONSTRAINT positive',
  'ALTER TABLE orders VALIDATE CONSTRAINT positive; ALTER TABLE users ADD x int');

-- Changing or reading many rows under such a lock; a few rows are over in an instant.
BEGIN;
ALTER TABLE users ADD x int;
UPDATE users SET x = 1;
ROLLBACK;
BEGIN;
ALTER TABLE users ADD x int;
UPDATE orders SET user_id = 1 WHERE id > 10;
ROLLBACK;
BEGIN;
ALTER TABLE users ADD x int;
DELETE FROM orders;
ROLLBACK;
BEGIN;
ALTER TABLE users ADD x int;
INSERT INTO empty SELECT * FROM orders;
ROLLBACK;
BEGIN;
ALTER TABLE users ADD x int;
UPDATE orders SET user_id = 1 WHERE id = 10;
INSERT INTO few VALUES (2, 1);
UPDATE users SET x = 1 WHERE id = 1;
SELECT count(*) FROM few;
SELECT name FROM users WHERE id = 1;
EXPLAIN (COSTS off) UPDATE users SET x = 1;
ROLLBACK;
-- Nor are the only row of a tool's history and the lookups of a foreign key worth a word.
INSERT INTO ddlguard.policy (priority, rule, action) VALUES (1, 'transaction', 'warn');
BEGIN;
ALTER TABLE users ADD x int;
UPDATE few SET user_id = 2 WHERE id = 1;
INSERT INTO lines VALUES (1);
INSERT INTO lines VALUES (1);
ROLLBACK;
DELETE FROM ddlguard.policy WHERE priority = 1;
-- A query keeps others waiting as well.
BEGIN;
ALTER TABLE users ADD x int;
SELECT count(*) FROM orders;
ROLLBACK;
BEGIN;
ALTER TABLE users ADD x int;
COPY orders TO '/dev/null';
ROLLBACK;
BEGIN;
LOCK TABLE users IN SHARE MODE;
SELECT count(*) FROM orders;
ROLLBACK;
-- So do partitions, of which none has many rows.
BEGIN;
ALTER TABLE users ADD x int;
SELECT count(*) FROM days WHERE day = 2;
SELECT count(*) FROM days;
ROLLBACK;
-- check() asks the planner, also about columns that the script adds.
SELECT statement_number, rule, relation, rows FROM ddlguard.check($$
  BEGIN; ALTER TABLE users ADD x int; UPDATE users SET x = 1; ROLLBACK;
  BEGIN; ALTER TABLE users ADD x int; UPDATE users SET x = 1 WHERE x IS NULL AND id = 1; ROLLBACK;
  BEGIN; ALTER TABLE users ADD x int; UPDATE users SET x = 1 WHERE x IS NULL; ROLLBACK;
  BEGIN; ALTER TABLE users ADD x int; INSERT INTO empty SELECT * FROM orders; ROLLBACK;
  BEGIN; ALTER TABLE users ADD x int; INSERT INTO empty VALUES (1, 1); ROLLBACK;
  BEGIN; ALTER TABLE users ADD x int; WITH gone AS (DELETE FROM orders RETURNING *) SELECT 1 FROM gone; ROLLBACK;
  BEGIN; ALTER TABLE users ADD x int; SELECT count(*) FROM orders, few; ROLLBACK;
  BEGIN; ALTER TABLE users ADD x int; SELECT * FROM users WHERE id = 1; SELECT * FROM orders LIMIT 1; ROLLBACK;
  BEGIN; ALTER TABLE users RENAME TO people; UPDATE people SET name = 'm'; ROLLBACK;
  BEGIN; SAVEPOINT s; ALTER TABLE users ADD x int; ROLLBACK TO s; UPDATE users SET name = 'm'; ROLLBACK$$)
  WHERE rule IN ('bulk_dml_after_ddl_lock', 'statement_after_access_exclusive', 'update_without_where');
-- It waits for nobody and leaves no lock.
SELECT mode FROM pg_locks WHERE relation IN ('users'::regclass, 'orders'::regclass) AND pid = pg_backend_pid();
-- Without a lock that stops anybody it is the application's business.
BEGIN;
ALTER TABLE users ALTER name SET STATISTICS 10;
UPDATE orders SET user_id = 1 WHERE id > 10;
ALTER TABLE empty ADD x int;
UPDATE orders SET user_id = 1 WHERE id > 10;
ROLLBACK;
-- The rows first, then the DDL.
BEGIN;
UPDATE orders SET user_id = 1 WHERE id > 10;
ALTER TABLE users ADD x int;
COMMIT;
-- Committed: the lock is gone.
ALTER TABLE users ADD y int;
UPDATE users SET y = 1 WHERE id > 10;

-- A savepoint that is rolled back gives its lock back.
BEGIN;
SAVEPOINT s;
ALTER TABLE users ADD z int;
ROLLBACK TO s;
UPDATE orders SET user_id = 1 WHERE id > 10;
RELEASE s;
SAVEPOINT s;
ALTER TABLE users ADD z int;
RELEASE s;
UPDATE orders SET user_id = 1 WHERE id > 10;
ROLLBACK;
-- A refused statement has taken no lock.
BEGIN;
SAVEPOINT s;
ALTER TABLE users ADD z serial;
ROLLBACK TO s;
SELECT mode FROM pg_locks WHERE relation = 'users'::regclass AND pid = pg_backend_pid();
UPDATE orders SET user_id = 1 WHERE id > 10;
ROLLBACK;

-- What is new in this transaction is nobody else's; also when a subtransaction made it.
BEGIN;
CREATE TABLE fresh (id int PRIMARY KEY, name text);
INSERT INTO fresh SELECT id, name FROM users;
CREATE INDEX ON fresh (name);
ALTER TABLE fresh ADD x serial, ALTER id TYPE bigint, ADD CHECK (id > 0), ALTER name SET NOT NULL;
UPDATE fresh SET x = 2;
SAVEPOINT s;
CREATE TABLE fresher AS SELECT id, name FROM users;
RELEASE s;
ALTER TABLE fresher ADD PRIMARY KEY (id);
ALTER TABLE fresher RENAME TO freshest;
TRUNCATE freshest;
DROP TABLE fresh, freshest;
CREATE SCHEMA s CREATE TABLE t (id int) CREATE INDEX ON t (id);
INSERT INTO s.t SELECT id FROM users;
ALTER TABLE s.t ADD x serial;
DROP SCHEMA s CASCADE;
ROLLBACK;
-- New columns, constraints and indexes of an old table, too.
BEGIN;
ALTER TABLE users ADD z int;
ALTER TABLE users RENAME z TO zz;
ALTER TABLE users DROP zz;
CREATE INDEX users_empty ON empty (id);
DROP INDEX users_empty;
ALTER TABLE orders ADD CONSTRAINT c CHECK (id > 0) NOT VALID;
ALTER TABLE orders DROP CONSTRAINT c;
ROLLBACK;
-- After COMMIT it is new no more.
CREATE TABLE fresh AS SELECT * FROM users;
CREATE INDEX ON fresh (id);
-- A table that was truncated in this transaction has no rows; the old ones come back after ROLLBACK.
BEGIN;
SET LOCAL ddlguard.mode = off;
TRUNCATE orders;
SET LOCAL ddlguard.mode = enforce;
ALTER TABLE orders ADD x serial;
ROLLBACK;

-- Two tables locked against everybody in one transaction: logged, since deadlocks begin so.
SELECT * FROM try(
  'ALTER TABLE users ADD z int; ALTER TABLE orders ADD z int',
  'ALTER TABLE users ADD z int; ALTER TABLE users ADD zz int',
  'ALTER TABLE users ADD z int; ALTER TABLE empty ADD z int',
  'ALTER TABLE users ADD z int; CREATE TABLE n (id int)');

-- Concurrent builds wait for old transactions, which the timeouts of the session count.
SET statement_timeout = '1min';
SELECT rule, action FROM ddlguard.check('CREATE INDEX CONCURRENTLY ON users (name)');
RESET statement_timeout;
SELECT rule, action FROM ddlguard.check('CREATE INDEX CONCURRENTLY ON users (name)');

-- A second foreign key locks a second referenced table.
CREATE TABLE first_parent (id int PRIMARY KEY);
CREATE TABLE second_parent (id int PRIMARY KEY);
INSERT INTO first_parent VALUES (1);
INSERT INTO second_parent VALUES (1);
CREATE TABLE child (a int, b int);
SELECT statement_number, rule, action FROM ddlguard.check($$
  BEGIN;
  ALTER TABLE child ADD FOREIGN KEY (a) REFERENCES first_parent NOT VALID;
  ALTER TABLE child ADD FOREIGN KEY (b) REFERENCES second_parent NOT VALID;
  COMMIT;
  ALTER TABLE child ADD FOREIGN KEY (b) REFERENCES second_parent NOT VALID$$) ORDER BY 1, 2;

-- The row that a migration tool adds to its history is no bulk, however strict the policy.
INSERT INTO ddlguard.policy (priority, rule, action, min_bytes) VALUES (1, 'bulk_dml_after_ddl_lock', 'reject', 0);
BEGIN;
ALTER TABLE users ADD note text;
INSERT INTO orders VALUES (1001, 1);
UPDATE orders SET user_id = 2 WHERE id = 1;
ROLLBACK;
DELETE FROM ddlguard.policy WHERE priority = 1;

\i :dir/sql/include/end.psql
