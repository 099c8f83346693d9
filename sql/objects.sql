--
-- Views, functions, triggers, rules, row security, privileges, sequences, publications.
--
\getenv dir PG_ABS_SRCDIR
\i :dir/sql/include/begin.psql

SET ddlguard.mode = off;
CREATE ROLE regress_objects_app LOGIN;
CREATE ROLE regress_objects_group;
CREATE TABLE users (id int PRIMARY KEY, name text, code text);
INSERT INTO users SELECT i, 'n', 'n' FROM generate_series(1, 1000) i;
CREATE TABLE keyless AS SELECT * FROM users;
CREATE TABLE empty (id int, name text);
CREATE VIEW names AS SELECT id, name FROM users;
CREATE FUNCTION code(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';
CREATE FUNCTION free(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';
CREATE FUNCTION greet(who text) RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE INDEX ON users (code(code));
CREATE FUNCTION good() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.name := upper(NEW.name); RETURN NEW; END';
CREATE FUNCTION bad() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.title := upper(NEW.title); RETURN NEW; END';
CREATE TABLE guarded AS SELECT * FROM users;
CREATE POLICY everybody ON guarded USING (true);
CREATE TRIGGER noted BEFORE INSERT ON guarded FOR EACH ROW EXECUTE FUNCTION good();
CREATE SEQUENCE numbers;
SELECT setval('numbers', 500);
GRANT SELECT, INSERT ON users TO regress_objects_app;
GRANT SELECT (name) ON keyless TO regress_objects_app;
GRANT SELECT ON names TO PUBLIC;
GRANT SELECT ON names TO regress_objects_app;
GRANT SELECT ON users TO pg_database_owner;
GRANT SELECT, TRIGGER ON empty TO regress_objects_app;
GRANT USAGE ON SCHEMA spec TO regress_objects_app;
GRANT regress_objects_group TO regress_objects_app;
ANALYZE;
TRUNCATE empty; -- nothing has seen them yet
SET ddlguard.mode = enforce;

-- A view may get columns at its end; the server itself refuses the rest.
SELECT * FROM try(
  'CREATE OR REPLACE VIEW names AS SELECT id, name, code FROM users',
  'CREATE OR REPLACE VIEW names AS SELECT id FROM users',
  'CREATE VIEW fresh AS SELECT * FROM users',
  'ALTER VIEW names SET (security_barrier = true)',
  'ALTER VIEW names ALTER COLUMN name SET DEFAULT $$n$$',
  'COMMENT ON VIEW names IS $$n$$');

-- What an index has stored was computed with the old function.
SELECT * FROM try(
  'CREATE OR REPLACE FUNCTION code(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT upper($1)$$',
  'CREATE OR REPLACE FUNCTION code(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT lower($1)$$',
  'CREATE OR REPLACE FUNCTION free(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT upper($1)$$',
  'ALTER FUNCTION code(text) VOLATILE',
  'ALTER FUNCTION code(text) COST 10',
  'ALTER FUNCTION free(text) VOLATILE');
-- A second function that calls of the first one could mean as well.
SELECT * FROM try(
  'CREATE FUNCTION greet(who text, loud bool DEFAULT false) RETURNS text LANGUAGE sql AS $$SELECT $1$$',
  'CREATE FUNCTION greet(who varchar) RETURNS text LANGUAGE sql AS $$SELECT $1::text$$',
  'CREATE FUNCTION greet(who text, loud bool) RETURNS text LANGUAGE sql AS $$SELECT $1$$',
  'CREATE FUNCTION fresh(who text) RETURNS text LANGUAGE sql AS $$SELECT $1$$');

-- Names in a function that runs with its owner's rights are looked up where its caller says.
SELECT * FROM try(
  'CREATE FUNCTION fresh() RETURNS int SECURITY DEFINER LANGUAGE sql AS $$SELECT 1$$',
  'CREATE FUNCTION fresh() RETURNS int SECURITY DEFINER SET search_path = spec, pg_temp LANGUAGE sql AS $$SELECT 1$$',
  'CREATE FUNCTION fresh() RETURNS int SECURITY DEFINER SET search_path = spec LANGUAGE sql AS $$SELECT 1$$',
  'CREATE FUNCTION fresh() RETURNS int SECURITY DEFINER SET search_path = $$$$ LANGUAGE sql AS $$SELECT 1$$',
  'CREATE FUNCTION fresh() RETURNS int SECURITY DEFINER LANGUAGE sql RETURN 1',
  'CREATE FUNCTION fresh() RETURNS int LANGUAGE sql AS $$SELECT 1$$',
  'ALTER FUNCTION free(text) SECURITY DEFINER',
  'ALTER FUNCTION free(text) SECURITY DEFINER SET search_path = spec, pg_temp',
  'ALTER FUNCTION free(text) SET search_path = spec');

-- Triggers run inside every write.
SELECT * FROM try(
  'CREATE TRIGGER t BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION good()',
  'CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION bad()',
  'CREATE TRIGGER t BEFORE INSERT ON empty FOR EACH ROW EXECUTE FUNCTION bad()',
  'CREATE TRIGGER t BEFORE DELETE ON missing FOR EACH ROW EXECUTE FUNCTION good()',
  'DROP TRIGGER noted ON guarded',
  'ALTER TRIGGER noted ON guarded RENAME TO noticed',
  'CREATE TRIGGER t AFTER INSERT ON users EXECUTE FUNCTION good(); DROP TRIGGER t ON users',
  'ALTER TABLE guarded DISABLE TRIGGER noted',
  'ALTER TABLE guarded ENABLE TRIGGER noted',
  'ALTER TABLE guarded DISABLE TRIGGER ALL',
  'ALTER TABLE empty DISABLE TRIGGER ALL');

-- A function that lets no write happen, put on a table or put in place of another one.
SELECT * FROM try(
  'CREATE FUNCTION fresh() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION $m$no$m$; END$$; CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION fresh()',
  'CREATE FUNCTION fresh() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE NOTICE $m$yes$m$; RETURN NEW; END$$; CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION fresh()',
  'CREATE TRIGGER t BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION good()',
  'CREATE OR REPLACE FUNCTION good() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$',
  'CREATE OR REPLACE FUNCTION good() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.title := 1; RETURN NEW; END$$',
  'CREATE OR REPLACE FUNCTION good() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$');

-- Rules replace what clients send.
SELECT * FROM try(
  'CREATE RULE r AS ON INSERT TO users DO INSTEAD NOTHING',
  'CREATE RULE r AS ON DELETE TO users DO INSTEAD NOTHING',
  'CREATE RULE r AS ON UPDATE TO users DO ALSO NOTIFY changed',
  'CREATE RULE r AS ON DELETE TO users DO ALSO NOTIFY changed',
  'CREATE RULE r AS ON INSERT TO names DO INSTEAD NOTHING',
  'CREATE RULE r AS ON INSERT TO empty DO INSTEAD NOTHING');

-- Row security hides rows.
SELECT * FROM try(
  'ALTER TABLE users ENABLE ROW LEVEL SECURITY',
  'ALTER TABLE guarded ENABLE ROW LEVEL SECURITY',
  'ALTER TABLE empty ENABLE ROW LEVEL SECURITY',
  'CREATE POLICY p ON users USING (true); ALTER TABLE users ENABLE ROW LEVEL SECURITY',
  'ALTER TABLE users DISABLE ROW LEVEL SECURITY',
  'CREATE POLICY p ON users USING (id > 0)',
  'CREATE POLICY p ON guarded AS RESTRICTIVE USING (id > 0)',
  'ALTER POLICY everybody ON guarded USING (id > 0)',
  'CREATE POLICY p ON empty USING (id > 0)');
SET ddlguard.mode = off;
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
SET ddlguard.mode = enforce;
SELECT * FROM try(
  'CREATE POLICY p ON guarded AS RESTRICTIVE USING (id > 0)',
  'CREATE POLICY p ON guarded USING (id > 0)',
  'DROP POLICY everybody ON guarded',
  'ALTER TABLE guarded DISABLE ROW LEVEL SECURITY',
  'ALTER TABLE guarded NO FORCE ROW LEVEL SECURITY',
  'CREATE POLICY p ON guarded USING (code = current_setting($$app.tenant$$))',
  'CREATE POLICY p ON guarded USING (code = (SELECT current_setting($$app.tenant$$)))',
  'CREATE POLICY p ON guarded USING (code = lower($$A$$))',
  'CREATE VIEW fresh AS SELECT id FROM guarded',
  'CREATE VIEW fresh WITH (security_invoker) AS SELECT id FROM guarded',
  'CREATE VIEW fresh AS WITH guarded AS (SELECT 1) SELECT * FROM guarded',
  'ALTER TABLE guarded ENABLE ROW LEVEL SECURITY');

-- REVOKE stops who uses the privilege, unless there is another way to it.
SELECT * FROM try(
  'REVOKE SELECT ON users FROM regress_objects_app',
  'REVOKE ALL ON users FROM regress_objects_app',
  'REVOKE DELETE ON users FROM regress_objects_app',
  'REVOKE SELECT (name) ON keyless FROM regress_objects_app',
  'REVOKE SELECT ON names FROM regress_objects_app',
  'REVOKE SELECT ON names FROM PUBLIC',
  'REVOKE TRIGGER ON empty FROM regress_objects_app',
  'REVOKE SELECT ON empty FROM regress_objects_app',
  'REVOKE USAGE ON SCHEMA spec FROM regress_objects_app',
  'REVOKE EXECUTE ON FUNCTION free(text) FROM PUBLIC',
  'REVOKE GRANT OPTION FOR SELECT ON users FROM regress_objects_app',
  'REVOKE regress_objects_group FROM regress_objects_app',
  'REVOKE ALL ON ALL TABLES IN SCHEMA spec FROM regress_objects_app',
  'REVOKE ALL ON users FROM PUBLIC',
  'REVOKE SELECT ON users FROM pg_database_owner',
  'GRANT UPDATE ON users TO regress_objects_app',
  'ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC');

-- Event triggers run inside all DDL.
SET ddlguard.mode = off;
CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
SET ddlguard.mode = enforce;
SELECT * FROM try('CREATE EVENT TRIGGER regress_objects ON ddl_command_end EXECUTE FUNCTION watch()');

-- Sequences.
SELECT * FROM try(
  'ALTER SEQUENCE numbers RESTART',
  'ALTER SEQUENCE numbers RESTART WITH 10',
  'ALTER SEQUENCE numbers RESTART WITH 1000',
  'ALTER SEQUENCE numbers INCREMENT BY 10',
  'ALTER SEQUENCE numbers OWNED BY users.id');

-- A unique column that draws from a sequence that is behind.
SET ddlguard.mode = off;
CREATE SEQUENCE behind;
CREATE SEQUENCE ahead START 1000;
ALTER TABLE users ALTER id SET DEFAULT nextval('numbers');
SET ddlguard.mode = enforce;
SELECT * FROM try(
  'ALTER TABLE users ALTER id SET DEFAULT nextval($$behind$$)',
  'ALTER TABLE users ALTER id SET DEFAULT nextval($$spec.ahead$$::regclass)',
  'ALTER TABLE users ALTER code SET DEFAULT nextval($$behind$$)');

-- A published table needs a replica identity for UPDATE and DELETE.
SELECT * FROM try(
  'CREATE PUBLICATION p FOR TABLE users',
  'CREATE PUBLICATION p FOR TABLE keyless',
  'CREATE PUBLICATION p FOR TABLE keyless WITH (publish = $$insert$$)',
  'CREATE PUBLICATION p FOR TABLE empty',
  'CREATE PUBLICATION p FOR ALL TABLES',
  'CREATE PUBLICATION p FOR TABLES IN SCHEMA spec',
  'CREATE PUBLICATION p FOR TABLE users (name)',
  'CREATE PUBLICATION p FOR TABLE users WHERE (id > 5)',
  'CREATE PUBLICATION p FOR TABLE users WHERE (name <> $$n$$)',
  'CREATE PUBLICATION p',
  'ALTER TABLE users REPLICA IDENTITY NOTHING');
-- Views that read each other are no use to anybody until one of them is replaced.
SET ddlguard.mode = off;
CREATE VIEW egg AS SELECT id FROM users;
CREATE VIEW hen AS SELECT id FROM egg;
CREATE OR REPLACE VIEW egg AS SELECT id FROM hen;
GRANT INSERT ON egg, hen TO regress_objects_app;
SET ddlguard.mode = enforce;
CREATE OR REPLACE VIEW egg AS SELECT id FROM users;

-- A chain of views is gone through once.
SET ddlguard.mode = off;
CREATE VIEW chain_0 AS SELECT id, name FROM users;
DO $$ BEGIN
  FOR i IN 1..1000 LOOP EXECUTE format('CREATE VIEW chain_%s AS SELECT * FROM chain_%s', i, i - 1); END LOOP;
END $$;
ALTER VIEW chain_1000 ALTER name SET DEFAULT 'n';
GRANT INSERT ON chain_1000 TO regress_objects_app;
SET ddlguard.mode = enforce;
SET statement_timeout = '2s';
ALTER VIEW chain_1000 ALTER name DROP DEFAULT;
ALTER VIEW chain_1000 SET (check_option = cascaded);
RESET statement_timeout;

-- The function of many triggers is read once, however long it is.
SET ddlguard.mode = off;
CREATE FUNCTION shared() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
DO $$ BEGIN
  FOR i IN 1..500 LOOP
    EXECUTE format('CREATE TRIGGER shared_%s BEFORE UPDATE ON guarded FOR EACH ROW EXECUTE FUNCTION shared()', i);
  END LOOP;
END $$;
SET ddlguard.mode = enforce;
SET statement_timeout = '4s';
DO $$ BEGIN
  EXECUTE format('CREATE OR REPLACE FUNCTION shared() RETURNS trigger LANGUAGE plpgsql AS %L',
                 'BEGIN ' || repeat('PERFORM count(*) FROM users JOIN guarded ON users.id = guarded.id; ', 2500) || 'RETURN NEW; END');
END $$;
RESET statement_timeout;

SET ddlguard.mode = off;
CREATE PUBLICATION regress_objects FOR TABLE users;
CREATE PUBLICATION regress_objects_inserts FOR TABLE keyless WITH (publish = 'insert');
SET ddlguard.mode = enforce;
SELECT * FROM try(
  'ALTER TABLE users REPLICA IDENTITY NOTHING',
  'ALTER TABLE users REPLICA IDENTITY FULL',
  'ALTER TABLE users REPLICA IDENTITY DEFAULT',
  'ALTER TABLE users DROP CONSTRAINT users_pkey',
  'ALTER TABLE users DROP id',
  'ALTER PUBLICATION regress_objects ADD TABLE keyless',
  'ALTER PUBLICATION regress_objects ADD TABLE empty',
  'ALTER PUBLICATION regress_objects_inserts SET (publish = $$insert, update$$)',
  'ALTER PUBLICATION regress_objects_inserts SET (publish = $$insert, truncate$$)',
  'ALTER PUBLICATION regress_objects DROP TABLE users');

\i :dir/sql/include/end.psql
DROP PUBLICATION regress_objects, regress_objects_inserts;
DROP OWNED BY regress_objects_app;
DROP ROLE regress_objects_app, regress_objects_group;
