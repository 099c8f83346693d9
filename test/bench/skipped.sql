--
-- Utility statements that carry no DDL, from the cheapest on; nanoseconds for each, in a loop inside this
-- backend.  Run with and without the library in turns; no extension, table or setting is needed.
--
-- The processor time of this backend so far, in nanoseconds; only differences mean something.  The kernel's
-- count is current when the process has just slept.  Where there is none, the clock stands in.
CREATE FUNCTION pg_temp.spent() RETURNS float8 LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_sleep(0.001);
  RETURN coalesce(split_part(pg_read_file('/proc/self/schedstat', 0, 100, true), ' ', 1)::float8,
                  extract(epoch FROM clock_timestamp()) * 1e9);
END $$;
CREATE FUNCTION pg_temp.unlisten(n int) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE start float8 := pg_temp.spent();
BEGIN
  FOR i IN 1 .. n LOOP UNLISTEN *; END LOOP;
  RETURN (pg_temp.spent() - start) / n;
END $$;
CREATE FUNCTION pg_temp.deallocate(n int) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE start float8 := pg_temp.spent();
BEGIN
  FOR i IN 1 .. n LOOP DEALLOCATE ALL; END LOOP;
  RETURN (pg_temp.spent() - start) / n;
END $$;
CREATE FUNCTION pg_temp.set_local(n int) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE start float8 := pg_temp.spent();
BEGIN
  FOR i IN 1 .. n LOOP SET LOCAL work_mem = 4096; END LOOP;
  RETURN (pg_temp.spent() - start) / n;
END $$;
SELECT pg_temp.unlisten(1000), pg_temp.deallocate(1000), pg_temp.set_local(1000) \g /dev/null
SELECT 'UNLISTEN', pg_temp.unlisten(:n)
UNION ALL SELECT 'DEALLOCATE ALL', pg_temp.deallocate(:n)
UNION ALL SELECT 'SET LOCAL', pg_temp.set_local(:n);
