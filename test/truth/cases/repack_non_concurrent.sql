-- REPACK writes the table and its indexes anew, like VACUUM FULL and CLUSTER, while nobody can read it. REPACK
-- (CONCURRENTLY) works beside readers and writers, and stops them only to swap the files at its end.
-- majors: 19-
-- fires: the whole table is copied
REPACK orders;
-- fires: in the order of an index
REPACK orders USING INDEX orders_customer_id_idx;
-- fires: every partition
-- unobservable: the parent's lock is given back before the first partition is written
REPACK events;
-- near miss: CONCURRENTLY
REPACK (CONCURRENTLY) orders;
-- near miss: an empty table
REPACK empty_queue;
-- near miss: a small one
CREATE TABLE little AS SELECT 1 AS id;
ANALYZE little;
REPACK little;
