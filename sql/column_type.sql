--
-- ALTER TABLE ... ALTER COLUMN ... TYPE.
--
\getenv dir PG_ABS_SRCDIR
\i :dir/sql/include/begin.psql

SET ddlguard.mode = off;
CREATE DOMAIN plain AS text;
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE users (
  i2 smallint, i4 int, i8 bigint, f4 real, num numeric, num82 numeric(8, 2),
  t text, vc varchar, vc10 varchar(10), ch char(10), nm name, b bytea, bits varbit(8),
  d date, ts timestamp, tsz timestamptz, ts3 timestamp(3), tm time(3), iv interval,
  ip inet, net cidr, js json, jb jsonb, x xml, m mood, pl plain, pos positive, ints int[], words varchar(10)[], bool bool, u uuid);
INSERT INTO users SELECT 1, 1, 1, 1, 1, 1, '1', '1', '1', '1', '1', '1', B'1', '2000-01-01', '2000-01-01', '2000-01-01', '2000-01-01', '10:00', '1 day',
  '10.0.0.1', '10.0.0.0/8', '1', '1', NULL, 'sad', '1', 1, '{1}', '{1}', true, gen_random_uuid() FROM generate_series(1, 1000);
CREATE TABLE empty (LIKE users);
CREATE TABLE tiny AS SELECT * FROM users LIMIT 5;
ANALYZE;
TRUNCATE empty; -- nothing has seen them yet
SET ddlguard.mode = enforce;

-- The same bits, or room for more: the catalog alone.  Running clients take it without notice.
SELECT * FROM try(
  'ALTER TABLE users ALTER vc TYPE text',
  'ALTER TABLE users ALTER t TYPE varchar',
  'ALTER TABLE users ALTER vc10 TYPE varchar(20)',
  'ALTER TABLE users ALTER vc10 TYPE varchar',
  'ALTER TABLE users ALTER vc10 TYPE text USING vc10::text',
  'ALTER TABLE users ALTER num82 TYPE numeric(12, 2)',
  'ALTER TABLE users ALTER num82 TYPE numeric',
  'ALTER TABLE users ALTER bits TYPE varbit(16)',
  'ALTER TABLE users ALTER ts3 TYPE timestamp(6)',
  'ALTER TABLE users ALTER ts3 TYPE timestamp',
  'ALTER TABLE users ALTER tm TYPE time(6)',
  'ALTER TABLE users ALTER t TYPE plain',
  'ALTER TABLE users ALTER pl TYPE text',
  'ALTER TABLE users ALTER net TYPE inet',
  'ALTER TABLE users ALTER t TYPE text COLLATE "C"',
  'ALTER TABLE users ALTER t TYPE text',
  'ALTER TABLE users ALTER i4 TYPE int USING i4',
  'ALTER TABLE users ALTER pos TYPE int');

-- Every row is converted.
SELECT * FROM try(
  'ALTER TABLE users ALTER i2 TYPE int',
  'ALTER TABLE users ALTER i4 TYPE bigint',
  'ALTER TABLE users ALTER i4 SET DATA TYPE bigint USING i4::bigint',
  'ALTER TABLE users ALTER i8 TYPE numeric',
  'ALTER TABLE users ALTER f4 TYPE double precision',
  'ALTER TABLE users ALTER num82 TYPE numeric(12, 4)',
  'ALTER TABLE users ALTER ch TYPE text',
  'ALTER TABLE users ALTER t TYPE text USING upper(t)',
  'ALTER TABLE users ALTER d TYPE timestamp',
  'ALTER TABLE users ALTER t TYPE varchar(500)',
  'ALTER TABLE users ALTER ints TYPE bigint[] USING ints::bigint[]',
  'ALTER TABLE users ALTER words TYPE text[]',
  'ALTER TABLE users ALTER i4 TYPE positive');
-- Not where there are few rows, or none.
SELECT * FROM try(
  'ALTER TABLE empty ALTER i4 TYPE bigint',
  'ALTER TABLE tiny ALTER i4 TYPE bigint',
  'CREATE TABLE fresh AS SELECT * FROM users; ALTER TABLE fresh ALTER i4 TYPE bigint',
  'ALTER TABLE users ALTER missing TYPE bigint',
  'ALTER TABLE users ALTER t TYPE int');

-- Fewer values fit than before; values that fit by chance today fail tomorrow.
SELECT * FROM try(
  'ALTER TABLE users ALTER i8 TYPE int',
  'ALTER TABLE users ALTER vc10 TYPE varchar(5)',
  'ALTER TABLE users ALTER t TYPE varchar(5)',
  'ALTER TABLE users ALTER num82 TYPE numeric(6, 2)',
  'ALTER TABLE users ALTER num TYPE numeric(10, 2)',
  'ALTER TABLE users ALTER ts TYPE timestamp(3)',
  'ALTER TABLE empty ALTER i8 TYPE int');

-- Clients get another kind of value.
SELECT * FROM try(
  'ALTER TABLE users ALTER i4 TYPE text',
  'ALTER TABLE users ALTER t TYPE int USING t::int',
  'ALTER TABLE users ALTER m TYPE text',
  'ALTER TABLE users ALTER t TYPE mood USING $$sad$$::mood',
  'ALTER TABLE users ALTER js TYPE jsonb',
  'ALTER TABLE users ALTER jb TYPE json',
  'ALTER TABLE users ALTER u TYPE text',
  'ALTER TABLE users ALTER i4 TYPE bool USING i4 > 0',
  'ALTER TABLE users ALTER t TYPE bytea USING t::bytea',
  'ALTER TABLE users ALTER i4 TYPE oid',
  'ALTER TABLE empty ALTER i4 TYPE text');

-- With and without a time zone: no rewrite as long as the session's zone is UTC, but another meaning.
SET timezone = 'UTC';
SELECT * FROM try('ALTER TABLE users ALTER ts TYPE timestamptz', 'ALTER TABLE users ALTER tsz TYPE timestamp');
SET timezone = 'Europe/Berlin';
SELECT * FROM try(
  'ALTER TABLE users ALTER ts TYPE timestamptz',
  'ALTER TABLE users ALTER tsz TYPE timestamp',
  $$ALTER TABLE users ALTER ts TYPE timestamptz USING ts AT TIME ZONE 'UTC'$$);
RESET timezone;

-- The rows stay, but an index or a CHECK has to be done again.
SET ddlguard.mode = off;
CREATE TABLE docs (plain text, upper text, part text, pattern text, checked text, inc varchar(10), uniq varchar(10), ts timestamp, net cidr);
INSERT INTO docs SELECT 'n', 'n', 'n', 'n', 'n', 'n', i, '2000-01-01', '10.0.0.0/8' FROM generate_series(1, 1000) i;
CREATE INDEX ON docs (plain);
CREATE INDEX ON docs (upper(upper));
CREATE INDEX ON docs (ts) WHERE part <> '';
CREATE INDEX ON docs (pattern text_pattern_ops);
CREATE INDEX ON docs (plain) INCLUDE (inc);
CREATE INDEX ON docs (net);
ALTER TABLE docs ADD CHECK (checked <> ''), ADD UNIQUE (uniq);
ANALYZE docs;
SET ddlguard.mode = enforce;
SELECT * FROM try(
  'ALTER TABLE docs ALTER plain TYPE varchar',
  'ALTER TABLE docs ALTER plain TYPE text COLLATE "C"',
  'ALTER TABLE docs ALTER upper TYPE varchar',
  'ALTER TABLE docs ALTER part TYPE varchar',
  'ALTER TABLE docs ALTER pattern TYPE varchar',
  'ALTER TABLE docs ALTER inc TYPE varchar(20)',
  'ALTER TABLE docs ALTER uniq TYPE varchar(20)',
  'ALTER TABLE docs ALTER net TYPE inet',
  'ALTER TABLE docs ALTER checked TYPE varchar');
SET timezone = 'UTC';
SELECT * FROM try('ALTER TABLE docs ALTER ts TYPE timestamptz');
RESET timezone;

-- A foreign key on the column is made again: the other table is locked, and read after a rewrite.
SET ddlguard.mode = off;
CREATE TABLE parents (id int PRIMARY KEY, code varchar(10) UNIQUE, note varchar(10));
INSERT INTO parents SELECT i, i, i FROM generate_series(1, 1000) i;
CREATE TABLE children (id int, parent int REFERENCES parents, code varchar(10) REFERENCES parents (code));
INSERT INTO children SELECT i, i, i FROM generate_series(1, 1000) i;
ANALYZE parents, children;
SET ddlguard.mode = enforce;
SELECT * FROM try(
  'ALTER TABLE parents ALTER id TYPE bigint',
  'ALTER TABLE children ALTER parent TYPE bigint',
  'ALTER TABLE children ALTER id TYPE bigint USING id + 1',
  'ALTER TABLE parents ALTER code TYPE varchar(20)',
  'ALTER TABLE children ALTER code TYPE varchar(20)',
  'ALTER TABLE parents ALTER note TYPE varchar(20)');

-- A partitioned table and a parent: all that is below changes.
SET ddlguard.mode = off;
CREATE TABLE events (at date, n int, code varchar(10)) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2001-01-01') TO ('2002-01-01');
INSERT INTO events SELECT '2001-06-01', i FROM generate_series(1, 1000) i;
CREATE TABLE base (n int);
CREATE TABLE derived () INHERITS (base);
INSERT INTO derived SELECT generate_series(1, 1000);
ANALYZE;
SET ddlguard.mode = enforce;
SELECT * FROM try(
  'ALTER TABLE events ALTER n TYPE bigint',
  'ALTER TABLE events ALTER code TYPE text',
  'ALTER TABLE base ALTER n TYPE bigint');

\i :dir/sql/include/end.psql
