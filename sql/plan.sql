--
-- plan(): the staged way to what a script wants.
--
\getenv dir PG_ABS_SRCDIR
\i :dir/sql/include/begin.psql

SET ddlguard.mode = off;
CREATE TABLE users (id int PRIMARY KEY, name text, "Full Name" text, price numeric(8, 2));
INSERT INTO users SELECT i, 'n', 'n', 1 FROM generate_series(1, 1000) i;
CREATE TABLE parts (id int NOT NULL, name text) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF parts FOR VALUES FROM (0) TO (1000);
CREATE TABLE part_2 PARTITION OF parts FOR VALUES FROM (1000) TO (3000) PARTITION BY RANGE (id);
CREATE TABLE part_2a PARTITION OF part_2 FOR VALUES FROM (1000) TO (2000);
CREATE TABLE part_3 (id int NOT NULL, name text);
INSERT INTO parts SELECT i, 'n' FROM generate_series(1, 1999) i;
INSERT INTO part_3 SELECT i, 'n' FROM generate_series(3000, 3999) i;
CREATE UNIQUE INDEX CONCURRENTLY users_price_key ON users ((price IS NULL)); -- fails, and stays invalid
ANALYZE;
SET ddlguard.mode = enforce;

-- Statement by statement; harmless ones are steps as they are, commands of ALTER TABLE stand alone.
SELECT statement_number, line, rule, step, phase, sql, transactional, run_by, back_out FROM ddlguard.plan($$
  CREATE TABLE fresh (id int);
  CREATE INDEX users_name ON users (name);
  BEGIN;
  ALTER TABLE ONLY users ADD COLUMN a int, ADD COLUMN b text DEFAULT 'x, y', ADD CHECK (price > 0),
    ALTER name SET STATISTICS 100;
  CREATE INDEX ON fresh (id);
  COMMIT;
  VACUUM users;
  DROP TABLE users;
$$);
SELECT sql, run_by FROM ddlguard.plan('ALTER TABLE users ADD token uuid DEFAULT gen_random_uuid()');

-- Names are those that PostgreSQL would choose, each given once; the text of a condition is the statement's.
SELECT step, sql FROM ddlguard.plan($$
  ALTER TABLE users ADD CHECK (price > 0), ADD CHECK (price < 10), ADD CHECK (name IN ('a', 'b') AND price <> 5),
    ADD UNIQUE ("Full Name", id), VALIDATE CONSTRAINT users_price_check
$$);
SELECT step, run_by, sql FROM ddlguard.plan('ALTER TABLE users ADD COLUMN rank int GENERATED ALWAYS AS IDENTITY (START 5) UNIQUE')
 WHERE run_by <> 'backfill';
SELECT step, sql FROM ddlguard.plan('ALTER TABLE parts ATTACH PARTITION part_3 FOR VALUES FROM (3000) TO (4000)');
SELECT step, sql FROM ddlguard.plan('CREATE INDEX ON parts (lower(name), id DESC) WHERE id > 0');
SELECT step, sql FROM ddlguard.plan('ALTER TABLE parts ADD UNIQUE (id)');

-- What a failed build left under the name goes first.
SELECT step, sql, transactional, wait_for FROM ddlguard.plan('ALTER TABLE users ADD UNIQUE (price)');

-- What cannot be done without loss or break is one step, on record.
SELECT rule, sql, wait_for, on_record FROM ddlguard.plan('DROP TABLE users');
-- A policy that allows the finding makes it a harmless one.
INSERT INTO ddlguard.policy (priority, rule, action) VALUES (1, 'drop_table', 'allow');
SELECT rule, sql, wait_for, on_record FROM ddlguard.plan('DROP TABLE users');
DELETE FROM ddlguard.policy WHERE priority = 1;

-- PostgreSQL changes no type while a view reads the column.
SET ddlguard.mode = off;
CREATE VIEW prices AS SELECT price FROM users;
SET ddlguard.mode = enforce;
SELECT rule, sql, wait_for, on_record FROM ddlguard.plan('ALTER TABLE users ALTER price TYPE float8');

-- Everybody may ask.
SELECT has_function_privilege('public', 'ddlguard.plan(text)', 'EXECUTE');

\i :dir/sql/include/end.psql
