-- REPACK copies the table while nobody can read or write it.
-- majors: 19-
-- fires: a table
REPACK orders;
-- fires: in the order of an index
REPACK orders USING INDEX orders_customer_id_idx;
-- near miss: concurrently
REPACK (CONCURRENTLY) orders;
-- near miss: an empty table
REPACK empty_queue;
