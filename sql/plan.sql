--
-- plan(): the staged way to what a script wants.
--
\getenv dir PG_ABS_SRCDIR
\i :dir/sql/include/begin.psql

SET ddlguard.mode = off;
CREATE TABLE users (id int PRIMARY KEY, name text, "Full Name" text, price numeric(8, 2));
INSERT INTO users SELECT i, 'n', 'n' FROM generate_series(1, 1000) i;
ANALYZE users;
SET ddlguard.mode = enforce;

-- Statement by statement; harmless ones are steps as they are, commands of ALTER TABLE stand alone.
SELECT statement_number, line, rule, step, phase, sql, transactional, run_by, back_out FROM ddlguard.plan($$
  CREATE TABLE fresh (id int);
  CREATE INDEX users_name ON users (name);
  BEGIN;
  ALTER TABLE ONLY users ADD COLUMN a int, ADD COLUMN b text DEFAULT 'x, y', ALTER "Full Name" SET NOT NULL,
    ALTER name SET STATISTICS 100;
  CREATE INDEX ON fresh (id);
  COMMIT;
  VACUUM users;
  DROP TABLE users;
$$);
SELECT sql, run_by FROM ddlguard.plan('ALTER TABLE users ADD token uuid DEFAULT gen_random_uuid()');

-- What cannot be done without loss or break is one step, on record.
SELECT rule, sql, wait_for, on_record FROM ddlguard.plan('DROP TABLE users');
-- A policy that allows the finding makes it a harmless one.
INSERT INTO ddlguard.policy (priority, rule, action) VALUES (1, 'drop_table', 'allow');
SELECT rule, sql, wait_for, on_record FROM ddlguard.plan('DROP TABLE users');
DELETE FROM ddlguard.policy WHERE priority = 1;

-- Everybody may ask.
SELECT has_function_privilege('public', 'ddlguard.plan(text)', 'EXECUTE');

\i :dir/sql/include/end.psql
