/*
 * What the steps of a plan did, told by the transaction that ran them, and what two databases hold.
 * Everything is in schema plan_test, which no dump and no comparison looks at.
 */
CREATE SCHEMA plan_test;
GRANT USAGE ON SCHEMA plan_test TO PUBLIC;

-- Tables, materialized views, indexes and sequences of users.
CREATE VIEW plan_test.relation AS
  SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind, c.relispopulated, i.indrelid,
         pg_relation_filenode(c.oid) AS filenode,
         CASE WHEN c.relkind IN ('r', 'i', 'm') THEN pg_relation_size(c.oid) ELSE 0 END AS bytes,
         pg_stat_get_xact_tuples_returned(c.oid) AS read,
         pg_stat_get_xact_tuples_inserted(c.oid) + pg_stat_get_xact_tuples_updated(c.oid)
           + pg_stat_get_xact_tuples_deleted(c.oid) AS written
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_index i ON i.indexrelid = c.oid
   WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'plan_test', 'ddlguard')
     AND n.nspname NOT LIKE 'pg\_temp%' AND c.relkind IN ('r', 'p', 'm', 'i', 'I');

GRANT SELECT ON plan_test.relation TO PUBLIC;

-- Work on 100 rows or more since before was taken, and the locks that stop readers or writers of tables that
-- were there then; null when there are not both.
CREATE FUNCTION plan_test.blocks(before plan_test.relation[]) RETURNS text LANGUAGE sql AS $$
  WITH was AS (SELECT * FROM unnest(before)), now AS (SELECT * FROM plan_test.relation),
  stays AS (SELECT was.*, now.filenode AS new_filenode, now.bytes AS new_bytes, now.read - was.read AS has_read,
                   now.written - was.written AS has_written
              FROM was JOIN now USING (oid)),
  work(kind) AS (
    SELECT 'rewrites ' || name FROM stays
     WHERE relkind IN ('r', 'm') AND filenode <> new_filenode AND bytes > 0 AND new_bytes > 0
    UNION ALL
    SELECT 'builds an index of ' || stays.name FROM now JOIN stays ON stays.oid = now.indrelid
     WHERE now.relkind = 'i' AND stays.bytes > 0 AND now.bytes > 8192
       AND now.filenode NOT IN (SELECT filenode FROM was WHERE filenode IS NOT NULL)
    UNION ALL
    SELECT format('reads %s rows of %s', has_read, name) FROM stays WHERE has_read >= 100
    UNION ALL
    SELECT format('writes %s rows of %s', has_written, name) FROM stays WHERE has_written >= 100),
  held(lock) AS (
    SELECT DISTINCT l.mode || ' on ' || was.name
      FROM pg_locks l JOIN was ON was.oid = l.relation
     WHERE l.pid = pg_backend_pid() AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND (was.relkind IN ('r', 'p') AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
            OR was.relkind = 'm' AND l.mode = 'AccessExclusiveLock'))
  SELECT work || ' under ' || locks
    FROM (SELECT string_agg(kind, ', ' ORDER BY kind) FROM work) _(work), (SELECT string_agg(lock, ', ' ORDER BY lock) FROM held) __(locks)
   WHERE work IS NOT NULL AND locks IS NOT NULL
$$;

-- A writer that is in every table: what a step waits for while this is held stops writers.
CREATE PROCEDURE plan_test.write_everywhere() LANGUAGE plpgsql AS $$
DECLARE each record;
BEGIN
  FOR each IN SELECT schema, name FROM plan_test.relation WHERE relkind IN ('r', 'p') LOOP
    EXECUTE format('LOCK TABLE %I.%I IN ROW EXCLUSIVE MODE', each.schema, each.name);
  END LOOP;
END $$;

-- One row for each table with rows of its own (col is null: all its rows, without the columns that random names
-- as schema.table.column), and one for each of its columns.
CREATE FUNCTION plan_test.data(
    random text[], OUT tab text, OUT col text, OUT value_count bigint, OUT nulls bigint, OUT values_unique boolean, OUT one_value boolean,
    OUT moments boolean, OUT fingerprint text)
    RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE
  each record;
  part record;
BEGIN
  FOR each IN
    SELECT r.oid, format('%I.%I', r.schema, r.name) AS qualified,
           array_agg(format('%I', a.attname) ORDER BY a.attname COLLATE "C") FILTER (WHERE a.attnum IS NOT NULL) AS cols
      FROM plan_test.relation r LEFT JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE r.relkind IN ('r', 'm') AND r.relispopulated
     GROUP BY r.oid, qualified ORDER BY qualified
  LOOP
    RETURN QUERY EXECUTE format(
      'SELECT %L, NULL::text, count(*), NULL::bigint, NULL::boolean, NULL::boolean, NULL::boolean,
              md5(string_agg(t, E''\n'' ORDER BY t COLLATE "C")) FROM (SELECT concat_ws(''|'', %s) FROM ONLY %s) _(t)',
      each.qualified,
      coalesce((SELECT string_agg(format('quote_nullable(%s::text)', c), ', ') FROM unnest(each.cols) c
                  WHERE each.qualified || '.' || c <> ALL (random)), ''''''), each.qualified);
    FOR part IN SELECT unnest(each.cols) AS name LOOP
      RETURN QUERY EXECUTE format(
        'SELECT %L, %L, count(v), count(*) FILTER (WHERE v IS NULL), count(v) = count(DISTINCT v), count(DISTINCT v) <= 1, min(t) LIKE ''timestamp%%'',
                md5(string_agg(v, E''\n'' ORDER BY v COLLATE "C")) FROM (SELECT %s::text, pg_typeof(%s)::text FROM ONLY %s) _(v, t)',
        each.qualified, part.name, part.name, part.name, each.qualified);
    END LOOP;
  END LOOP;
END $$;

-- What pg_dump leaves out: broken indexes, half detached partitions, and whether sequences have values to give.
CREATE FUNCTION plan_test.leftovers() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  each record;
  highest bigint;
  last bigint;
BEGIN
  RETURN QUERY
    SELECT 'INVALID index ' || r.name FROM plan_test.relation r JOIN pg_index i ON i.indexrelid = r.oid WHERE NOT i.indisvalid
    UNION ALL
    SELECT 'half detached partition ' || inhrelid::regclass::text FROM pg_inherits WHERE inhdetachpending;
  FOR each IN
    SELECT s.oid::regclass AS sequence, d.refobjid::regclass AS tab, a.attname
      FROM pg_class s JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype IN ('a', 'i')
           AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
           JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
     WHERE s.relkind = 'S' AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
       AND (SELECT seqincrement > 0 FROM pg_sequence WHERE seqrelid = s.oid)
  LOOP
    EXECUTE format('SELECT max(%I) FROM %s', each.attname, each.tab) INTO highest;
    EXECUTE format('SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM %s', each.sequence) INTO last;
    IF last < highest THEN
      RETURN NEXT format('sequence %s gives %s next, %s.%s has %s already', each.sequence, last + 1, each.tab, each.attname, highest);
    END IF;
  END LOOP;
END $$;
