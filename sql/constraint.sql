--
-- Constraints: ADD, VALIDATE, DROP, ALTER.
--
\getenv dir PG_ABS_SRCDIR
\i :dir/sql/include/begin.psql

SET ddlguard.mode = off;
CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE);
INSERT INTO users SELECT i, i FROM generate_series(1, 1000) i;
CREATE TABLE orders (id int, user_id int, email text, qty int NOT NULL, during int4range);
INSERT INTO orders SELECT i, i, i, i, int4range(i, i + 1) FROM generate_series(1, 1000) i;
CREATE UNIQUE INDEX orders_qty ON orders (qty);
CREATE UNIQUE INDEX orders_id ON orders (id);
CREATE UNIQUE INDEX orders_part ON orders (user_id) WHERE user_id > 0;
CREATE TABLE empty (LIKE orders);
CREATE TABLE nobody (id int PRIMARY KEY);
CREATE TABLE tiny AS SELECT * FROM orders LIMIT 10;
CREATE TABLE events (at date NOT NULL, n int, user_id int) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2001-01-01') TO ('2002-01-01');
INSERT INTO events SELECT '2001-01-01'::date + i % 300, i, i FROM generate_series(1, 1000) i;
ANALYZE;
TRUNCATE empty, nobody; -- nothing has seen them yet
SET ddlguard.mode = enforce;

-- CHECK reads every row under ACCESS EXCLUSIVE; NOT VALID reads none, VALIDATE stops nobody.
SELECT * FROM try(
  'ALTER TABLE orders ADD CHECK (qty > 0)',
  'ALTER TABLE orders ADD CONSTRAINT c CHECK (qty > 0)',
  'ALTER TABLE orders ADD CONSTRAINT c CHECK (qty > 0) NOT VALID',
  'ALTER TABLE orders ADD CHECK (qty > 0) NO INHERIT',
  'ALTER TABLE events ADD CHECK (n > 0)',
  'ALTER TABLE events ADD CHECK (n > 0) NOT VALID',
  'ALTER TABLE empty ADD CHECK (qty > 0)',
  'ALTER TABLE tiny ADD CHECK (qty > 0)');
ALTER TABLE orders ADD CONSTRAINT positive CHECK (qty > 0) NOT VALID;
SELECT * FROM try(
  'ALTER TABLE orders VALIDATE CONSTRAINT positive',
  'ALTER TABLE orders VALIDATE CONSTRAINT positive, ADD x int',
  'ALTER TABLE orders VALIDATE CONSTRAINT missing');
-- Validating in the transaction that still holds the lock is the same as not having said NOT VALID.
SELECT * FROM try(
  'ALTER TABLE orders ADD CONSTRAINT c CHECK (qty > 0) NOT VALID; ALTER TABLE orders VALIDATE CONSTRAINT c',
  'ALTER TABLE orders ADD CONSTRAINT c CHECK (qty > 0) NOT VALID, VALIDATE CONSTRAINT c',
  'ALTER TABLE empty ADD CONSTRAINT c CHECK (qty > 0) NOT VALID; ALTER TABLE empty VALIDATE CONSTRAINT c');

-- Foreign keys read the referencing table, and stop writers of both.
SELECT * FROM try(
  'ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users',
  'ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users NOT VALID',
  'ALTER TABLE orders ADD FOREIGN KEY (id) REFERENCES users NOT VALID',
  'ALTER TABLE orders ADD FOREIGN KEY (email) REFERENCES users (email) ON DELETE CASCADE',
  'ALTER TABLE events ADD FOREIGN KEY (user_id) REFERENCES users',
  'ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES nobody NOT VALID',
  'ALTER TABLE empty ADD FOREIGN KEY (user_id) REFERENCES users',
  'CREATE TABLE fresh (user_id int REFERENCES users)',
  'CREATE TABLE fresh (user_id int REFERENCES nobody)',
  'CREATE TABLE fresh AS SELECT * FROM orders; ALTER TABLE fresh ADD FOREIGN KEY (user_id) REFERENCES users',
  'ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES missing');
-- How much of users is read is for the planner to say.
SELECT guard, statement FROM try('ALTER TABLE tiny ADD FOREIGN KEY (user_id) REFERENCES users');
ALTER TABLE orders ADD CONSTRAINT orders_user FOREIGN KEY (user_id) REFERENCES users NOT VALID;
SELECT * FROM try(
  'ALTER TABLE orders VALIDATE CONSTRAINT orders_user',
  'ALTER TABLE orders ALTER CONSTRAINT orders_user DEFERRABLE INITIALLY DEFERRED',
  'ALTER TABLE orders RENAME CONSTRAINT orders_user TO u',
  'ALTER TABLE orders DROP CONSTRAINT orders_user');
SET ddlguard.mode = off;
CREATE TABLE notes (user_id int CONSTRAINT notes_user REFERENCES users);
SET ddlguard.mode = enforce;
SELECT * FROM try(
  'ALTER TABLE notes DROP CONSTRAINT notes_user',
  'ALTER TABLE notes ALTER CONSTRAINT notes_user DEFERRABLE');

-- UNIQUE and PRIMARY KEY build an index; not over one that is there already.
SELECT * FROM try(
  'ALTER TABLE orders ADD UNIQUE (user_id)',
  'ALTER TABLE orders ADD CONSTRAINT u UNIQUE (user_id, qty)',
  'ALTER TABLE orders ADD UNIQUE (user_id) DEFERRABLE INITIALLY DEFERRED',
  'ALTER TABLE orders ADD UNIQUE USING INDEX orders_qty',
  'ALTER TABLE orders ADD PRIMARY KEY (qty)',
  'ALTER TABLE orders ADD PRIMARY KEY (id)',
  'ALTER TABLE orders ADD PRIMARY KEY USING INDEX orders_qty',
  'ALTER TABLE orders ADD PRIMARY KEY USING INDEX orders_id',
  'ALTER TABLE orders ADD UNIQUE USING INDEX orders_part',
  'ALTER TABLE empty ADD PRIMARY KEY (id), ADD UNIQUE (user_id)',
  'ALTER TABLE tiny ADD PRIMARY KEY (id)',
  'ALTER TABLE events ADD PRIMARY KEY (at, n)',
  'ALTER TABLE ONLY events ADD UNIQUE (at, n)');
-- The partition is locked SHARE, and from 18 on like its parent.
SELECT guard, split_part(server, ';', 1), statement FROM try('ALTER TABLE events ADD UNIQUE (at, n)');
-- The column is proven not to be null.
ALTER TABLE orders ADD CONSTRAINT id_is_there CHECK (id IS NOT NULL) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT id_is_there;
SELECT * FROM try('ALTER TABLE orders ADD PRIMARY KEY USING INDEX orders_id');
-- Exclusion constraints have no safe way on a large table.
SELECT * FROM try(
  'ALTER TABLE orders ADD EXCLUDE USING gist (during WITH &&)',
  'ALTER TABLE empty ADD EXCLUDE USING gist (during WITH &&)');

-- Dropping one loses its promise; ON CONFLICT needs the unique ones.
SET ddlguard.mode = off;
ALTER TABLE orders ADD CONSTRAINT one_user UNIQUE (user_id), ADD CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&);
SET ddlguard.mode = enforce;
SELECT * FROM try(
  'ALTER TABLE orders DROP CONSTRAINT positive',
  'ALTER TABLE orders DROP CONSTRAINT one_user',
  'ALTER TABLE orders DROP CONSTRAINT no_overlap',
  'ALTER TABLE users DROP CONSTRAINT users_pkey',
  'ALTER TABLE users DROP CONSTRAINT users_pkey CASCADE',
  'ALTER TABLE orders DROP CONSTRAINT IF EXISTS missing',
  'ALTER TABLE nobody DROP CONSTRAINT nobody_pkey');
-- Unless another one promises the same.
CREATE UNIQUE INDEX CONCURRENTLY another ON orders (user_id);
SELECT * FROM try('ALTER TABLE orders DROP CONSTRAINT one_user');

-- Said, not refused: a CHECK that depends on more than the row, and keys that compare unlike columns.
CREATE TABLE words (w text COLLATE "C" UNIQUE);
CREATE TABLE texts (w text, n bigint);
CREATE TABLE amounts (v numeric PRIMARY KEY);
INSERT INTO amounts VALUES (1);
INSERT INTO texts SELECT i, i FROM generate_series(1, 10) i;
SELECT * FROM try(
  'ALTER TABLE orders ADD CHECK (during <@ int4range(0, extract(year FROM now())::int)) NOT VALID',
  'ALTER TABLE orders ADD CHECK (qty > 0) NOT VALID',
  'ALTER TABLE texts ADD FOREIGN KEY (n) REFERENCES users (id) NOT VALID',
  'ALTER TABLE texts ADD FOREIGN KEY (n) REFERENCES amounts NOT VALID',
  'ALTER TABLE orders ADD FOREIGN KEY (id) REFERENCES users (id) NOT VALID',
  'ALTER TABLE texts ADD FOREIGN KEY (w) REFERENCES words (w) NOT VALID',
  'ALTER TABLE orders ADD FOREIGN KEY (email) REFERENCES users (email) NOT VALID',
  'ALTER TABLE orders ADD FOREIGN KEY (missing) REFERENCES users (id)',
  'ALTER TABLE orders ADD CHECK (missing > 0)');

-- An index of another table, on a column number that this one has not got: PostgreSQL's own error.
CREATE TABLE wide (c1 int, c2 int, c3 int, c4 int, c5 int, c6 int, c7 int, c8 int, c9 int, c10 int, c11 int UNIQUE);
ALTER TABLE orders ADD PRIMARY KEY USING INDEX wide_c11_key;

-- A name that is taken and a second primary key: PostgreSQL's own error, before it reads a row.  Scripts that may run
-- twice catch it.
SET ddlguard.mode = off;
ALTER TABLE orders ADD CONSTRAINT qty_low CHECK (qty > 0);
SET ddlguard.mode = enforce;
ALTER TABLE orders ADD CONSTRAINT qty_low CHECK (qty > 0);
ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE (email, id);
ALTER TABLE users ADD PRIMARY KEY (email);
ALTER TABLE orders ADD CONSTRAINT orders_part UNIQUE (user_id, id);
DO $$
BEGIN
  ALTER TABLE orders ADD CONSTRAINT orders_user FOREIGN KEY (user_id) REFERENCES users;
EXCEPTION WHEN duplicate_object THEN
  NULL;
END $$;
-- Unless what has the name goes first.
SELECT * FROM try(
  'ALTER TABLE orders ADD CONSTRAINT qty_low CHECK (qty > 0)',
  'ALTER TABLE orders DROP CONSTRAINT qty_low, ADD CONSTRAINT qty_low CHECK (qty > 0)',
  'ALTER TABLE orders DROP CONSTRAINT orders_user, ADD CONSTRAINT orders_user FOREIGN KEY (user_id) REFERENCES users',
  'ALTER TABLE users DROP CONSTRAINT users_pkey CASCADE, ADD PRIMARY KEY (email)',
  'ALTER TABLE users DROP CONSTRAINT users_email_key, ADD CONSTRAINT users_email_key UNIQUE (email, id)');
SELECT line, rule FROM ddlguard.check($$
  ALTER TABLE orders RENAME CONSTRAINT qty_low TO qty_least;
  ALTER TABLE orders ADD CONSTRAINT qty_low CHECK (qty > 0);
$$) WHERE action = 'reject';

\i :dir/sql/include/end.psql
