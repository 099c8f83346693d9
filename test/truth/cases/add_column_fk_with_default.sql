-- With a default the new column is not null in any row, so each row is looked up in the referenced table while
-- nobody can read or write this one.
-- fires: a default beside REFERENCES
ALTER TABLE orders ADD COLUMN task_id integer DEFAULT 1 REFERENCES tasks;
-- near miss: without a default no row refers to anything
ALTER TABLE orders ADD COLUMN task_id integer REFERENCES tasks;
-- near miss: the foreign key is added NOT VALID
ALTER TABLE orders ADD COLUMN task_id integer DEFAULT 1;
ALTER TABLE orders ADD CONSTRAINT orders_task_fkey FOREIGN KEY (task_id) REFERENCES tasks NOT VALID;
-- near miss: an empty table
ALTER TABLE empty_queue ADD COLUMN task_id integer DEFAULT 1 REFERENCES tasks;
