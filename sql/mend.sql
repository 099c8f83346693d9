--
-- What a later statement of the same transaction mends is judged when the transaction ends, and check()
-- looks ahead to there.
--
SET client_min_messages = warning;
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET ddlguard.mode = off;
UPDATE ddlguard.policy SET action = 'reject' WHERE rule = 'drop_trigger_fills_column';
CREATE SCHEMA mend;
SET search_path = mend;
CREATE ROLE regress_mend_app LOGIN;
CREATE TABLE users (id int PRIMARY KEY, name text);
INSERT INTO users SELECT i, 'n' FROM generate_series(1, 1000) i;
CREATE VIEW names AS SELECT id, name FROM users;
CREATE FUNCTION greet(who text) RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE VIEW counts AS SELECT name, count(*) FROM users GROUP BY name;
CREATE FUNCTION spread() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END';
CREATE TRIGGER write INSTEAD OF INSERT OR UPDATE ON counts FOR EACH ROW EXECUTE FUNCTION spread();
GRANT SELECT, INSERT ON users TO regress_mend_app;
GRANT SELECT ON names TO regress_mend_app;
ANALYZE;
SET ddlguard.mode = enforce;

-- Row security is on before its policies are there, but nobody sees that.
BEGIN;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody ON users USING (true);
ROLLBACK;
BEGIN;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
COMMIT;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;

-- What is revoked is granted again.
BEGIN;
REVOKE ALL ON users FROM regress_mend_app;
GRANT SELECT, INSERT, UPDATE ON users TO regress_mend_app;
COMMIT;
BEGIN;
REVOKE ALL ON users FROM regress_mend_app;
GRANT SELECT ON users TO regress_mend_app;
COMMIT;
BEGIN;
SAVEPOINT s;
REVOKE ALL ON users FROM regress_mend_app;
ROLLBACK TO s;
COMMIT;
BEGIN;
SET LOCAL ddlguard.bypass = 'the application is retired';
REVOKE INSERT ON users FROM regress_mend_app;
COMMIT;
SELECT has_table_privilege('regress_mend_app', 'users', p) FROM unnest('{SELECT,INSERT,UPDATE}'::text[]) p;

-- A view that is dropped comes back with its columns and its privileges.
BEGIN;
DROP VIEW names;
CREATE VIEW names AS SELECT name, id, 1 AS more FROM users;
GRANT SELECT ON names TO regress_mend_app;
COMMIT;
BEGIN;
DROP VIEW names;
CREATE VIEW names AS SELECT name, id FROM users;
COMMIT;
BEGIN;
DROP VIEW names;
CREATE VIEW names AS SELECT id FROM users;
GRANT SELECT ON names TO regress_mend_app;
COMMIT;
BEGIN;
DROP VIEW names;
CREATE VIEW names AS SELECT id::text AS id, name FROM users;
GRANT SELECT ON names TO regress_mend_app;
COMMIT;

-- A function comes back with its arguments and its result.
BEGIN;
DROP FUNCTION greet(text);
CREATE FUNCTION greet(person text) RETURNS text LANGUAGE sql AS 'SELECT $1';
COMMIT;
BEGIN;
DROP FUNCTION greet(text);
CREATE FUNCTION greet(person text) RETURNS int LANGUAGE sql AS 'SELECT 1';
COMMIT;
BEGIN;
DROP FUNCTION greet(text);
CREATE FUNCTION greet(person varchar) RETURNS text LANGUAGE sql AS 'SELECT $1::text';
COMMIT;

-- What is written through a view is done by another trigger or rule, or by PostgreSQL.
BEGIN;
DROP TRIGGER write ON counts;
CREATE TRIGGER again INSTEAD OF INSERT OR UPDATE ON counts FOR EACH ROW EXECUTE FUNCTION spread();
COMMIT;
BEGIN;
DROP TRIGGER again ON counts;
CREATE RULE i AS ON INSERT TO counts DO INSTEAD NOTHING;
COMMIT;
BEGIN;
DROP TRIGGER again ON counts;
CREATE TRIGGER no INSTEAD OF INSERT OR UPDATE ON counts FOR EACH ROW EXECUTE FUNCTION refuse();
COMMIT;
BEGIN;
SAVEPOINT s;
DROP TRIGGER again ON counts;
ROLLBACK TO s;
COMMIT;
BEGIN;
CREATE OR REPLACE VIEW names AS SELECT DISTINCT name, id, 1 AS more FROM users;
CREATE OR REPLACE VIEW names AS SELECT name, id, 1 AS more FROM users;
COMMIT;
BEGIN;
GRANT UPDATE ON names TO regress_mend_app;
CREATE OR REPLACE VIEW names AS SELECT DISTINCT name, id, 1 AS more FROM users;
COMMIT;

-- What a trigger fills is filled by another one, by a default, or need not be.
SET ddlguard.mode = off;
CREATE TABLE tickets (id int NOT NULL, code text NOT NULL, place text NOT NULL);
INSERT INTO tickets SELECT i, 'c', 'p' FROM generate_series(1, 1000) i;
CREATE TABLE blank (LIKE tickets);
CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.code := ''c''; SELECT ''p'' INTO NEW.place; RETURN NEW; END';
CREATE FUNCTION fill_code() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.code := ''c''; RETURN NEW; END';
CREATE TRIGGER fill BEFORE INSERT ON tickets FOR EACH ROW EXECUTE FUNCTION fill();
CREATE TRIGGER fill BEFORE INSERT ON blank FOR EACH ROW EXECUTE FUNCTION fill();
ANALYZE tickets;
SET ddlguard.mode = enforce;
DROP TRIGGER fill ON tickets;
BEGIN;
DROP TRIGGER fill ON tickets;
CREATE TRIGGER code BEFORE INSERT ON tickets FOR EACH ROW EXECUTE FUNCTION fill_code();
ALTER TABLE tickets ALTER place SET DEFAULT 'p';
COMMIT;
BEGIN;
ALTER TABLE tickets DISABLE TRIGGER ALL;
SAVEPOINT s;
ALTER TABLE tickets ENABLE TRIGGER ALL;
ROLLBACK TO s;
COMMIT;
BEGIN;
ALTER TABLE tickets DISABLE TRIGGER code, ALTER code DROP NOT NULL;
COMMIT;
DROP TRIGGER fill ON blank;
BEGIN;
CREATE TRIGGER place BEFORE INSERT ON tickets FOR EACH ROW EXECUTE FUNCTION fill();
DROP TRIGGER place ON tickets;
COMMIT;
SET ddlguard.mode = off;
ALTER TABLE tickets ALTER code SET NOT NULL, ENABLE TRIGGER code;
SET ddlguard.mode = enforce;
SELECT line, rule, action FROM ddlguard.check($$
DROP TRIGGER code ON tickets; CREATE TRIGGER code BEFORE INSERT ON tickets FOR EACH ROW EXECUTE FUNCTION fill_code();
BEGIN; DROP TRIGGER code ON tickets; CREATE TRIGGER code BEFORE INSERT ON tickets FOR EACH ROW EXECUTE FUNCTION fill_code(); COMMIT;
BEGIN; ALTER TABLE tickets DISABLE TRIGGER code; ALTER TABLE tickets ENABLE TRIGGER USER; COMMIT;
CREATE TRIGGER c BEFORE INSERT ON tickets FOR EACH ROW EXECUTE FUNCTION fill(); ALTER TABLE tickets DISABLE TRIGGER code;
$$) WHERE rule = 'drop_trigger_fills_column';

-- An enum gives its name to one with more values, as tools do that have no ADD VALUE.
SET ddlguard.mode = off;
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE people (id int PRIMARY KEY, mood mood NOT NULL DEFAULT 'sad', moods mood[], number int GENERATED BY DEFAULT AS IDENTITY,
  rank int GENERATED BY DEFAULT AS IDENTITY, code varchar(10) NOT NULL DEFAULT '-', next int NOT NULL GENERATED ALWAYS AS (id + 1) STORED);
INSERT INTO people (id, mood) SELECT i, 'sad' FROM generate_series(1, 1000) i;
SET ddlguard.mode = enforce;
BEGIN;
ALTER TYPE mood RENAME TO mood_old;
CREATE TYPE mood AS ENUM ('sad', 'content', 'happy');
ALTER TABLE people ALTER mood DROP DEFAULT;
ALTER TABLE people ALTER mood TYPE mood USING mood::text::mood, ALTER moods TYPE mood[] USING moods::text[]::mood[];
ALTER TABLE people ALTER mood SET DEFAULT 'content';
DROP TYPE mood_old;
COMMIT;
-- The old one stays, and so does what uses it.
BEGIN;
ALTER TYPE mood RENAME TO mood_old;
CREATE TYPE mood AS ENUM ('sad', 'content', 'happy');
COMMIT;
-- A value is missing.
BEGIN;
ALTER TYPE mood RENAME TO mood_old;
CREATE TYPE mood AS ENUM ('content', 'happy');
ALTER TABLE people ALTER mood DROP DEFAULT;
ALTER TABLE people ALTER mood TYPE mood USING 'happy', ALTER moods TYPE mood[] USING NULL;
ROLLBACK;
-- Another name.
BEGIN;
ALTER TYPE mood RENAME TO mood_old;
CREATE TYPE temper AS ENUM ('sad', 'content', 'happy');
ALTER TABLE people ALTER mood DROP DEFAULT;
ALTER TABLE people ALTER mood TYPE temper USING mood::text::temper;
ROLLBACK;
-- A column is altered with everything that it has: its default goes first and comes back last.
BEGIN;
ALTER TABLE people ALTER mood DROP DEFAULT;
ALTER TABLE people ALTER mood DROP NOT NULL;
ALTER TABLE people ALTER mood SET DEFAULT 'content';
ALTER TABLE people ALTER mood SET NOT NULL;
COMMIT;
-- One that does not come back; outside a block nothing can follow.
BEGIN;
ALTER TABLE people ALTER mood DROP DEFAULT;
ALTER TABLE people ALTER moods SET DEFAULT '{}';
COMMIT;
ALTER TABLE people ALTER mood DROP DEFAULT;
-- What computes or counts a column goes before its default comes.
BEGIN;
ALTER TABLE people ALTER number DROP IDENTITY;
ALTER TABLE people ALTER number SET DEFAULT 0;
ALTER TABLE people ALTER next DROP EXPRESSION;
ALTER TABLE people ALTER next SET DEFAULT 0;
COMMIT;
BEGIN;
ALTER TABLE people ALTER rank DROP IDENTITY;
COMMIT;
ALTER TABLE people ALTER rank DROP IDENTITY;
-- One that the transaction has set itself is dropped for good, and refused where the tool shows which one it was.
BEGIN;
ALTER TABLE people ADD COLUMN place text NOT NULL DEFAULT 'here';
ALTER TABLE people ALTER place DROP DEFAULT;
ROLLBACK;
BEGIN;
ALTER TABLE people ALTER mood SET DEFAULT 'happy';
ALTER TABLE people ALTER mood DROP DEFAULT;
ROLLBACK;
-- A new type has the old default.
BEGIN;
ALTER TABLE people ALTER code TYPE varchar(20);
ALTER TABLE people ALTER code DROP DEFAULT;
ALTER TABLE people ALTER code SET DEFAULT 'none';
COMMIT;
SELECT s, ARRAY(SELECT rule FROM ddlguard.check('BEGIN; ' || s || '; COMMIT') WHERE action = 'reject') AS rules
  FROM unnest(ARRAY[
    'ALTER TABLE people ALTER mood DROP DEFAULT; ALTER TABLE people ALTER mood SET DEFAULT ''sad''',
    'ALTER TABLE people ALTER mood DROP DEFAULT; ALTER TABLE people ALTER moods SET DEFAULT ''{}''',
    'ALTER TABLE people ALTER mood DROP DEFAULT; ALTER TABLE people ALTER mood SET DEFAULT NULL',
    'ALTER TABLE people ALTER mood DROP DEFAULT; ALTER TABLE people ALTER mood DROP NOT NULL',
    'ALTER TABLE people ALTER mood DROP DEFAULT; ALTER TABLE people ALTER mood SET DEFAULT ''sad''; ALTER TABLE people ALTER mood DROP DEFAULT',
    'ALTER TABLE people ALTER rank DROP IDENTITY; ALTER TABLE people ALTER rank SET DEFAULT 0',
    'ALTER TABLE people ALTER rank DROP IDENTITY; ALTER TABLE people ALTER number SET DEFAULT 0',
    'ALTER TYPE mood RENAME TO m; CREATE TYPE mood AS ENUM (''sad'', ''content'', ''happy'', ''mad''); DROP TYPE m',
    'ALTER TYPE mood RENAME TO m; CREATE TYPE mood AS ENUM (''sad'', ''content'', ''happy'', ''mad'')',
    'ALTER TYPE mood RENAME TO m; CREATE TYPE mood AS ENUM (''sad'', ''happy''); DROP TYPE m',
    'CREATE TYPE n AS ENUM (''sad'', ''content'', ''happy''); ALTER TYPE mood RENAME TO m; ALTER TYPE n RENAME TO mood; DROP TYPE m',
    'CREATE TYPE n AS ENUM (''happy''); ALTER TYPE mood RENAME TO m; ALTER TYPE n RENAME TO mood; DROP TYPE m']) s;

-- Nothing has happened but what was mended.
SELECT enum_range(NULL::mood);
SELECT relrowsecurity FROM pg_class WHERE oid = 'users'::regclass;
\d names
SELECT oid::regprocedure, pg_get_function_identity_arguments(oid) FROM pg_proc WHERE pronamespace = 'mend'::regnamespace AND proname = 'greet';

-- In a script all of the transaction is known.
SELECT line, rule, action FROM ddlguard.check($$
BEGIN; ALTER TABLE users ENABLE ROW LEVEL SECURITY; COMMIT;
BEGIN; ALTER TABLE users ENABLE ROW LEVEL SECURITY; CREATE POLICY everybody ON mend.users USING (true); COMMIT;
BEGIN; CREATE POLICY somebody ON users USING (true); ALTER TABLE users ENABLE ROW LEVEL SECURITY; COMMIT;
BEGIN; REVOKE ALL ON users FROM regress_mend_app; GRANT INSERT ON users TO regress_mend_app; COMMIT;
BEGIN; REVOKE ALL ON users FROM regress_mend_app; GRANT SELECT ON users TO PUBLIC; COMMIT;
BEGIN; REVOKE ALL ON users FROM regress_mend_app; GRANT ALL ON ALL TABLES IN SCHEMA mend TO regress_mend_app; COMMIT;
REVOKE ALL ON users FROM regress_mend_app; GRANT SELECT ON users TO regress_mend_app;
BEGIN; DROP VIEW names; CREATE VIEW names AS SELECT * FROM users; COMMIT;
BEGIN; DROP FUNCTION greet(text); CREATE FUNCTION greet(person varchar) RETURNS text LANGUAGE sql AS 'SELECT $1::text'; COMMIT;
BEGIN; DROP FUNCTION greet(text); CREATE FUNCTION greet(who text) RETURNS text LANGUAGE sql AS 'SELECT $1'; COMMIT;
BEGIN; DROP TRIGGER again ON counts; CREATE RULE i AS ON INSERT TO counts DO INSTEAD NOTHING; COMMIT;
BEGIN; DROP TRIGGER again ON counts; CREATE RULE i AS ON INSERT TO counts DO INSTEAD NOTHING; CREATE RULE u AS ON UPDATE TO counts DO INSTEAD NOTHING; COMMIT;
BEGIN; CREATE OR REPLACE VIEW names AS SELECT DISTINCT name, id, 1 AS more FROM users; CREATE OR REPLACE VIEW names AS SELECT name, id, 1 AS more FROM users; COMMIT;
$$) WHERE rule NOT LIKE '%lock';
SELECT line, rule, action FROM ddlguard.check($$
BEGIN; DROP VIEW names; CREATE VIEW names AS SELECT *, 1 AS more FROM users; GRANT SELECT ON names TO regress_mend_app; COMMIT;
$$);
SELECT line, rule, action FROM ddlguard.check($$
BEGIN; DROP VIEW names; CREATE VIEW names AS SELECT id FROM users; GRANT SELECT ON names TO regress_mend_app; COMMIT;
$$);

SET ddlguard.mode = off;
DROP SCHEMA mend CASCADE;
DROP ROLE regress_mend_app;
