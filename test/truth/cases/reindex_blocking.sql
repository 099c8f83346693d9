-- A plain REINDEX keeps writers of the table waiting, and readers that use the index.
-- fires: an index
REINDEX INDEX orders_customer_id_idx;
-- fires: all indexes of a table
REINDEX TABLE orders;
-- fires: the indexes of all partitions
REINDEX TABLE events;
-- fires: every table of a schema
REINDEX SCHEMA public;
-- near miss: concurrently
REINDEX INDEX CONCURRENTLY orders_customer_id_idx;
-- near miss: a table concurrently
REINDEX TABLE CONCURRENTLY orders;
-- near miss: an empty table
REINDEX TABLE empty_queue;
