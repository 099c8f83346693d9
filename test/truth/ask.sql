-- Sends the queries in truth.queries (see clients.sql), each alone and taken back.  Then truth.queries has
-- those that fail or answer otherwise than before, or, where no answer was known, those that succeed.
DO $body$
DECLARE
    sep constant text := chr(31);
    entry text;
    part text[];
    answer text;
    what text;
    result text[] := '{}';
    n bigint;
    known boolean;
    other boolean;
BEGIN
    SET LOCAL client_min_messages = error;
    -- Not the one in which the statements run.
    SET LOCAL timezone = 'America/New_York';
    FOREACH entry IN ARRAY string_to_array(current_setting('truth.queries'), chr(30)) LOOP
        part := string_to_array(entry, sep);
        CONTINUE WHEN cardinality(part) < 4;
        known := cardinality(part) > 4;
        BEGIN
            PERFORM set_config('role', part[1], true);
            IF part[3] = 'count' THEN
                EXECUTE format('SELECT count(*) FROM (%s) q', part[4]) INTO answer;
            ELSIF part[3] = 'next' THEN
                EXECUTE part[4] INTO answer;
            ELSIF part[3] ~ '^value ' THEN
                EXECUTE format('SELECT count(*) || '':'' || coalesce(sum(hashtext(v::%s::text)), 0) FROM (%s) q (v)', substr(part[3], 7), part[4]) INTO answer;
            ELSIF part[3] ~ '^kept ' THEN
                EXECUTE format('%s RETURNING %s::%s::text', part[4], substring(part[4] FROM ' SET ("(?:[^"]|"")+"|\S+) = '), substr(part[3], 6)) INTO answer;
            ELSE
                EXECUTE part[4];
                GET DIAGNOSTICS n = ROW_COUNT;
                answer := n;
            END IF;
            RAISE EXCEPTION SQLSTATE 'TR000' USING MESSAGE = coalesce(answer, 'null');
        EXCEPTION
            WHEN SQLSTATE 'TR000' THEN
                answer := SQLERRM;
                -- More rows than before are no harm, and then their values tell nothing.
                other := known AND CASE
                    WHEN part[3] IN ('next', 'count', 'done') THEN answer::numeric < part[5]::numeric
                    WHEN part[3] ~ '^value ' THEN split_part(answer, ':', 1)::numeric <= split_part(part[5], ':', 1)::numeric AND answer <> part[5]
                    ELSE answer <> part[5] END;
                IF NOT known THEN
                    result := result || array_to_string(part || answer, sep);
                ELSIF other THEN
                    what := 'other values';
                    IF part[3] IN ('count', 'done') THEN
                        what := format('%s rows instead of %s', answer, part[5]);
                    END IF;
                    result := result || array_to_string(part || what, sep);
                END IF;
            WHEN OTHERS OR assert_failure THEN
                -- That a wide value is refused by a constraint on values says nothing about the type.
                IF known AND NOT (part[3] ~ '^kept ' AND SQLSTATE ~ '^23') THEN
                    result := result || array_to_string(part || SQLERRM, sep);
                END IF;
        END;
    END LOOP;
    PERFORM set_config('truth.queries', array_to_string(result, chr(30)), false);
END $body$;
