--
-- Domains, enums, composite types, typed tables: a type has no rows, the tables that use it have.
--
\getenv dir PG_ABS_SRCDIR
\i :dir/sql/include/begin.psql

SET ddlguard.mode = off;
CREATE DOMAIN email AS text;
CREATE DOMAIN work_email AS email;
CREATE DOMAIN unused AS text;
CREATE DOMAIN required AS text NOT NULL;
CREATE TABLE users (id int, mail email NOT NULL, work work_email NOT NULL);
INSERT INTO users SELECT i, 'a@b', 'a@b' FROM generate_series(1, 1000) i;
CREATE TABLE mails (mail work_email);
INSERT INTO mails SELECT 'a@b' FROM generate_series(1, 1000) i;
CREATE TABLE empty (mail unused);
CREATE TYPE mood AS ENUM ('sad', 'happy', 'unknown');
CREATE TYPE idle AS ENUM ('a', 'b');
CREATE TABLE moods (m mood);
INSERT INTO moods SELECT 'sad' FROM generate_series(1, 1000);
CREATE TABLE idles (m idle);
CREATE TYPE pair AS (a int, b int);
CREATE TYPE lonely AS (a int, b int);
CREATE TABLE pairs (p pair);
INSERT INTO pairs SELECT ROW(i, i)::pair FROM generate_series(1, 1000) i;
CREATE TYPE person AS (id int, name text);
CREATE TABLE people OF person;
INSERT INTO people SELECT i, 'n' FROM generate_series(1, 1000) i;
CREATE TYPE ghost AS (id int, name text);
CREATE TABLE ghosts OF ghost;
SELECT pg_stat_force_next_flush() \gset
ANALYZE;
SET ddlguard.mode = enforce;

-- A constraint of a domain is checked in every table that uses it, under a lock that stops writers.
SELECT * FROM try(
  'ALTER DOMAIN email ADD CHECK (VALUE <> $$$$)',
  'ALTER DOMAIN email ADD CONSTRAINT c CHECK (VALUE <> $$$$)',
  'ALTER DOMAIN work_email ADD CHECK (VALUE <> $$$$)',
  'ALTER DOMAIN email ADD CONSTRAINT c CHECK (VALUE <> $$$$) NOT VALID',
  'ALTER DOMAIN unused ADD CHECK (VALUE <> $$$$)',
  'ALTER DOMAIN email SET NOT NULL',
  'ALTER DOMAIN unused SET NOT NULL',
  'ALTER DOMAIN required SET NOT NULL');
ALTER DOMAIN email ADD CONSTRAINT filled CHECK (VALUE <> '') NOT VALID;
SELECT * FROM try(
  'ALTER DOMAIN email VALIDATE CONSTRAINT filled',
  'ALTER DOMAIN email ADD CONSTRAINT filled CHECK (VALUE <> $$-$$)',
  'ALTER DOMAIN email DROP CONSTRAINT filled',
  'ALTER DOMAIN unused ADD CONSTRAINT c CHECK (VALUE <> $$$$) NOT VALID; ALTER DOMAIN unused VALIDATE CONSTRAINT c');
-- The rest of a domain touches no table.
SELECT * FROM try(
  'ALTER DOMAIN email SET DEFAULT $$nobody$$',
  'ALTER DOMAIN email DROP DEFAULT',
  'ALTER DOMAIN email DROP NOT NULL',
  'CREATE DOMAIN fresh AS email CHECK (VALUE <> $$$$)');

-- Enums: a new value harms nobody, another label for an old one does where rows have it.
SELECT * FROM try(
  'ALTER TYPE mood ADD VALUE $$fine$$',
  'ALTER TYPE mood ADD VALUE IF NOT EXISTS $$sad$$',
  'ALTER TYPE mood RENAME VALUE $$sad$$ TO $$blue$$',
  'ALTER TYPE mood RENAME VALUE $$unknown$$ TO $$other$$',
  'ALTER TYPE idle RENAME VALUE $$a$$ TO $$c$$',
  'ALTER TYPE mood RENAME VALUE $$sad$$ TO $$unknown$$',
  'ALTER TYPE mood RENAME VALUE $$missing$$ TO $$c$$');
-- A value goes only by making the type anew.
SELECT * FROM try(
  'CREATE TYPE better AS ENUM ($$sad$$, $$happy$$); ALTER TABLE moods ALTER m TYPE better USING m::text::better',
  'CREATE TYPE better AS ENUM ($$sad$$, $$happy$$, $$unknown$$, $$fine$$); ALTER TABLE moods ALTER m TYPE better USING m::text::better',
  'CREATE TYPE better AS ENUM ($$a$$); ALTER TABLE idles ALTER m TYPE better USING m::text::better');

-- Composite types change the columns and typed tables that are made of them.
SELECT * FROM try(
  'ALTER TYPE pair ADD ATTRIBUTE c int',
  'ALTER TYPE pair DROP ATTRIBUTE b',
  'ALTER TYPE pair ALTER ATTRIBUTE b TYPE bigint',
  'ALTER TYPE pair RENAME ATTRIBUTE b TO c',
  'ALTER TYPE lonely ADD ATTRIBUTE c int, DROP ATTRIBUTE a',
  'ALTER TYPE person ADD ATTRIBUTE age int',
  'ALTER TYPE person ADD ATTRIBUTE age int CASCADE',
  'ALTER TYPE person DROP ATTRIBUTE name CASCADE',
  'ALTER TYPE person ALTER ATTRIBUTE id TYPE bigint CASCADE',
  'ALTER TYPE person RENAME ATTRIBUTE name TO title CASCADE',
  'ALTER TYPE ghost ALTER ATTRIBUTE id TYPE bigint CASCADE',
  'ALTER TYPE ghost DROP ATTRIBUTE name CASCADE');

-- Column and table of a type, made and taken away.
SELECT * FROM try(
  'ALTER TABLE people NOT OF',
  'ALTER TABLE users OF ghost',
  'CREATE TABLE fresh OF person',
  'CREATE TYPE fresh AS ENUM ($$a$$)',
  'ALTER TYPE mood OWNER TO CURRENT_USER',
  'COMMENT ON TYPE mood IS $$m$$');

\i :dir/sql/include/end.psql
