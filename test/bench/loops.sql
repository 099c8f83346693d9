--
-- Loops that time a statement inside one backend.  Microseconds per statement, unless said otherwise.
--

-- The processor time of this backend so far, in nanoseconds; only differences mean something.  The kernel's
-- count is current when the process has just slept.  Where there is none, the clock stands in.
CREATE FUNCTION bench.spent() RETURNS float8 LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_sleep(0.001);
  RETURN coalesce(split_part(pg_read_file('/proc/self/schedstat', 0, 100, true), ' ', 1)::float8,
                  extract(epoch FROM clock_timestamp()) * 1e9);
END $$;

-- undo: each statement in a subtransaction that is rolled back.  A refusal is an end like any other.
CREATE FUNCTION bench.loop(statement text, n int, undo bool) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE start float8 := bench.spent();
BEGIN
  IF undo THEN
    FOR i IN 1 .. n LOOP
      BEGIN
        EXECUTE statement;
        RAISE SQLSTATE 'UNDO1';
      EXCEPTION WHEN SQLSTATE 'UNDO1' OR SQLSTATE 'DG001' THEN NULL;
      END;
    END LOOP;
  ELSE
    FOR i IN 1 .. n LOOP EXECUTE statement; END LOOP;
  END IF;
  RETURN (bench.spent() - start) / 1000 / n;
END $$;

-- nothing: neither the guard nor the event triggers, for which session_replication_role is the switch.
CREATE PROCEDURE bench.arm(variant text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('ddlguard.mode', CASE variant WHEN 'guard' THEN 'enforce' ELSE 'off' END, false),
          set_config('session_replication_role', CASE variant WHEN 'trigger' THEN 'origin' ELSE 'replica' END, false);
END $$;

CREATE TABLE bench.sample (name text, variant text, round int, us float8);

-- The variants take turns, there and back, in a transaction each, so that what disturbs one disturbs all.
CREATE PROCEDURE bench.compare(name text, statement text, n int, rounds int, undo bool) LANGUAGE plpgsql AS $$
DECLARE
  variant text;
  us float8;
BEGIN
  FOR round IN 0 .. rounds LOOP -- round 0 is for the caches
    FOREACH variant IN ARRAY CASE round % 2 WHEN 0 THEN '{nothing,guard,trigger}' ELSE '{trigger,guard,nothing}' END::text[] LOOP
      CALL bench.arm(variant);
      us := bench.loop(statement, CASE round WHEN 0 THEN least(n, 20) ELSE n END, undo);
      CALL bench.arm('nothing');
      IF round > 0 THEN INSERT INTO bench.sample VALUES (name, variant, round, us); END IF;
      COMMIT;
    END LOOP;
  END LOOP;
END $$;

-- What a variant costs: the median of its differences to nothing in the same round.
CREATE VIEW bench.cost AS
  SELECT v.name, v.variant, percentile_cont(0.5) WITHIN GROUP (ORDER BY v.us - nothing.us) AS us,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY nothing.us) AS bare
    FROM bench.sample v JOIN bench.sample nothing USING (name, round)
   WHERE v.variant <> 'nothing' AND nothing.variant = 'nothing'
   GROUP BY v.name, v.variant;

-- The median of refusing it, several times.
CREATE PROCEDURE bench.refuse(statement text, rounds int, INOUT us float8) LANGUAGE plpgsql AS $$
BEGIN
  CALL bench.arm('guard');
  SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY bench.loop(statement, 1, true)) INTO us
    FROM generate_series(1, rounds);
END $$;

-- Statements that check() judges in a second: the median.
CREATE FUNCTION bench.check_rate(script text, statements int, rounds int) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
  start float8;
  rates float8[];
BEGIN
  FOR round IN 1 .. rounds LOOP
    start := bench.spent();
    PERFORM count(*) FROM ddlguard.check(script);
    rates := rates || statements * 1e9 / (bench.spent() - start);
  END LOOP;
  RETURN (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY rate) FROM unnest(rates) rate);
END $$;

-- Private memory of this backend in kB, as the kernel counts it.
CREATE FUNCTION bench.resident() RETURNS bigint LANGUAGE sql AS
  $$ SELECT substring(pg_read_file('/proc/self/status') FROM 'RssAnon:\s*(\d+)')::bigint $$;

-- By how many kB it grows over n statements, when it has seen some of them: half of them in transactions of
-- their own, half in one that is still open.
CREATE PROCEDURE bench.grow(statement text, n int, undo bool, INOUT kb bigint) LANGUAGE plpgsql AS $$
DECLARE before bigint;
BEGIN
  CALL bench.arm('guard');
  FOR part IN -1 .. 5 LOOP
    PERFORM bench.loop(statement, n / 10, undo);
    COMMIT;
    IF part <= 0 THEN before := bench.resident(); END IF;
  END LOOP;
  PERFORM bench.loop(statement, n / 2, undo);
  kb := bench.resident() - before;
END $$;
