--
-- Loops that time a statement inside one backend.  All values are microseconds per statement.
--

-- undo: each statement in a subtransaction that is rolled back; a refusal is an end like any other.
CREATE FUNCTION bench.loop(statement text, n int, undo bool) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE start timestamptz := clock_timestamp();
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
  RETURN extract(epoch FROM clock_timestamp() - start) * 1e6 / n;
END $$;

-- nothing: neither the guard nor the event triggers, for which session_replication_role is the switch.
CREATE PROCEDURE bench.arm(variant text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('ddlguard.mode', CASE variant WHEN 'guard' THEN 'enforce' ELSE 'off' END, false),
          set_config('session_replication_role', CASE variant WHEN 'trigger' THEN 'origin' ELSE 'replica' END, false);
END $$;

CREATE TABLE bench.sample (name text, variant text, round int, us float8);

-- The variants take turns, in a transaction each, so that what disturbs one disturbs all.
CREATE PROCEDURE bench.compare(name text, statement text, n int, rounds int, undo bool) LANGUAGE plpgsql AS $$
DECLARE
  variant text;
  us float8;
BEGIN
  FOR round IN 0 .. rounds LOOP
    FOREACH variant IN ARRAY '{nothing,guard,trigger}'::text[] LOOP
      CALL bench.arm(variant);
      us := bench.loop(statement, CASE round WHEN 0 THEN least(n, 20) ELSE n END, undo);
      CALL bench.arm('nothing');
      -- round 0 is for the caches
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
