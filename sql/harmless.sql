--
-- What passes untouched, on tables with rows: the safe ways of the playbook, no-ops, and whatever
-- only changes the catalog.  A WARNING or ERROR here is a false alarm.
--
\getenv dir PG_ABS_SRCDIR
\i :dir/sql/include/begin.psql

SET ddlguard.mode = off;
CREATE TABLE users (id int PRIMARY KEY, name text, email varchar(100), code varchar(10));
INSERT INTO users SELECT i, 'n ' || i, i || '@b', i FROM generate_series(1, 1000) i;
CREATE TABLE orders (id int, user_id int, total numeric(8, 2));
INSERT INTO orders SELECT i, i, i FROM generate_series(1, 1000) i;
CREATE TABLE events (at date NOT NULL, n int) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2001-01-01') TO ('2002-01-01');
INSERT INTO events SELECT '2001-06-01', i FROM generate_series(1, 1000) i;
CREATE TABLE old_events (LIKE events);
INSERT INTO old_events SELECT '2000-06-01', i FROM generate_series(1, 1000) i;
CREATE MATERIALIZED VIEW totals AS SELECT id FROM users;
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE FUNCTION keep_names() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.first_name := split_part(NEW.name, ' ', 1); RETURN NEW; END $$;
ANALYZE;
SET ddlguard.mode = enforce;
SET client_min_messages = notice;

-- users.name becomes first_name: expand, backfill, enforce.
ALTER TABLE users ADD COLUMN first_name text;
CREATE TRIGGER keep_names BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION keep_names();
UPDATE users SET name = name WHERE id BETWEEN 1 AND 500;
UPDATE users SET name = name WHERE id BETWEEN 501 AND 1000;
ALTER TABLE users ADD CONSTRAINT first_name_is_there CHECK (first_name IS NOT NULL) NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT first_name_is_there;
ALTER TABLE users ALTER COLUMN first_name SET NOT NULL;
ALTER TABLE users DROP CONSTRAINT first_name_is_there;
ALTER TABLE users ALTER COLUMN first_name SET DEFAULT '';
DROP TRIGGER keep_names ON users;

-- A required column.
ALTER TABLE users ADD COLUMN active boolean NOT NULL DEFAULT true;
ALTER TABLE users ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();

-- A unique index, a primary key, a foreign key.
CREATE UNIQUE INDEX CONCURRENTLY orders_pkey ON orders (id);
ALTER TABLE orders ADD CONSTRAINT id_is_there CHECK (id IS NOT NULL) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT id_is_there;
ALTER TABLE orders ADD CONSTRAINT orders_pkey PRIMARY KEY USING INDEX orders_pkey;
CREATE INDEX CONCURRENTLY orders_user ON orders (user_id);
ALTER TABLE orders ADD CONSTRAINT orders_user_fkey FOREIGN KEY (user_id) REFERENCES users NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_user_fkey;
REINDEX TABLE CONCURRENTLY orders;
DROP INDEX CONCURRENTLY orders_user;

-- An index of a partitioned table, partition by partition.
CREATE INDEX events_n ON ONLY events (n);
CREATE INDEX CONCURRENTLY events_1_n ON events_1 (n);
ALTER INDEX events_n ATTACH PARTITION events_1_n;

-- A partition comes and goes.
ALTER TABLE old_events ADD CONSTRAINT bound CHECK (at >= '2000-01-01' AND at < '2001-01-01') NOT VALID;
ALTER TABLE old_events VALIDATE CONSTRAINT bound;
CREATE INDEX CONCURRENTLY ON old_events (n);
ALTER TABLE events ATTACH PARTITION old_events FOR VALUES FROM ('2000-01-01') TO ('2001-01-01');
ALTER TABLE events DETACH PARTITION old_events CONCURRENTLY;
CREATE TABLE events_2 (LIKE events INCLUDING ALL);
ALTER TABLE events ATTACH PARTITION events_2 FOR VALUES FROM ('2002-01-01') TO ('2003-01-01');

-- Types that get wider.
ALTER TABLE users ALTER email TYPE varchar(200), ALTER code TYPE text;
ALTER TABLE orders ALTER total TYPE numeric(12, 2);
ALTER TYPE mood ADD VALUE 'fine';

-- A materialized view that readers never miss.
CREATE UNIQUE INDEX CONCURRENTLY ON totals (id);
REFRESH MATERIALIZED VIEW CONCURRENTLY totals;
SET client_min_messages = warning;

-- Nothing to do.
CREATE TABLE IF NOT EXISTS users (id serial PRIMARY KEY);
CREATE TABLE IF NOT EXISTS users AS SELECT * FROM orders;
CREATE INDEX IF NOT EXISTS users_pkey ON users (name);
CREATE SCHEMA IF NOT EXISTS spec;
CREATE MATERIALIZED VIEW IF NOT EXISTS totals AS SELECT 1;
ALTER TABLE users ADD COLUMN IF NOT EXISTS name serial;
ALTER TABLE IF EXISTS missing ADD COLUMN x serial;
ALTER TABLE users DROP COLUMN IF EXISTS missing;
ALTER TABLE users DROP CONSTRAINT IF EXISTS missing;
DROP TABLE IF EXISTS missing;
DROP INDEX IF EXISTS missing;
DROP VIEW IF EXISTS missing CASCADE;
DROP TYPE IF EXISTS missing;
DROP FUNCTION IF EXISTS missing(int);
DROP SCHEMA IF EXISTS missing CASCADE;
DROP TRIGGER IF EXISTS missing ON users;
DROP EXTENSION IF EXISTS missing;
ALTER TABLE users ALTER name TYPE text, ALTER first_name SET NOT NULL, SET LOGGED, SET TABLESPACE pg_default;
ALTER TABLE users OWNER TO CURRENT_USER;

-- The catalog's business alone.
COMMENT ON TABLE users IS 'users';
COMMENT ON COLUMN users.name IS 'name';
GRANT SELECT ON users TO pg_monitor;
ALTER TABLE users ALTER name SET DEFAULT 'n', ALTER name SET STATISTICS 500, SET (fillfactor = 90);
ALTER TABLE users REPLICA IDENTITY FULL;
CREATE STATISTICS users_statistics ON name, email FROM users;
DROP STATISTICS users_statistics;
ANALYZE users;
VACUUM users;
CREATE VIEW names AS SELECT name FROM users;
CREATE OR REPLACE VIEW names AS SELECT name, email FROM users;
CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 2';
CREATE SEQUENCE numbers;
CREATE ROLE regress_harmless;
ALTER ROLE regress_harmless SET work_mem = '8MB';
DROP OWNED BY regress_harmless;
DROP ROLE regress_harmless;
CREATE PUBLICATION regress_harmless FOR TABLE users;
DROP PUBLICATION regress_harmless;

-- Temporary and new tables.
CREATE TEMP TABLE mine AS SELECT * FROM users;
CREATE INDEX ON mine (name);
ALTER TABLE mine ADD x serial, ALTER id TYPE bigint;
ALTER TABLE mine RENAME name TO title;
DELETE FROM mine;
TRUNCATE mine;
DROP TABLE mine;
BEGIN;
CREATE TABLE copy AS SELECT * FROM users;
ALTER TABLE copy ADD PRIMARY KEY (id);
ALTER TABLE copy ADD CHECK (id > 0), ADD x serial, DROP name;
COMMIT;

-- A history replayed on an empty database.
CREATE TABLE accounts (id serial PRIMARY KEY, name text);
CREATE INDEX accounts_name ON accounts (name);
ALTER TABLE accounts ADD email text NOT NULL;
ALTER TABLE accounts ADD UNIQUE (email);
ALTER TABLE accounts ALTER id TYPE bigint;
ALTER TABLE accounts ADD owner int REFERENCES accounts;
ALTER TABLE accounts RENAME name TO title;
ALTER TABLE accounts DROP title;
ALTER TABLE accounts RENAME TO clients;
ALTER TABLE clients ADD x uuid DEFAULT gen_random_uuid();
REINDEX TABLE clients;
TRUNCATE clients;
DROP TABLE clients;

-- DML, and commands of a session.
INSERT INTO orders SELECT i, 1 FROM generate_series(2001, 3000) i;
UPDATE orders SET total = 1 WHERE id > 2000;
DELETE FROM orders WHERE id > 2000;
PREPARE p AS SELECT count(*) FROM orders;
EXECUTE p;
EXPLAIN (COSTS off) DELETE FROM orders;
EXPLAIN (COSTS off) CREATE TABLE n AS SELECT * FROM orders;
DO 'BEGIN PERFORM 1; END';
NOTIFY changed;
DISCARD PLANS;
CHECKPOINT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SET TRANSACTION READ ONLY;
DECLARE c CURSOR FOR SELECT id FROM orders ORDER BY id;
FETCH c;
CLOSE c;
SELECT 1 / 0;
ROLLBACK;

\i :dir/sql/include/end.psql
