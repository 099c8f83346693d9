-- A foreign key of the table goes with it, and with that its triggers on the referenced table, which is locked
-- ACCESS EXCLUSIVE for it. The default policy logs it.
-- setup
CREATE TABLE shipments (id bigint PRIMARY KEY, order_id bigint REFERENCES orders);
-- fires: orders are locked, too
DROP TABLE shipments;
-- near miss: no foreign key
DROP TABLE empty_queue;
-- near miss: the referenced table is dropped as well
BEGIN;
CREATE TABLE carriers (id bigint PRIMARY KEY);
CREATE TABLE trucks (id bigint PRIMARY KEY, carrier_id bigint REFERENCES carriers);
DROP TABLE trucks, carriers;
COMMIT;
