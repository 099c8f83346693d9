-- The queries that clients of before a change send, made from the catalog as it is now, tried, and kept
-- in the setting truth.queries when they succeed.  One entry a query: role, object that it is about, how
-- its answer is compared, the query, its answer; parts are separated by chr(31), entries by chr(30).
--
-- How an answer is compared:
--   count   rows are counted          value TYPE   every value, read as TYPE     next   not lower
--   done    rows that it changed      kept TYPE    the value that is stored
-- Each is sent as shop_app, the ordinary application; a part also as the owner of its relation.
DO $body$
DECLARE
    sep constant text := chr(31);
    queries text[] := '{}';
    kept text[] := '{}';
    r record;
    col record;
    ix record;
    vals text[];
    cols text[];
    names text[];
    lits text[];
    one text;
    key text;
    wide text;
    everything text;
    nth integer;
BEGIN
    FOR r IN
        SELECT c.oid, c.relkind, c.relispartition, format('%I.%I', n.nspname, c.relname) AS name,
               n.nspname || '.' || c.relname AS object, pg_get_userbyid(c.relowner) AS owner
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'ddlguard') AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
         -- Sequences before what draws from them: a query that fails for another reason is not asked again.
         ORDER BY c.relkind <> 'S', c.relispartition, 4
    LOOP
        IF r.relkind = 'S' THEN
            queries := queries || concat_ws(sep, 'shop_app', r.object, 'next', format('SELECT nextval(%L)', r.name));
            CONTINUE;
        END IF;
        queries := queries || concat_ws(sep, 'shop_app', r.object, 'count', 'SELECT * FROM ' || r.name)
                           || concat_ws(sep, r.owner, r.object, 'count', 'SELECT * FROM ' || r.name);
        CONTINUE WHEN r.relispartition;

        cols := '{}';
        -- Clients know nothing of domains.
        FOR col IN SELECT a.attname, a.attnum, CASE t.typtype WHEN 'd' THEN format_type(t.typbasetype, t.typtypmod) ELSE format_type(a.atttypid, a.atttypmod) END AS type,
                          a.atttypid < 16384 AS builtin
                   FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
        LOOP
            queries := queries
                || concat_ws(sep, 'shop_app', r.object, 'value ' || CASE WHEN col.builtin THEN col.type ELSE 'text' END,
                             format('SELECT %I FROM %s', col.attname, r.name))
                || concat_ws(sep, 'shop_app', r.object, 'count',
                             format('SELECT 1 FROM %s WHERE %I = NULL::%s', r.name, col.attname, col.type));
            cols := cols || format('%I', col.attname);
        END LOOP;
        CONTINUE WHEN r.relkind = 'm' OR cols = '{}';

        -- One row to write again: the last one, by its key where there is one.
        SELECT string_agg(format('%I', a.attname), ', ' ORDER BY k.n) INTO key
          FROM pg_index x, unnest(x.indkey) WITH ORDINALITY AS k (attnum, n), pg_attribute a
         WHERE x.indrelid = r.oid AND x.indisprimary AND a.attrelid = r.oid AND a.attnum = k.attnum;
        EXECUTE format('SELECT ARRAY[%s]::text[] FROM %s ORDER BY (%s) DESC LIMIT 1',
                       (SELECT string_agg(x || '::text', ', ') FROM unnest(cols) x), r.name, coalesce(key, cols[1])) INTO vals;

        names := '{}'; lits := '{}'; key := NULL;
        nth := 0;
        FOR col IN
            SELECT a.attname, a.attnum, a.atttypid, a.atttypmod, format_type(a.atttypid, a.atttypmod) AS type, t.typcategory, t.typtype,
                   a.attgenerated <> '' AS generated, a.attnotnull,
                   a.atthasdef OR a.attidentity <> '' OR (r.relkind <> 'v' AND NOT a.attnotnull) AS optional,
                   EXISTS (SELECT FROM pg_index x WHERE x.indrelid = r.oid AND x.indisprimary AND a.attnum = ANY (x.indkey)) AS in_key,
                   -- The first column of a unique index whose values can be made anew.
                   EXISTS (SELECT FROM pg_index x WHERE x.indrelid = r.oid AND x.indisunique AND x.indkey[0] = a.attnum) AS renewed
              FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
             WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
        LOOP
            nth := nth + 1;
            one := CASE WHEN vals IS NOT NULL THEN vals[nth]
                        WHEN col.typtype = 'e' THEN (SELECT min(enumlabel) FROM pg_enum WHERE enumtypid = col.atttypid)
                        WHEN col.typcategory = 'D' THEN '2026-01-01'
                        WHEN col.typcategory = 'B' THEN 'true'
                        WHEN col.atttypid IN ('json'::regtype, 'jsonb'::regtype) THEN '{}'
                        ELSE '1' END;
            IF col.in_key AND one IS NOT NULL THEN
                key := concat_ws(' AND ', key, format('%I = %L', col.attname, one));
            END IF;
            CONTINUE WHEN col.generated;
            IF vals IS NOT NULL THEN
                wide := CASE WHEN col.in_key OR col.renewed THEN NULL
                             WHEN col.type ~ '^character varying\(|^character\(' THEN repeat('w', col.atttypmod - 4)
                             WHEN col.type IN ('text', 'character varying') THEN repeat('w', 300)
                             WHEN col.type = 'bigint' THEN '9223372036854775807'
                             WHEN col.type = 'integer' THEN '2147483647'
                             WHEN col.type = 'smallint' THEN '32767'
                             WHEN col.type = 'numeric' THEN '123456789012345.123456789'
                             WHEN col.type ~ '^numeric\(' THEN
                                  rtrim(repeat('9', ((col.atttypmod - 4) >> 16) - ((col.atttypmod - 4) & 2047)) || '.' || repeat('9', (col.atttypmod - 4) & 2047), '.')
                             WHEN col.type ~ '^timestamp' THEN '2026-01-01 01:02:03.123456'
                        END;
                queries := queries || concat_ws(sep, 'shop_app', r.object, 'done',
                    format('UPDATE %s SET %I = %L WHERE @key@', r.name, col.attname, one));
                IF wide IS NOT NULL THEN
                    queries := queries || concat_ws(sep, 'shop_app', r.object, 'kept ' || col.type,
                        format('UPDATE %s SET %I = %L WHERE @key@', r.name, col.attname, wide));
                END IF;
            END IF;
            IF col.renewed AND vals IS NOT NULL THEN
                one := CASE col.typcategory WHEN 'N' THEN (one::numeric + 20000)::text WHEN 'S' THEN 'another'
                       WHEN 'D' THEN (one::date + 10000)::text
                       ELSE CASE WHEN col.type = 'uuid' THEN gen_random_uuid()::text ELSE one END END;
            END IF;
            names := names || col.attname::text;
            lits := lits || CASE WHEN one IS NULL THEN 'NULL' ELSE quote_literal(one) END;
            IF col.optional THEN lits[cardinality(lits)] := '?' || lits[cardinality(lits)]; END IF;
        END LOOP;
        key := coalesce(key, CASE WHEN vals[1] IS NOT NULL THEN format('%s = %L', cols[1], vals[1]) ELSE 'true' END);
        FOR nth IN 1 .. cardinality(queries) LOOP
            queries[nth] := replace(queries[nth], '@key@', key);
        END LOOP;

        -- INSERT: with all columns; with all that do not number themselves; with what is required alone.
        everything := format('INSERT INTO %s (%s) VALUES (%s)', r.name, (SELECT string_agg(quote_ident(x), ', ') FROM unnest(names) x),
                             ltrim((SELECT string_agg(ltrim(x, '?'), ', ') FROM unnest(lits) x)));
        -- Into each partition a row like one that it has.
        IF r.relkind = 'p' AND cardinality(names) = cardinality(cols) THEN
            FOR ix IN SELECT relid::regclass::text AS leaf FROM pg_partition_tree(r.oid) WHERE isleaf LOOP
                EXECUTE format('SELECT ARRAY[%s]::text[] FROM %s LIMIT 1', (SELECT string_agg(x || '::text', ', ') FROM unnest(cols) x), ix.leaf) INTO vals;
                CONTINUE WHEN vals IS NULL;
                queries := queries || concat_ws(sep, 'shop_app', r.object, 'done',
                    format('INSERT INTO %s VALUES (%s)', r.name, (SELECT string_agg(quote_nullable(x), ', ') FROM unnest(vals) x)));
            END LOOP;
        END IF;
        queries := queries || concat_ws(sep, 'shop_app', r.object, 'done', everything)
                           || concat_ws(sep, r.owner, r.object, 'done', everything);
        queries := queries || concat_ws(sep, 'shop_app', r.object, 'done', (
            SELECT format('INSERT INTO %s (%s) VALUES (%s)', r.name, string_agg(quote_ident(n), ', ' ORDER BY o), string_agg(ltrim(l, '?'), ', ' ORDER BY o))
              FROM unnest(names, lits) WITH ORDINALITY x (n, l, o) JOIN pg_attribute a ON a.attrelid = r.oid AND a.attname = n
             WHERE a.attidentity = '' AND NOT EXISTS (SELECT FROM pg_attrdef d WHERE d.adrelid = r.oid AND d.adnum = a.attnum
                                                          AND pg_get_expr(d.adbin, r.oid) ~ '^nextval')));
        queries := queries || concat_ws(sep, 'shop_app', r.object, 'done', (
            SELECT CASE WHEN count(*) = 0 THEN format('INSERT INTO %s DEFAULT VALUES', r.name)
                        ELSE format('INSERT INTO %s (%s) VALUES (%s)', r.name, string_agg(quote_ident(n), ', ' ORDER BY o), string_agg(l, ', ' ORDER BY o)) END
              FROM unnest(names, lits) WITH ORDINALITY x (n, l, o) WHERE l !~ '^\?'));
        -- Without each required column, which a trigger may fill.
        IF EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = r.oid AND NOT t.tgisinternal AND t.tgtype & 71 = 7) THEN
            FOR nth IN 1 .. cardinality(names) LOOP
                CONTINUE WHEN lits[nth] ~ '^\?';
                queries := queries || concat_ws(sep, 'shop_app', r.object, 'done', (
                    SELECT format('INSERT INTO %s (%s) VALUES (%s)', r.name, string_agg(quote_ident(n), ', ' ORDER BY o), string_agg(ltrim(l, '?'), ', ' ORDER BY o))
                      FROM unnest(names, lits) WITH ORDINALITY x (n, l, o) WHERE o <> nth));
            END LOOP;
        END IF;
        queries := queries || concat_ws(sep, 'shop_app', r.object, 'done', format('DELETE FROM %s WHERE %s', r.name, key));
        FOR ix IN SELECT x.indexrelid, k.conname,
                        (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = x.indexrelid AND a.attnum <= x.indnkeyatts) AS columns
                   FROM pg_index x LEFT JOIN pg_constraint k ON k.conindid = x.indexrelid AND k.conrelid = r.oid AND k.contype IN ('p', 'u')
                  WHERE x.indrelid = r.oid AND x.indisunique AND x.indpred IS NULL AND x.indexprs IS NULL
        LOOP
            queries := queries || concat_ws(sep, 'shop_app', r.object, 'done', format('%s ON CONFLICT (%s) DO NOTHING', everything, ix.columns));
            IF ix.conname IS NOT NULL THEN
                queries := queries || concat_ws(sep, 'shop_app', r.object, 'done', format('%s ON CONFLICT ON CONSTRAINT %I DO NOTHING', everything, ix.conname));
            END IF;
        END LOOP;
    END LOOP;

    -- Functions by their arguments, types by their names, labels of enumerations.
    FOR r IN
        SELECT n.nspname || '.' || p.proname AS object,
               CASE p.prokind WHEN 'p' THEN 'CALL ' ELSE 'SELECT ' END || format('%I.%I', n.nspname, p.proname) || '('
               || coalesce((SELECT string_agg('NULL::' || format_type(a, NULL), ', ' ORDER BY o) FROM unnest(p.proargtypes) WITH ORDINALITY x (a, o)), '') || ')' AS query
          FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
         WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'ddlguard') AND p.prokind IN ('f', 'p') AND p.prorettype <> 'trigger'::regtype
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
        UNION ALL
        SELECT n.nspname || '.' || t.typname, format('SELECT NULL::%I.%I', n.nspname, t.typname)
          FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
         WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'ddlguard')
           AND (t.typtype IN ('e', 'd', 'r') OR c.relkind = 'c')
        UNION ALL
        SELECT n.nspname || '.' || t.typname, format('SELECT %L::%I.%I', e.enumlabel, n.nspname, t.typname)
          FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid JOIN pg_namespace n ON n.oid = t.typnamespace
    LOOP
        queries := queries || concat_ws(sep, 'shop_app', r.object, 'count', r.query);
    END LOOP;

    PERFORM set_config('truth.queries', array_to_string(queries, chr(30)), false);
END $body$;
