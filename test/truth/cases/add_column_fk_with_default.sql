-- With a default the new column is not null in any row, so each row is looked up in the referenced table while
-- nobody can read or write this one.
-- fires: a default beside REFERENCES
ALTER TABLE orders ADD COLUMN task_id integer DEFAULT 1 REFERENCES tasks;
-- fires: a default that is null
ALTER TABLE orders ADD COLUMN task_id integer DEFAULT NULL REFERENCES tasks;
-- fires: a generated column
ALTER TABLE orders ADD COLUMN task_id integer GENERATED ALWAYS AS (7) STORED REFERENCES tasks;
-- near miss: another column of the statement has a default
ALTER TABLE orders ADD COLUMN task_id integer REFERENCES tasks, ADD COLUMN flag boolean NOT NULL DEFAULT false;
-- near miss: the other column comes first
ALTER TABLE orders ADD COLUMN flag boolean NOT NULL DEFAULT false, ADD COLUMN task_id integer REFERENCES tasks;
-- near miss: another foreign key of the statement is checked
ALTER TABLE orders ADD COLUMN task_id integer REFERENCES tasks, ADD FOREIGN KEY (customer_id) REFERENCES customers;
-- near miss: an identity column is not looked up
ALTER TABLE orders ADD COLUMN task_id integer GENERATED ALWAYS AS IDENTITY (MAXVALUE 900 CYCLE) REFERENCES tasks;
-- near miss: without a default no row refers to anything
ALTER TABLE orders ADD COLUMN task_id integer REFERENCES tasks;
-- near miss: the foreign key is added NOT VALID
ALTER TABLE orders ADD COLUMN task_id integer DEFAULT 1;
ALTER TABLE orders ADD CONSTRAINT orders_task_fkey FOREIGN KEY (task_id) REFERENCES tasks NOT VALID;
-- near miss: an empty table
ALTER TABLE empty_queue ADD COLUMN task_id integer DEFAULT 1 REFERENCES tasks;
