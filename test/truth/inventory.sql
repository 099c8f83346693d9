-- What could get lost, and how relations hang together: columns, constraints, rows, inheritance, views.
SELECT '=C', a.attrelid, a.attnum, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
 WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relnamespace <> 'pg_toast'::regnamespace
   AND a.attnum > 0 AND NOT a.attisdropped;
SELECT '=K', conrelid, conname, contype FROM pg_constraint WHERE conrelid >= 16384 AND contype <> 'n';
SELECT DISTINCT '=T', a.attrelid, n.nspname || '.' || t.typname
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_namespace n ON n.oid = t.typnamespace
 WHERE a.attrelid >= 16384 AND t.oid >= 16384 AND NOT a.attisdropped;
SELECT '=I', inhrelid, inhparent FROM pg_inherits;
SELECT DISTINCT '=D', r.ev_class, d.refobjid FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
 WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class;
SELECT format('SELECT ''=N'', %s, count(*) FROM ONLY %s', oid, oid::regclass) FROM pg_class
 WHERE oid >= 16384 AND relkind IN ('r', 'm') AND relpersistence <> 't' AND relispopulated
   AND relnamespace NOT IN ('ddlguard'::regnamespace, 'pg_toast'::regnamespace)
\gexec
