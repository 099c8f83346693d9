--
-- Statements that reach a table without looking dangerous, and look-alikes that are harmless.
-- The list, route by route, is in docs/evasion.md; the ways to run a statement are in evasion_routes.
--
-- attempt() runs a statement and takes it back: 'passes', or 'refused' with the rule that says why.  What
-- cannot run in a function shows its SQLSTATE alone: DG001 is a refusal.
--
\set VERBOSITY sqlstate
SET client_min_messages = warning;
UPDATE ddlguard.policy SET min_rows = 100, min_bytes = NULL WHERE min_rows = 100000;

CREATE FUNCTION attempt(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  detail text;
BEGIN
  EXECUTE statement;
  RAISE EXCEPTION USING ERRCODE = 'ZZ000';
EXCEPTION
  WHEN SQLSTATE 'ZZ000' THEN
    RETURN 'passes';
  WHEN SQLSTATE 'DG001' THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN 'refused: ' || substring(detail FROM '^Rule: (\w+)');
  WHEN OTHERS THEN
    RETURN 'error: ' || sqlerrm;
END $$;

-- 1000 rows in each table that has any.
BEGIN;
CREATE SCHEMA evasion;
SET LOCAL search_path = evasion, public;
CREATE TABLE users (id int NOT NULL, name text, code varchar(10), price numeric(8,2), born timestamp, seen timestamptz, net cidr);
INSERT INTO users SELECT i, 'n', 'c', 1, '2000-01-01', '2000-01-01', '10.0.0.0/8' FROM generate_series(1, 1000) i;
CREATE TABLE proven (LIKE users, CONSTRAINT name_is_there CHECK (name IS NOT NULL));
INSERT INTO proven SELECT * FROM users;
CREATE UNIQUE INDEX proven_id ON proven (id);
CREATE TABLE checked (LIKE users, CHECK (code <> ''));
INSERT INTO checked SELECT * FROM users;
CREATE TABLE indexed (LIKE users);
INSERT INTO indexed SELECT * FROM users;
CREATE INDEX indexed_code ON indexed (lower(code));
CREATE INDEX indexed_name ON indexed (name);
CREATE TABLE orders (id int, user_id int);
INSERT INTO orders SELECT i, i FROM generate_series(1, 1000) i;
CREATE TABLE empty (id int, name text);

CREATE TABLE measures (at date NOT NULL, v int) PARTITION BY RANGE (at);
CREATE TABLE measures_2000 PARTITION OF measures FOR VALUES FROM ('2000-01-01') TO ('2001-01-01');
INSERT INTO measures SELECT '2000-06-01', i FROM generate_series(1, 1000) i;
CREATE TABLE measures_2001 (LIKE measures);
INSERT INTO measures_2001 SELECT '2001-06-01', i FROM generate_series(1, 1000) i;
CREATE TABLE measures_2002 (LIKE measures, CHECK (at >= '2002-01-01' AND at < '2003-01-01'));
INSERT INTO measures_2002 SELECT '2002-06-01', i FROM generate_series(1, 1000) i;
CREATE TABLE logs (LIKE measures) PARTITION BY RANGE (at);
CREATE TABLE logs_rest PARTITION OF logs DEFAULT;
INSERT INTO logs SELECT '2000-06-01', i FROM generate_series(1, 1000) i;
CREATE TABLE parent (id int, name text);
CREATE TABLE child () INHERITS (parent);
INSERT INTO child SELECT i, 'n' FROM generate_series(1, 1000) i;
COMMIT;
SET search_path = evasion, public;
\pset format unaligned
\pset fieldsep ' | '
\pset tuples_only on

-- 1. Indexes that come with a new table are nobody's business, wherever the statement stands; a new
-- table in CREATE SCHEMA can still reach an old one.
SELECT attempt(s), s FROM (VALUES
  ('CREATE TABLE n (id int PRIMARY KEY, u int UNIQUE, EXCLUDE (id WITH =))'),
  ('CREATE TABLE n (LIKE indexed INCLUDING ALL)'),
  ('CREATE SCHEMA s CREATE TABLE t (id int PRIMARY KEY) CREATE INDEX ON t (id)'),
  ('CREATE SCHEMA s CREATE INDEX ON evasion.users (id)'),
  ($$CREATE SCHEMA s CREATE TABLE l PARTITION OF evasion.logs FOR VALUES FROM ('2010-01-01') TO ('2011-01-01')$$)) _(s);

-- 2. Constraints that build an index.
SELECT attempt(s), s FROM (VALUES
  ('ALTER TABLE users ADD PRIMARY KEY (id)'),
  ('ALTER TABLE users ADD UNIQUE (id)'),
  ('ALTER TABLE users ADD EXCLUDE (id WITH =)'),
  ('ALTER TABLE users ADD n int UNIQUE'),
  ('ALTER TABLE users ADD n int PRIMARY KEY'),
  ('ALTER TABLE empty ADD PRIMARY KEY (id)'),
  ('ALTER TABLE proven ADD PRIMARY KEY USING INDEX proven_id')) _(s);

-- 3. Columns that rewrite, without the word DEFAULT.
CREATE DOMAIN plain AS int;
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN noisy AS double precision DEFAULT random();
SELECT attempt(s), s FROM (VALUES
  ('ALTER TABLE users ADD n serial'),
  ('ALTER TABLE users ADD n bigserial'),
  ('ALTER TABLE users ADD n int GENERATED ALWAYS AS IDENTITY'),
  ('ALTER TABLE users ADD n int GENERATED ALWAYS AS (id + 1) STORED'),
  ('ALTER TABLE users ADD n positive'),
  ('ALTER TABLE users ADD n noisy'),
  ('ALTER TABLE users ADD n plain'),
  ('ALTER TABLE empty ADD n serial')) _(s);

-- 4. Defaults: volatile ones rewrite.  A function that can be inlined is what it returns.
CREATE FUNCTION one() RETURNS int LANGUAGE sql VOLATILE AS 'SELECT 1';
CREATE FUNCTION dice() RETURNS int LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN 1; END';
CREATE FUNCTION loaded_dice() RETURNS int LANGUAGE plpgsql STABLE AS 'BEGIN RETURN 1; END';
SELECT attempt(s), s FROM (VALUES
  ('ALTER TABLE users ADD n int DEFAULT 1'),
  ('ALTER TABLE users ADD n int NOT NULL DEFAULT 1'),
  ('ALTER TABLE users ADD n int NOT NULL'),
  ('ALTER TABLE users ADD n timestamptz DEFAULT now()'),
  ('ALTER TABLE users ADD n timestamptz DEFAULT clock_timestamp()'),
  ('ALTER TABLE users ADD n uuid DEFAULT gen_random_uuid()'),
  ('ALTER TABLE users ADD n int DEFAULT one()'),
  ('ALTER TABLE users ADD n int DEFAULT dice()'),
  ('ALTER TABLE users ADD n int DEFAULT loaded_dice()'),
  ('ALTER TABLE users ALTER name SET DEFAULT clock_timestamp()')) _(s);

-- 5. Type changes that rewrite, and those that change nothing but the catalog.
SELECT attempt(s), s FROM (VALUES
  ('ALTER TABLE users ALTER name TYPE varchar'),
  ('ALTER TABLE users ALTER name TYPE varchar(100)'),
  ('ALTER TABLE users ALTER code TYPE varchar(20)'),
  ('ALTER TABLE users ALTER code TYPE varchar(5)'),
  ('ALTER TABLE users ALTER code TYPE text'),
  ('ALTER TABLE users ALTER code TYPE text USING code'),
  ('ALTER TABLE users ALTER code TYPE text USING lower(code)'),
  ('ALTER TABLE users ALTER id TYPE bigint'),
  ('ALTER TABLE users ALTER id TYPE positive'),
  ('ALTER TABLE users ALTER net TYPE inet'),
  ('ALTER TABLE users ALTER price TYPE numeric(12,2)'),
  ('ALTER TABLE users ALTER price TYPE numeric(12,4)')) _(s);
SET timezone = 'UTC';
SELECT attempt(s), s FROM (VALUES ('ALTER TABLE users ALTER born TYPE timestamptz'), ('ALTER TABLE users ALTER seen TYPE timestamp')) _(s);
SET timezone = 'Europe/Paris';
SELECT attempt(s), s FROM (VALUES ('ALTER TABLE users ALTER born TYPE timestamptz'), ('ALTER TABLE users ALTER seen TYPE timestamp')) _(s);

-- 6. No rewrite, but an index is built again or a CHECK looked at again.
SELECT attempt(s), s FROM (VALUES
  ('ALTER TABLE checked ALTER code TYPE varchar(20)'),
  ('ALTER TABLE indexed ALTER code TYPE varchar(20)'),
  ('ALTER TABLE indexed ALTER name TYPE text COLLATE "C"'),
  ('ALTER TABLE indexed ALTER name TYPE varchar')) _(s);

-- 7. Scans under a strong lock, and what proves that none is needed.
SELECT attempt(s), s FROM (VALUES
  ('ALTER TABLE users ALTER name SET NOT NULL'),
  ('ALTER TABLE proven ALTER name SET NOT NULL'),
  ('ALTER TABLE users ADD CHECK (id > 0)'),
  ('ALTER TABLE users ADD CHECK (id > 0) NOT VALID'),
  ('ALTER TABLE users ADD CONSTRAINT c CHECK (id > 0) NOT VALID, VALIDATE CONSTRAINT c'),
  ('ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES proven (id)'),
  ('ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES proven (id) NOT VALID'),
  ('ALTER TABLE orders ADD n int DEFAULT 1 REFERENCES proven (id)'),
  ('ALTER TABLE orders ADD n int REFERENCES proven (id)'),
  ('ALTER TABLE users ADD n int CHECK (n > 0)'),
  ($$ALTER TABLE measures ATTACH PARTITION measures_2001 FOR VALUES FROM ('2001-01-01') TO ('2002-01-01')$$),
  ($$ALTER TABLE measures ATTACH PARTITION measures_2002 FOR VALUES FROM ('2002-01-01') TO ('2003-01-01')$$),
  ($$CREATE TABLE n PARTITION OF measures FOR VALUES FROM ('2010-01-01') TO ('2011-01-01')$$),
  ($$CREATE TABLE n PARTITION OF logs FOR VALUES FROM ('2010-01-01') TO ('2011-01-01')$$)) _(s);

-- 8. Maintenance that an event trigger never sees.
SET allow_in_place_tablespaces = true;
CREATE TABLESPACE regress_evasion LOCATION '';
CREATE ACCESS METHOD heap_too TYPE TABLE HANDLER heap_tableam_handler;
CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS n FROM orders;
VACUUM FULL users;
VACUUM (FULL off) users;
VACUUM (FULL off, FULL on) users;
VACUUM FULL empty;
TRUNCATE empty; -- as if nothing had seen it
CLUSTER indexed USING indexed_name;
ALTER TABLE indexed CLUSTER ON indexed_name;
CLUSTER indexed;
CLUSTER;
REINDEX TABLE CONCURRENTLY indexed;
VACUUM FULL;
REINDEX SCHEMA evasion;
REINDEX DATABASE :"DBNAME";
SELECT attempt(s), s FROM (VALUES
  ('REINDEX TABLE indexed'),
  ('REINDEX INDEX indexed_name'),
  ('REINDEX TABLE empty'),
  ('REFRESH MATERIALIZED VIEW totals'),
  ('ALTER TABLE users SET TABLESPACE regress_evasion'),
  ('ALTER INDEX indexed_name SET TABLESPACE regress_evasion'),
  ('ALTER TABLE ALL IN TABLESPACE pg_default SET TABLESPACE regress_evasion'),
  ('ALTER INDEX ALL IN TABLESPACE pg_default SET TABLESPACE regress_evasion'),
  ('ALTER TABLE ALL IN TABLESPACE regress_evasion SET TABLESPACE pg_default'),
  ('ALTER TABLE users SET UNLOGGED'),
  ('ALTER TABLE users SET LOGGED'),
  ('ALTER TABLE users SET ACCESS METHOD heap_too'),
  ('ALTER TABLE users SET ACCESS METHOD heap')) _(s);
-- A lock alone is over with its transaction, so the default policies log it; work under it is refused.
SELECT rule, action, lock_mode FROM ddlguard.check('LOCK TABLE users');
SELECT attempt(s), s FROM (VALUES
  ('LOCK TABLE users'),
  ('LOCK TABLE users; CREATE TABLE n AS SELECT * FROM orders')) _(s);

-- 9. Types that tables are made of.
CREATE TYPE person AS (name text, age int);
CREATE TABLE persons OF person;
INSERT INTO persons SELECT 'n', i FROM generate_series(1, 1000) i;
CREATE DOMAIN email AS text;
CREATE TABLE mails (address email);
INSERT INTO mails SELECT 'n' FROM generate_series(1, 1000) i;
SELECT attempt(s), s FROM (VALUES
  ('ALTER TYPE person ALTER ATTRIBUTE age TYPE bigint CASCADE'),
  ('ALTER TYPE person DROP ATTRIBUTE age CASCADE'),
  ('ALTER TYPE person RENAME ATTRIBUTE age TO years CASCADE'),
  ($$ALTER DOMAIN email ADD CHECK (VALUE <> '')$$),
  ($$ALTER DOMAIN email ADD CHECK (VALUE <> '') NOT VALID$$),
  ($$ALTER DOMAIN email ADD CONSTRAINT c CHECK (VALUE <> '') NOT VALID; ALTER DOMAIN email VALIDATE CONSTRAINT c$$),
  ('ALTER DOMAIN email SET NOT NULL'),
  ('ALTER DOMAIN plain ADD CHECK (VALUE > 0)')) _(s);

-- 10. One word, many victims.
CREATE ROLE regress_evasion_owner;
CREATE SCHEMA crowded CREATE TABLE full_up (id int, e email);
INSERT INTO crowded.full_up SELECT i, 'n' FROM generate_series(1, 1000) i;
CREATE SCHEMA roomy CREATE TABLE nothing (id int);
CREATE TABLE owned AS SELECT i AS id FROM generate_series(1, 1000) i;
ALTER TABLE owned OWNER TO regress_evasion_owner;
CREATE TABLE hot (id int) USING heap_too;
INSERT INTO hot SELECT generate_series(1, 1000);
CREATE TABLE wide AS SELECT i AS a, i AS b FROM generate_series(1, 1000) i;
SET ddlguard.mode = off;
ALTER TABLE wide ADD UNIQUE (a, b);
RESET ddlguard.mode;
SELECT attempt(s), s FROM (VALUES
  ('DROP SCHEMA crowded CASCADE'),
  ('DROP SCHEMA roomy, crowded CASCADE'),
  ('DROP SCHEMA roomy CASCADE'),
  ('DROP OWNED BY regress_evasion_owner'),
  ('DROP DOMAIN email CASCADE'),
  ('DROP TYPE person CASCADE'),
  ('DROP ACCESS METHOD heap_too CASCADE'),
  ('ALTER TABLE wide DROP a')) _(s);

-- 11. Every object of a list counts, not the first.
SELECT attempt(s), s FROM (VALUES
  ('DROP TABLE empty, users'),
  ('DROP TABLE IF EXISTS missing, empty, users'),
  ('DROP TABLE IF EXISTS missing, empty'),
  ('TRUNCATE empty, users'),
  ('TRUNCATE empty'),
  ('LOCK TABLE empty, users'),
  ('DROP INDEX indexed_name, proven_id')) _(s);

-- 12. The parent is empty and its statistics say nothing; the rows are below it.
SELECT attempt(s), s FROM (VALUES
  ('ALTER TABLE measures ADD CHECK (v > 0)'),
  ('ALTER TABLE measures ALTER v TYPE bigint'),
  ('ALTER TABLE measures DROP v'),
  ('CREATE INDEX ON measures (v)'),
  ('CREATE INDEX ON ONLY measures (v)'),
  ('TRUNCATE measures'),
  ('DROP TABLE measures'),
  ('DROP TABLE measures_2000'),
  ('ALTER TABLE parent ALTER name SET NOT NULL'),
  ('ALTER TABLE ONLY parent ALTER name SET NOT NULL'),
  ('ALTER TABLE parent ALTER id TYPE bigint'),
  ('ALTER TABLE parent ADD n serial'),
  ('TRUNCATE parent'),
  ('TRUNCATE ONLY parent'),
  ('CREATE INDEX ON parent (id)'),
  ('ALTER TABLE parent RENAME name TO title'),
  ('ALTER TABLE ONLY measures ENABLE ROW LEVEL SECURITY'),
  ('ALTER TABLE ONLY measures RENAME TO readings'),
  ('ALTER TABLE ONLY parent DROP name'),
  ('ALTER TABLE ONLY parent RENAME TO ancestor'),
  ('ALTER TABLE ONLY parent SET SCHEMA public')) _(s);
VACUUM FULL measures;

-- 13, 14. Statements that read a table for long are harmless, except under a lock that stops others:
-- every form in which a query can make a table.
PREPARE reading AS SELECT * FROM orders;
SELECT attempt(s), s FROM (VALUES
  ('CREATE TABLE n AS SELECT * FROM orders'),
  ('LOCK TABLE users; CREATE TABLE n AS SELECT * FROM orders'),
  ('LOCK TABLE users; CREATE TABLE n AS EXECUTE reading'),
  ('LOCK TABLE users; CREATE MATERIALIZED VIEW n AS SELECT * FROM orders'),
  ('LOCK TABLE users; CREATE MATERIALIZED VIEW n AS SELECT * FROM orders WITH NO DATA'),
  ('LOCK TABLE users; EXPLAIN (ANALYZE) CREATE TABLE n AS SELECT * FROM orders'),
  ('LOCK TABLE users; EXPLAIN (ANALYZE) CREATE TABLE n AS EXECUTE reading'),
  ('LOCK TABLE users; EXPLAIN (ANALYZE) CREATE MATERIALIZED VIEW n AS SELECT * FROM orders'),
  ('LOCK TABLE users; EXPLAIN CREATE TABLE n AS SELECT * FROM orders'),
  ('LOCK TABLE users; EXPLAIN (ANALYZE off) CREATE TABLE n AS SELECT * FROM orders'),
  ('LOCK TABLE users; EXPLAIN (ANALYZE) UPDATE orders SET id = id'),
  ('LOCK TABLE users; UPDATE orders SET id = id'),
  ('LOCK TABLE users; WITH gone AS (DELETE FROM orders RETURNING *) SELECT count(*) FROM gone'),
  ($$LOCK TABLE users; COPY (DELETE FROM orders RETURNING *) TO '/dev/null'$$),
  ('LOCK TABLE users; INSERT INTO orders SELECT * FROM orders')) _(s);
BEGIN;
LOCK TABLE users;
SELECT * INTO n FROM orders;
ROLLBACK;

-- 15. A subscriber's TRUNCATE: test/tap/replication.t.

-- 16. Cheap, but code that runs now breaks.
SELECT attempt(s), s FROM (VALUES
  ('ALTER TABLE users RENAME TO people'),
  ('ALTER TABLE users RENAME name TO title'),
  ('ALTER TABLE users SET SCHEMA public'),
  ('ALTER SCHEMA crowded RENAME TO quiet'),
  ('ALTER TYPE person RENAME TO human'),
  ('ALTER TABLE empty RENAME TO void')) _(s);
SELECT statement, rule, action, lock_mode FROM ddlguard.check($$
  ALTER TABLE users OWNER TO regress_evasion_owner;
  ALTER TABLE users DISABLE TRIGGER ALL;
$$);

-- 17. A materialized view's index, and a partitioned table's, for which there is no CONCURRENTLY: the hint
-- does not say it of the parent.
CREATE MATERIALIZED VIEW copies AS SELECT * FROM users;
SELECT regexp_matches(hint, 'CREATE INDEX [^;]*', 'g') FROM ddlguard.check('CREATE INDEX measures_v ON measures (v)')
 WHERE action = 'reject';
SELECT attempt(s), s FROM (VALUES
  ('CREATE INDEX ON copies (id)'),
  ('CREATE UNIQUE INDEX ON measures (at)')) _(s);
CREATE INDEX CONCURRENTLY ON copies (id);

-- 18. A failed build leaves an invalid index, and IF NOT EXISTS is content with it.
CREATE UNIQUE INDEX CONCURRENTLY users_code ON users (code);
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_code ON users (code);
CREATE INDEX IF NOT EXISTS indexed_name ON indexed (name);
CREATE INDEX CONCURRENTLY IF NOT EXISTS indexed_name ON indexed (name);

-- Nothing of all that has rewritten a table, but for VACUUM FULL of the empty one.
SELECT relname FROM pg_class
 WHERE relnamespace = 'evasion'::regnamespace AND relkind = 'r' AND pg_relation_filenode(oid) <> oid;

SET ddlguard.mode = off;
DROP SCHEMA evasion, crowded, roomy CASCADE;
DROP ACCESS METHOD heap_too;
DROP TABLESPACE regress_evasion;
DROP ROLE regress_evasion_owner;
DROP FUNCTION attempt;
UPDATE ddlguard.policy SET min_rows = 100000, min_bytes = 67108864 WHERE min_rows = 100;
