-- TRUNCATE of a published table is sent to the subscribers, whose rows go too, even when here are none left.
-- unobservable: the rows go at the subscriber
-- setup
CREATE PUBLICATION shop FOR TABLE tasks, empty_queue;
CREATE PUBLICATION others FOR TABLE order_items WITH (publish = 'insert, update, delete');
SELECT pg_create_logical_replication_slot(current_database() || '_slot', 'pgoutput');
-- fires: a published table
TRUNCATE tasks;
-- fires: empty here, but not there
TRUNCATE empty_queue;
-- near miss: published without truncate
TRUNCATE order_items;
-- near miss: made in the same transaction
BEGIN;
CREATE TABLE scratch (id int PRIMARY KEY);
TRUNCATE scratch;
COMMIT;
