--
-- What a developer reads: the primary line stands alone, since a third of the migration tools show
-- nothing else; DETAIL has the facts, HINT the way that passes, with these names.
--
\getenv dir PG_ABS_SRCDIR
\i :dir/sql/include/begin.psql

SET ddlguard.mode = off;
CREATE TABLE users (id int PRIMARY KEY, name text, "Full Name" text, price numeric(8, 2));
INSERT INTO users SELECT i, 'n', 'n' FROM generate_series(1, 1000) i;
CREATE TABLE orders (id int, user_id int);
INSERT INTO orders SELECT i, i FROM generate_series(1, 1000) i;
ALTER TABLE orders ADD CONSTRAINT positive CHECK (id > 0) NOT VALID;
CREATE TABLE events (at date NOT NULL, n int) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2001-01-01') TO ('2002-01-01');
INSERT INTO events SELECT '2001-06-01', i FROM generate_series(1, 1000) i;
ANALYZE;
SET ddlguard.mode = enforce;
-- Ids of policy rows depend on what was tested before.
SELECT nextval('ddlguard.policy_id_seq') AS last \gset
SELECT setval('ddlguard.policy_id_seq', 9000) AS sequence \gset
DELETE FROM ddlguard.policy WHERE priority = 1500;
INSERT INTO ddlguard.policy (priority, rule, action, min_rows, comment) VALUES
    (1500, 'blocking', 'reject', 100, 'work on 100 rows'), (1500, 'transaction', 'reject', 100, NULL),
    (1500, 'destructive', 'reject', NULL, 'data is lost'), (1500, 'compatibility', 'reject', NULL, 'clients break');

\set VERBOSITY default
CREATE INDEX ON users (name);
\echo :LAST_ERROR_SQLSTATE
CREATE UNIQUE INDEX users_name ON users USING btree (lower(name)) WHERE id > 5;
CREATE INDEX ON events (n);
ALTER TABLE users ADD token uuid DEFAULT gen_random_uuid();
ALTER TABLE users ADD CHECK (price >= 0 AND name <> '');
ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE;
ALTER TABLE users ADD CONSTRAINT users_name_key UNIQUE (name, "Full Name");
ALTER TABLE users ALTER id TYPE bigint;
ALTER TABLE users DROP COLUMN name;
ALTER TABLE users RENAME COLUMN name TO title;
ALTER TABLE users RENAME TO people;
DROP TABLE users;
TRUNCATE orders;
VACUUM FULL users;
REINDEX TABLE users;
BEGIN;
ALTER TABLE users ADD x int;
ALTER TABLE orders VALIDATE CONSTRAINT positive;
ROLLBACK;
-- The column is not there for an index that is built alone.
BEGIN;
ALTER TABLE users ADD x int;
CREATE INDEX ON users (x);
ROLLBACK;
-- A table that references itself is named once.
ALTER TABLE users ADD CONSTRAINT users_own FOREIGN KEY (id) REFERENCES users;
-- What to do first is an order, not a condition.
ALTER TABLE users DROP CONSTRAINT users_pkey;

-- What is there already is a fact; a foreign key within one table names it once.
SET ddlguard.mode = off;
CREATE TABLE staff (id int PRIMARY KEY, chief int REFERENCES staff);
INSERT INTO staff SELECT i, i FROM generate_series(1, 1000) i;
CREATE INDEX staff_chief ON staff (chief);
ANALYZE staff;
SET ddlguard.mode = enforce;
SELECT message, substring(detail FROM 'Fact: [^\n]*') AS fact FROM ddlguard.check($$
  CREATE INDEX ON staff (chief);
  ALTER TABLE staff ADD UNIQUE (id);
  ALTER TABLE staff ADD FOREIGN KEY (chief) REFERENCES staff;
  ALTER TABLE staff DROP CONSTRAINT staff_chief_fkey, ADD FOREIGN KEY (chief) REFERENCES staff;
$$) WHERE action = 'reject' \g (format=aligned expanded=on tuples_only=off)

-- The same as a row of check().
SELECT statement_number, line, statement, rule, action, relation, lock_mode, blocks, work, rows, bytes FROM ddlguard.check($$
  -- comments do not count
  CREATE INDEX ON users (name);
$$);
SELECT message, detail, hint FROM ddlguard.check('CREATE INDEX ON users (name)') \g (format=aligned expanded=on tuples_only=off)

-- A policy that warns has the same parts, but for what asks to let it run.
INSERT INTO ddlguard.policy (priority, rule, action, comment) VALUES (1, 'create_index_blocking', 'warn', 'only a warning');
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE INDEX ON users (name);
ROLLBACK;
DELETE FROM ddlguard.policy WHERE priority = 1;
SELECT setval('ddlguard.policy_id_seq', :last) AS sequence \gset

\i :dir/sql/include/end.psql
