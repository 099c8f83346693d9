-- CLUSTER copies the table in the order of an index while nobody can read or write it.
-- setup
ALTER TABLE tasks CLUSTER ON tasks_pkey;
-- fires: by an index
CLUSTER orders USING orders_customer_id_idx;
-- fires: by the index remembered
CLUSTER tasks;
-- fires: every partition
-- unobservable: the parent's lock is given back before the first partition is written
CLUSTER events USING events_pkey;
-- near miss: remembering the index alone
ALTER TABLE orders CLUSTER ON orders_customer_id_idx;
-- near miss: an empty table
CLUSTER empty_queue USING empty_queue_pkey;
