-- A table takes its rows, its indexes and the code that still names it along. Empty tables that
-- nothing has used yet may go, since test and shadow databases replay whole histories on them.
-- setup
CREATE TABLE mail_queue (id bigint PRIMARY KEY, body text);
INSERT INTO mail_queue SELECT i, 'hello' FROM generate_series(1, 1000) i;
DELETE FROM mail_queue;
VACUUM mail_queue;
CREATE TABLE couriers (id bigint PRIMARY KEY, name text);
CREATE TABLE parcels (id bigint PRIMARY KEY, courier_id bigint CONSTRAINT parcels_courier REFERENCES couriers);
INSERT INTO couriers SELECT i, 'courier' FROM generate_series(1, 1000) i;
INSERT INTO parcels SELECT i, i FROM generate_series(1, 1000) i;
-- fires: a table with rows
DROP TABLE tasks;
-- fires: one partition and its rows
DROP TABLE events_2025;
-- fires: a queue that is drained just now, but in use
DROP TABLE mail_queue;
-- near miss: an empty table that nothing has used yet
DROP TABLE empty_queue;
-- near miss: a table made in the same transaction
BEGIN;
CREATE TABLE tasks_import AS SELECT * FROM tasks;
DROP TABLE tasks_import;
COMMIT;
-- near miss: a temporary table
CREATE TEMPORARY TABLE import AS SELECT * FROM tasks;
DROP TABLE import;
-- near miss: nothing of that name
DROP TABLE IF EXISTS old_tasks;
-- fires: the table that referenced it went before
DROP TABLE parcels;
DROP TABLE couriers;
-- fires: the foreign key that referenced it went before
ALTER TABLE parcels DROP CONSTRAINT parcels_courier;
DROP TABLE couriers;
