-- ADD FOREIGN KEY looks up every existing row in the referenced table, and keeps writers of both tables
-- waiting meanwhile.
-- fires: added to a populated table
ALTER TABLE orders ADD CONSTRAINT orders_task_fkey FOREIGN KEY (quantity) REFERENCES tasks;
-- near miss: NOT VALID looks at no row
ALTER TABLE orders ADD CONSTRAINT orders_task_fkey FOREIGN KEY (quantity) REFERENCES tasks NOT VALID;
-- near miss: validated afterwards in a transaction of its own, writers go on
ALTER TABLE orders ADD CONSTRAINT orders_task_fkey FOREIGN KEY (quantity) REFERENCES tasks NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_task_fkey;
-- near miss: the referencing table is new
CREATE TABLE refunds (id bigint PRIMARY KEY, order_id bigint NOT NULL);
ALTER TABLE refunds ADD FOREIGN KEY (order_id) REFERENCES orders;
-- near miss: an empty table
ALTER TABLE empty_queue ADD CONSTRAINT empty_queue_task_fkey FOREIGN KEY (id) REFERENCES customers;
