--
-- ddlguard.mode: observe lets everything run and tells what it would have refused; off looks away.
--
\getenv dir PG_ABS_SRCDIR
\i :dir/sql/include/begin.psql

SET ddlguard.mode = off;
CREATE TABLE users (id int PRIMARY KEY, name text);
INSERT INTO users SELECT i, 'n' FROM generate_series(1, 1000) i;
CREATE TABLE orders AS SELECT * FROM users;
ANALYZE;

SET ddlguard.mode = observe;
CREATE INDEX users_name ON users (name);
ALTER TABLE users ADD x serial;
ALTER TABLE users ALTER name SET NOT NULL;
ALTER TABLE users RENAME name TO title;
VACUUM FULL users;
BEGIN;
ALTER TABLE users ADD y int;
UPDATE users SET y = 1 WHERE id > 10;
COMMIT;
DROP TABLE users;
-- no_bypass rows refuse nothing either.
INSERT INTO ddlguard.policy (priority, rule, action, no_bypass) VALUES (1, 'drop_column', 'reject', true);
ALTER TABLE orders DROP name;
DELETE FROM ddlguard.policy WHERE priority = 1;

SET ddlguard.mode = enforce;
TRUNCATE orders;
SET ddlguard.mode = off;
TRUNCATE orders;
SELECT count(*) FROM orders;

-- Locks that were taken while the guard looked away are seen when it looks again.
INSERT INTO orders SELECT generate_series(1, 1000);
ANALYZE orders;
SET ddlguard.mode = observe;
BEGIN;
ALTER TABLE orders ADD y int;
SET LOCAL ddlguard.mode = enforce;
UPDATE orders SET y = 1 WHERE id > 10;
ROLLBACK;

-- What PostgreSQL says of a statement is left to it, with the place; and what it only mentions, too.
\set VERBOSITY default
ALTER TABLE orders ADD z varchar(0);
ALTER TABLE orders ADD z int, ADD COLUMN IF NOT EXISTS z varchar(0);
\set VERBOSITY terse
BEGIN READ ONLY;
ALTER TABLE orders ADD zz varchar(0);
ROLLBACK;

-- For a database, a role, a session.
CREATE ROLE regress_observe LOGIN;
GRANT ALL ON SCHEMA spec TO regress_observe;
ALTER TABLE orders OWNER TO regress_observe;
ALTER ROLE regress_observe SET ddlguard.mode = observe;
\c - regress_observe
SELECT active, inactive_reason, mode FROM ddlguard.status();
TRUNCATE spec.orders;
SET ddlguard.mode = off;
\c - :me
SET client_min_messages = warning;

\i :dir/sql/include/end.psql
DROP OWNED BY regress_observe;
DROP ROLE regress_observe;
