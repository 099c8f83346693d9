-- What did a statement really do?  Asked of PostgreSQL itself: relfilenodes, counters, locks, and the
-- queries of a client that does not know of the change.
--
-- corpus.populate(n)   n rows into every table of the schema public
-- corpus.begin()       at the start of a transaction: remembers what exists
-- corpus.observe()     after a statement of it: what the statement did to what existed, as
--                      key=value pairs separated by |, then remembers anew

CREATE SCHEMA corpus;

CREATE FUNCTION corpus.columns(rel oid) RETURNS TABLE (name name, type oid, required boolean, not_null boolean)
LANGUAGE sql BEGIN ATOMIC
    SELECT a.attname, a.atttypid, NOT a.atthasdef AND a.attidentity = '', a.attnotnull
    FROM pg_attribute a WHERE a.attrelid = rel AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum;
END;

CREATE FUNCTION corpus.tables() RETURNS TABLE (rel oid, name text)
LANGUAGE sql BEGIN ATOMIC
    -- What others refer to comes first.
    SELECT c.oid, c.oid::regclass::text FROM pg_class c
    WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'public') AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    ORDER BY EXISTS (SELECT FROM pg_constraint f WHERE f.conrelid = c.oid AND f.contype = 'f'), c.relname;
END;

-- A value for a column: the g-th, or with g null one that a client could add to the rows there are.
CREATE FUNCTION corpus.value(type oid, g text) RETURNS text
LANGUAGE sql BEGIN ATOMIC
    SELECT CASE
        WHEN t.typtype = 'e' THEN (SELECT quote_literal(min(enumlabel)) FROM pg_enum WHERE enumtypid = type)
        WHEN type IN ('int4'::regtype, 'int8'::regtype) THEN coalesce(g, '''1''')
        WHEN t.typcategory = 'D' THEN '''2026-11-22'''
        ELSE coalesce('''v'' || ' || g, '''another''') END
    FROM pg_type t WHERE t.oid = type;
END;

CREATE PROCEDURE corpus.populate(n integer) LANGUAGE plpgsql AS $$
DECLARE
    t record;
BEGIN
    FOR t IN SELECT * FROM corpus.tables() LOOP
        EXECUTE (SELECT format('INSERT INTO %s (%s) SELECT %s FROM generate_series(1, %s) AS g', t.name,
                string_agg(quote_ident(c.name), ', '), string_agg(corpus.value(c.type, 'g'), ', '), n)
            FROM corpus.columns(t.rel) c WHERE c.required);
    END LOOP;
    -- An enumeration has labels in use, and one that no row has.
    FOR t IN SELECT r.name, c.name AS col, e.enumlabel FROM corpus.tables() r, corpus.columns(r.rel) c
            JOIN pg_enum e ON e.enumtypid = c.type AND e.enumsortorder = 2 LOOP
        EXECUTE format('UPDATE %s SET %I = %L WHERE id %% 2 = 0', t.name, t.col, t.enumlabel);
    END LOOP;
END $$;

CREATE FUNCTION corpus.insert_of(rel oid, only_not_null boolean) RETURNS text
LANGUAGE sql BEGIN ATOMIC
    SELECT format('INSERT INTO %s (%s) VALUES (%s)', rel::regclass, string_agg(quote_ident(c.name), ', '),
        string_agg(corpus.value(c.type, NULL), ', '))
    FROM corpus.columns(rel) c WHERE c.required AND (c.not_null OR NOT only_not_null);
END;

-- The queries of a client, with values as they are in the data.  Its INSERT names the columns that have no
-- default; rare: one that also leaves out what may be null.  An upsert needs its unique key.
CREATE FUNCTION corpus.client_queries() RETURNS TABLE (query text, rare boolean) LANGUAGE plpgsql AS $$
DECLARE
    t record;
    c record;
    ins text;
    value text;
BEGIN
    FOR t IN SELECT * FROM corpus.tables() LOOP
        RETURN QUERY SELECT format('SELECT %s FROM %s LIMIT 1', string_agg(quote_ident(a.name), ', '), t.name), false
            FROM corpus.columns(t.rel) a;
        ins := corpus.insert_of(t.rel, false);
        RETURN QUERY SELECT ins, false UNION SELECT corpus.insert_of(t.rel, true), true WHERE corpus.insert_of(t.rel, true) <> ins;
        RETURN QUERY SELECT format('%s ON CONFLICT (%s) DO NOTHING', ins,
                (SELECT string_agg(quote_ident(a.attname), ', ') FROM pg_attribute a WHERE a.attrelid = i.indexrelid)), false
            FROM pg_index i WHERE i.indrelid = t.rel AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL;
        FOR c IN SELECT * FROM corpus.columns(t.rel) LOOP
            FOR value IN EXECUTE format('SELECT %2$I::text FROM %1$s GROUP BY %2$I ORDER BY %2$I LIMIT 2', t.name, c.name) LOOP
                RETURN QUERY SELECT format('UPDATE %1$s SET %2$I = %3$L WHERE %2$I = %3$L', t.name, c.name, value), false;
            END LOOP;
        END LOOP;
    END LOOP;
END $$;

-- Does it work?  Leaves nothing behind.
CREATE FUNCTION corpus.works(query text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        EXECUTE query;
        RAISE SQLSTATE 'CP001';
    EXCEPTION
        WHEN SQLSTATE 'CP001' THEN RETURN true;
        WHEN OTHERS THEN RETURN false;
    END;
END $$;

CREATE UNLOGGED TABLE corpus.relation (rel oid, name text, kind "char", file oid, of_table oid, rows bigint, read bigint);
CREATE UNLOGGED TABLE corpus.attribute (rel oid, num smallint, name name);
CREATE UNLOGGED TABLE corpus.client (id serial, query text, rare boolean);

CREATE FUNCTION corpus.read_so_far(rel oid) RETURNS bigint
LANGUAGE sql BEGIN ATOMIC
    SELECT coalesce((SELECT coalesce(s.seq_tup_read, 0) + coalesce(s.idx_tup_fetch, 0)
        FROM pg_stat_xact_user_tables s WHERE s.relid = rel), 0);
END;

CREATE PROCEDURE corpus.remember() LANGUAGE plpgsql AS $$
DECLARE
    known oid;
    n bigint;
BEGIN
    DELETE FROM corpus.attribute;
    INSERT INTO corpus.attribute
        SELECT attrelid, attnum, attname FROM pg_attribute a JOIN corpus.relation r ON r.rel = a.attrelid
        WHERE attnum > 0 AND NOT attisdropped AND r.kind IN ('r', 'm', 'p');
    UPDATE corpus.relation r SET file = pg_relation_filenode(r.rel) WHERE EXISTS (SELECT FROM pg_class WHERE oid = r.rel);
    DELETE FROM corpus.relation r WHERE NOT EXISTS (SELECT FROM pg_class WHERE oid = r.rel);
    INSERT INTO corpus.relation (rel, name, kind, of_table, file, rows)
        SELECT i.indexrelid, i.indexrelid::regclass, 'i', i.indrelid, pg_relation_filenode(i.indexrelid), 0
        FROM pg_index i JOIN corpus.relation t ON t.rel = i.indrelid
        WHERE NOT EXISTS (SELECT FROM corpus.relation k WHERE k.rel = i.indexrelid);
    FOR known IN SELECT rel FROM corpus.relation WHERE kind IN ('r', 'm', 'p') LOOP
        EXECUTE format('SELECT count(*) FROM %s', known::regclass) INTO n;
        UPDATE corpus.relation SET rows = n WHERE rel = known;
    END LOOP;
    UPDATE corpus.relation SET read = corpus.read_so_far(rel);
END $$;

CREATE FUNCTION corpus.begin() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM corpus.relation;
    DELETE FROM corpus.client;
    INSERT INTO corpus.relation (rel, name, kind, of_table, rows)
        SELECT c.oid, c.oid::regclass, c.relkind, i.indrelid, 0
        FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
        WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'public') AND c.relkind IN ('r', 'm', 'p', 'i');
    INSERT INTO corpus.client (query, rare) SELECT query, rare FROM corpus.client_queries() WHERE corpus.works(query);
    CALL corpus.remember();
    RETURN (SELECT count(*) FROM corpus.client);
END $$;

CREATE FUNCTION corpus.observe() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
    emptied text[] := '{}';
    changed record;
    any_rows boolean;
BEGIN
    CREATE TEMP TABLE IF NOT EXISTS held (rel oid, rank integer, mode text) ON COMMIT DROP;
    DELETE FROM held;
    -- Strong: in conflict with the writes of others.
    INSERT INTO held SELECT DISTINCT ON (l.relation) l.relation, m.rank, l.mode
        FROM pg_locks l JOIN unnest('{ShareLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}'::text[])
            WITH ORDINALITY AS m (mode, rank) USING (mode)
        WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.granted
        ORDER BY l.relation, m.rank DESC;

    FOR changed IN SELECT * FROM corpus.relation WHERE rows > 0 AND file <> coalesce(pg_relation_filenode(rel), 0)
            AND EXISTS (SELECT FROM pg_class WHERE oid = rel) LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', changed.rel::regclass) INTO any_rows;
        IF NOT any_rows THEN emptied := emptied || changed.name; END IF;
    END LOOP;

    SELECT concat_ws('|',
        'lock=' || (SELECT string_agg(t.name || ':' || replace(h.mode, 'Lock', ''), ',' ORDER BY t.name)
            FROM held h JOIN corpus.relation t ON t.rel = h.rel WHERE t.rows > 0),
        'rewrote=' || (SELECT string_agg(t.name, ',' ORDER BY t.name) FROM corpus.relation t
            WHERE t.rows > 0 AND t.file <> pg_relation_filenode(t.rel) AND t.name <> ALL (emptied)),
        'scanned=' || (SELECT string_agg(t.name, ',' ORDER BY t.name) FROM corpus.relation t JOIN held USING (rel)
            WHERE t.rows > 0 AND corpus.read_so_far(t.rel) - t.read >= t.rows),
        'built=' || (SELECT string_agg(c.relname, ',' ORDER BY c.relname)
            FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN corpus.relation t ON t.rel = i.indrelid
            JOIN held h ON h.rel = t.rel
            WHERE t.rows > 0 AND c.relkind = 'i' AND pg_relation_filenode(c.oid) NOT IN (SELECT file FROM corpus.relation WHERE kind = 'i')),
        'lost=' || (SELECT string_agg(lost, ',') FROM (
            SELECT t.name FROM corpus.relation t WHERE t.kind IN ('r', 'm') AND t.rows > 0
                AND NOT EXISTS (SELECT FROM pg_class WHERE oid = t.rel)
            UNION ALL SELECT t.name || '.' || a.name FROM corpus.relation t JOIN corpus.attribute a USING (rel)
                JOIN pg_attribute n ON n.attrelid = t.rel AND n.attnum = a.num AND n.attisdropped WHERE t.rows > 0
            UNION ALL SELECT 'the rows of ' || e FROM unnest(emptied) e) l (lost)),
        'broke=' || (SELECT string_agg(CASE WHEN rare THEN 'r' ELSE '' END || id, ',' ORDER BY id) FROM corpus.client
            WHERE NOT corpus.works(query)))
    INTO result;
    CALL corpus.remember();
    RETURN result;
END $$;
