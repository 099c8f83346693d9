--
-- Conventions: off until a policy row names the rule or the group.
--
\getenv dir PG_ABS_SRCDIR
\i :dir/sql/include/begin.psql

SET ddlguard.mode = off;
-- The guard's answer to each statement while one rule is demanded.
CREATE FUNCTION tools.demand(demanded text, argument text, VARIADIC statements text[], OUT guard text, OUT statement text)
    RETURNS SETOF record LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ddlguard.policy (priority, rule, action, argument) VALUES (1, demanded, 'reject', argument);
  RETURN QUERY SELECT t.guard, t.statement FROM tools.try(VARIADIC statements) t;
  DELETE FROM ddlguard.policy WHERE priority = 1;
END $$;
CREATE TABLE docs (id bigint PRIMARY KEY, title text, body text, tags jsonb, kind text, at timestamptz);
SET ddlguard.mode = enforce;

-- Nothing is demanded.
SELECT guard, statement FROM try(
  'CREATE INDEX ON docs USING hash (title)');

-- Indexes.
SELECT * FROM demand('index_without_name', NULL,
  'CREATE INDEX ON docs (title)',
  'CREATE INDEX docs_title ON docs (title)',
  'CREATE TABLE made (id bigint); CREATE INDEX ON made (id)',
  'CREATE TEMP TABLE made (id bigint); CREATE INDEX ON made (id)');
SELECT * FROM demand('index_too_many_columns', '2',
  'CREATE INDEX i ON docs (title, kind, at)',
  'CREATE INDEX i ON docs (title, kind) INCLUDE (at)',
  'CREATE UNIQUE INDEX i ON docs (title, kind, at)');
SELECT * FROM demand('disallowed_index_method', 'btree, gin',
  'CREATE INDEX i ON docs USING hash (title)',
  'CREATE INDEX i ON docs USING gin (tags)',
  'CREATE INDEX i ON docs (title)');

\i :dir/sql/include/end.psql
