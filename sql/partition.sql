--
-- Partitions: CREATE ... PARTITION OF, ATTACH, DETACH; the default partition, indexes and foreign keys.
--
\getenv dir PG_ABS_SRCDIR
\i :dir/sql/include/begin.psql

SET ddlguard.mode = off;
CREATE TABLE users (id int PRIMARY KEY);
INSERT INTO users SELECT generate_series(1, 1000);
-- one with everything, one with a default partition, one empty
CREATE TABLE events (at date NOT NULL, n int, user_id int) PARTITION BY RANGE (at);
CREATE TABLE events_0 PARTITION OF events FOR VALUES FROM ('2000-01-01') TO ('2001-01-01');
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2001-01-01') TO ('2002-01-01');
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2002-01-01') TO ('2003-01-01');
INSERT INTO events SELECT '2001-06-01', i, i FROM generate_series(1, 1000) i;
CREATE TABLE logs (at date NOT NULL, n int, user_id int) PARTITION BY RANGE (at);
CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM ('2001-01-01') TO ('2002-01-01');
CREATE TABLE logs_rest PARTITION OF logs DEFAULT;
INSERT INTO logs SELECT '2003-06-01', i, i FROM generate_series(1, 1000) i;
CREATE TABLE tidy (at date NOT NULL, n int, user_id int) PARTITION BY RANGE (at);
CREATE TABLE tidy_rest PARTITION OF tidy DEFAULT;
ALTER TABLE tidy_rest ADD CHECK (at >= '2009-01-01');
INSERT INTO tidy SELECT '2010-06-01', i, i FROM generate_series(1, 1000) i;
CREATE TABLE bare (at date NOT NULL, n int, user_id int) PARTITION BY RANGE (at);
-- to be attached: as it comes, with the bound proven, proven but not validated, with all that the parent has
CREATE TABLE plain (LIKE events);
INSERT INTO plain SELECT '2005-06-01', i, i FROM generate_series(1, 1000) i;
CREATE TABLE proven (LIKE events, CHECK (at >= '2005-01-01' AND at < '2006-01-01'));
INSERT INTO proven SELECT * FROM plain;
CREATE TABLE doubtful (LIKE events);
INSERT INTO doubtful SELECT * FROM plain;
ALTER TABLE doubtful ADD CHECK (at >= '2005-01-01' AND at < '2006-01-01') NOT VALID;
CREATE TABLE nothing (LIKE events);
CREATE TABLE wrong (at date NOT NULL, other int);
ANALYZE;
SET ddlguard.mode = enforce;
\set bound 'FOR VALUES FROM ($$2005-01-01$$) TO ($$2006-01-01$$)'

-- ATTACH reads the rows of the new partition, unless a validated CHECK proves that they fit.
SELECT * FROM try(
  'ALTER TABLE events ATTACH PARTITION plain ' || :'bound',
  'ALTER TABLE events ATTACH PARTITION doubtful ' || :'bound',
  'ALTER TABLE events ATTACH PARTITION proven ' || :'bound',
  'ALTER TABLE events ATTACH PARTITION nothing ' || :'bound',
  'ALTER TABLE events ATTACH PARTITION wrong ' || :'bound',
  'ALTER TABLE bare ATTACH PARTITION plain ' || :'bound',
  'ALTER TABLE bare ATTACH PARTITION plain DEFAULT',
  'ALTER TABLE events ATTACH PARTITION plain DEFAULT',
  'CREATE TABLE fresh (LIKE events); INSERT INTO fresh SELECT * FROM plain; ALTER TABLE events ATTACH PARTITION fresh ' || :'bound');
-- A default partition is read too, unless its own CHECK excludes the bound.
SELECT * FROM try(
  'ALTER TABLE logs ATTACH PARTITION proven ' || :'bound',
  'ALTER TABLE logs ATTACH PARTITION nothing ' || :'bound',
  'ALTER TABLE tidy ATTACH PARTITION proven ' || :'bound',
  'CREATE TABLE fresh PARTITION OF logs ' || :'bound',
  'CREATE TABLE fresh PARTITION OF tidy ' || :'bound');
-- Indexes and foreign keys of the parent are made where the partition has none like them.
SET ddlguard.mode = off;
CREATE INDEX ON bare (n);
SET ddlguard.mode = enforce;
SELECT * FROM try(
  'ALTER TABLE bare ATTACH PARTITION proven ' || :'bound',
  'ALTER TABLE bare ATTACH PARTITION nothing ' || :'bound');
CREATE INDEX CONCURRENTLY ON proven (n);
SELECT * FROM try('ALTER TABLE bare ATTACH PARTITION proven ' || :'bound');
SET ddlguard.mode = off;
ALTER TABLE bare ADD FOREIGN KEY (user_id) REFERENCES users;
SET ddlguard.mode = enforce;
SELECT * FROM try('ALTER TABLE bare ATTACH PARTITION proven ' || :'bound');
ALTER TABLE proven ADD CONSTRAINT proven_user FOREIGN KEY (user_id) REFERENCES users NOT VALID;
ALTER TABLE proven VALIDATE CONSTRAINT proven_user;
SELECT * FROM try('ALTER TABLE bare ATTACH PARTITION proven ' || :'bound');

-- A new partition locks its parent for an instant; nobody notices while the parent is empty.
SELECT * FROM try(
  'CREATE TABLE fresh PARTITION OF events ' || :'bound',
  'CREATE TABLE fresh PARTITION OF bare ' || :'bound',
  'CREATE TABLE IF NOT EXISTS events_1 PARTITION OF events ' || :'bound',
  'CREATE TABLE fresh (LIKE events); ALTER TABLE events ATTACH PARTITION fresh ' || :'bound',
  'CREATE TABLE fresh (at date) PARTITION BY RANGE (at); CREATE TABLE fresher PARTITION OF fresh ' || :'bound',
  'CREATE TABLE fresh () INHERITS (users)');

-- DETACH asks for ACCESS EXCLUSIVE without CONCURRENTLY, and rows of the newest range have no place then.
SELECT * FROM try(
  'ALTER TABLE events DETACH PARTITION events_0',
  'ALTER TABLE events DETACH PARTITION events_1',
  'ALTER TABLE events DETACH PARTITION events_2',
  'ALTER TABLE logs DETACH PARTITION logs_rest',
  'ALTER TABLE events DETACH PARTITION plain',
  'DROP TABLE events_2');
SELECT statement_number, rule, action FROM ddlguard.check('ALTER TABLE events DETACH PARTITION events_1 CONCURRENTLY');
SELECT statement_number, rule, action FROM ddlguard.check('BEGIN; ALTER TABLE events DETACH PARTITION events_1 CONCURRENTLY; COMMIT');
SELECT statement_number, rule, action FROM ddlguard.check('ALTER TABLE logs DETACH PARTITION logs_1 CONCURRENTLY');
ALTER TABLE events DETACH PARTITION events_0 CONCURRENTLY;
ALTER TABLE events DETACH PARTITION events_2 CONCURRENTLY;
ALTER TABLE logs DETACH PARTITION logs_1 CONCURRENTLY;
-- What is referenced has to be looked for before it goes.
SET ddlguard.mode = off;
CREATE TABLE people (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE people_1 PARTITION OF people FOR VALUES FROM (0) TO (2000);
CREATE TABLE people_2 PARTITION OF people FOR VALUES FROM (2000) TO (4000);
INSERT INTO people SELECT generate_series(1, 3000);
CREATE TABLE letters (person int REFERENCES people);
INSERT INTO letters SELECT generate_series(1, 1000);
ANALYZE;
SET ddlguard.mode = enforce;
SELECT * FROM try('ALTER TABLE people DETACH PARTITION people_2');

-- Half detached: the rest has to be finished first.
CREATE TABLE events_3 PARTITION OF events FOR VALUES FROM ('2003-01-01') TO ('2004-01-01');
SET ddlguard.mode = off;
UPDATE pg_inherits SET inhdetachpending = true WHERE inhrelid = 'events_3'::regclass;
SET ddlguard.mode = enforce;
SELECT * FROM try('ALTER TABLE events ATTACH PARTITION nothing ' || :'bound');
ALTER TABLE events DETACH PARTITION events_3 FINALIZE;
SELECT * FROM try('ALTER TABLE events ATTACH PARTITION nothing ' || :'bound');

\i :dir/sql/include/end.psql
