-- What one batch of inputs leads to.
CREATE SCHEMA fuzz;

-- Everything that a statement could have changed, as one value.
CREATE FUNCTION fuzz.state() RETURNS text LANGUAGE sql AS $$
  SELECT concat_ws(' ',
    (SELECT count(*) || '/' || coalesce(sum(relfilenode::bigint), 0) || '/' || count(*) FILTER (WHERE relhastriggers)
       FROM pg_class WHERE relnamespace NOT IN (pg_my_temp_schema(), 'pg_toast'::regnamespace) AND relpersistence <> 't'),
    (SELECT count(*) || '/' || sum(atttypid::bigint) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relpersistence <> 't'),
    (SELECT count(*) FROM pg_depend), (SELECT count(*) FROM pg_constraint), (SELECT count(*) FROM pg_proc),
    (SELECT count(*) FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid WHERE c.relpersistence IS DISTINCT FROM 't'),
    (SELECT count(*) FROM pg_enum), (SELECT count(*) FROM pg_roles), (SELECT count(*) FROM pg_database))
$$;

-- Asks about each input; returns what must not be: kind and, for errors, SQLSTATE and message with one input.
CREATE FUNCTION fuzz.batch(inputs text[], OUT answers bigint, OUT errors bigint, OUT wrong text[]) LANGUAGE plpgsql AS $$
DECLARE
  input text;
  before text := fuzz.state();
  found bigint;
BEGIN
  answers := 0; errors := 0; wrong := '{}';
  FOREACH input IN ARRAY inputs LOOP
    BEGIN
      SELECT count(*) INTO found FROM ddlguard.check(input);
      answers := answers + found;
      PERFORM count(*) FROM ddlguard.explain(input);
      PERFORM count(*) FROM ddlguard.plan(input);
    EXCEPTION WHEN OTHERS THEN
      errors := errors + 1;
      IF SQLSTATE LIKE 'XX%' OR SQLSTATE LIKE 'DG%' OR SQLSTATE LIKE '53%' THEN
        wrong := wrong || format('%s: %s for: %s', SQLSTATE, SQLERRM, input);
      END IF;
    END;
  END LOOP;
  IF fuzz.state() <> before THEN
    wrong := wrong || 'something has changed'::text;
  END IF;
  SELECT wrong || array_agg(format('%s on %s is held', mode, relation::regclass)) INTO wrong FROM pg_locks
   WHERE pid = pg_backend_pid() AND granted AND locktype = 'relation' AND relation >= 16384
     AND mode NOT IN ('AccessShareLock', 'RowShareLock') HAVING count(*) > 0;
END $$;
