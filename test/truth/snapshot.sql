-- The relations of the database, as lines that begin with =R: oid, name, kind, file, bytes, tablespace, table
-- (of an index or a column's sequence), never seen by VACUUM or ANALYZE, tuples read, deleted and updated so far by sequential scans of this session and before.
-- PG_STAT functions of the transaction count what has not been reported yet.
SELECT '=R', c.oid, n.nspname || '.' || c.relname, c.relkind, coalesce(pg_relation_filenode(c.oid), 0),
       CASE WHEN c.relkind IN ('r', 'm', 'i') THEN pg_relation_size(c.oid) ELSE 0 END, c.reltablespace, coalesce(i.indrelid, s.refobjid, 0), c.reltuples < 0,
       pg_stat_get_tuples_returned(c.oid) + pg_stat_get_xact_tuples_returned(c.oid),
       pg_stat_get_tuples_deleted(c.oid) + pg_stat_get_xact_tuples_deleted(c.oid),
       pg_stat_get_tuples_updated(c.oid) + pg_stat_get_xact_tuples_updated(c.oid)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_index i ON i.indexrelid = c.oid
       LEFT JOIN pg_depend s ON c.relkind = 'S' AND s.classid = 'pg_class'::regclass AND s.objid = c.oid AND s.deptype IN ('a', 'i')
 WHERE c.oid >= 16384 AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'ddlguard') AND c.relkind <> 'c';
