-- Each foreign key locks the table that it refers to against writes, and keeps that lock until the end: the first one is held
-- while the second is waited for. The default policy logs it.
-- setup
CREATE TABLE shipments (id bigint PRIMARY KEY, order_id bigint, task_id int);
CREATE TABLE carriers (id bigint PRIMARY KEY);
-- fires: two referenced tables in use
BEGIN;
ALTER TABLE shipments ADD CONSTRAINT shipments_order FOREIGN KEY (order_id) REFERENCES orders NOT VALID;
ALTER TABLE shipments ADD CONSTRAINT shipments_task FOREIGN KEY (task_id) REFERENCES tasks NOT VALID;
COMMIT;
-- near miss: one transaction each
ALTER TABLE shipments ADD CONSTRAINT shipments_order FOREIGN KEY (order_id) REFERENCES orders NOT VALID;
ALTER TABLE shipments ADD CONSTRAINT shipments_task FOREIGN KEY (task_id) REFERENCES tasks NOT VALID;
-- near miss: the other referenced table is empty
BEGIN;
ALTER TABLE shipments ADD CONSTRAINT shipments_order FOREIGN KEY (order_id) REFERENCES orders NOT VALID;
ALTER TABLE shipments ADD COLUMN carrier_id bigint REFERENCES carriers;
COMMIT;
-- near miss: both refer to the same table
BEGIN;
ALTER TABLE shipments ADD CONSTRAINT shipments_order FOREIGN KEY (order_id) REFERENCES orders NOT VALID;
ALTER TABLE shipments ADD CONSTRAINT shipments_first FOREIGN KEY (id) REFERENCES orders NOT VALID;
COMMIT;
