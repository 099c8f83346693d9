--
-- Conventions about types, triggers and policies, and about roles, privileges, extensions and languages.
--
SET client_min_messages = warning;
SET ddlguard.mode = off;
CREATE SCHEMA conv;
SET search_path = conv;
CREATE ROLE regress_conv_owner;
CREATE ROLE regress_conv_app;
GRANT CREATE, USAGE ON SCHEMA conv TO regress_conv_owner;
SET ROLE regress_conv_owner;
CREATE TABLE users (id int PRIMARY KEY, code text UNIQUE);
INSERT INTO users SELECT i, i FROM generate_series(1, 1000) i;
RESET ROLE;
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TYPE pair AS (id int, code text);
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
SELECT pg_stat_force_next_flush() \gset
INSERT INTO ddlguard.policy (priority, rule, action, argument)
SELECT 1, rule, 'warn', argument FROM (VALUES
  ('enum_add_value_no_position', NULL), ('create_enum', NULL), ('create_domain_with_constraint', NULL), ('typed_table', NULL),
  ('fk_to_non_primary_unique', NULL), ('policy_always_true', 'regress_conv_owner'), ('row_trigger_hot_table', '500'),
  ('create_matview_with_data', NULL), ('grant_to_public', NULL), ('overbroad_grant', 'regress_conv_owner'),
  ('superuser_required', NULL), ('privilege_drift', NULL), ('extension_not_allowed', 'plpgsql'), ('extension_unpinned', NULL),
  ('language_not_allowed', 'sql'), ('default_privileges_change', NULL), ('bypassrls_role', NULL)) AS wanted (rule, argument);

\pset format unaligned
\pset fieldsep ' | '
-- The lines with something to say about come first in each pair.
SELECT line, rule, message FROM ddlguard.check($$
ALTER TYPE mood ADD VALUE 'fine';
ALTER TYPE mood ADD VALUE 'fine' BEFORE 'happy';
CREATE TYPE colour AS ENUM ('red');
CREATE DOMAIN email AS text CHECK (VALUE ~ '@');
CREATE DOMAIN url AS text;
CREATE TABLE pairs OF pair;
CREATE TABLE letters (code text REFERENCES users (code));
CREATE TABLE cards (id int REFERENCES users (id));
CREATE POLICY p ON users USING (true);
CREATE POLICY q ON users TO regress_conv_owner USING (true);
CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION keep();
CREATE TRIGGER u BEFORE INSERT ON users FOR EACH STATEMENT EXECUTE FUNCTION keep();
CREATE MATERIALIZED VIEW codes AS SELECT code FROM users;
CREATE MATERIALIZED VIEW no_codes AS SELECT code FROM users WITH NO DATA;
$$) WHERE action = 'warn' ORDER BY line, rule;
SELECT line, rule, message FROM ddlguard.check($$
GRANT SELECT ON users TO PUBLIC;
GRANT SELECT ON users TO regress_conv_app;
GRANT ALL ON users TO regress_conv_app;
GRANT ALL ON users TO regress_conv_owner;
ALTER SYSTEM SET work_mem = '1GB';
CREATE TABLE orders (id int);
CREATE EXTENSION hstore;
CREATE EXTENSION plpgsql;
CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
CREATE FUNCTION g() RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO regress_conv_app;
CREATE ROLE regress_conv_other BYPASSRLS;
CREATE ROLE regress_conv_another;
ALTER ROLE regress_conv_app NOBYPASSRLS;
$$) WHERE action = 'warn' ORDER BY line, rule;

-- The role that runs a statement.
INSERT INTO ddlguard.policy (priority, rule, action, argument) VALUES (1, 'required_role_not_set', 'reject', 'regress_conv_owner');
SET ddlguard.mode = enforce;
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET ROLE regress_conv_app;
CREATE TYPE colour AS ENUM ('red');
SET ROLE regress_conv_owner;
SET client_min_messages = error;
CREATE TYPE colour AS ENUM ('red');
RESET ROLE;

SET ddlguard.mode = off;
DELETE FROM ddlguard.policy WHERE priority = 1;
DROP SCHEMA conv CASCADE;
DROP ROLE regress_conv_owner, regress_conv_app;
