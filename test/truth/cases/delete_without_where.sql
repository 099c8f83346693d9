-- One transaction removes every row: it holds a lock on each of them, leaves the whole table as dead rows to
-- VACUUM and is replayed by replicas as a whole. The default policy logs it.
-- fires: no condition
DELETE FROM order_items;
-- fires: a condition that is always true
DELETE FROM order_items WHERE true;
-- near miss: a condition
-- unobservable: the rows are meant to change
DELETE FROM order_items WHERE id BETWEEN 1 AND 100;
-- near miss: an empty table
DELETE FROM empty_queue;
-- near miss: a table made in the same transaction
BEGIN;
CREATE TABLE staging AS SELECT * FROM order_items;
DELETE FROM staging;
COMMIT;
