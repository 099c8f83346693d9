-- Foreign keys tie two tables to one database, and lock rows of the other at every write.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: in a new table
CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers );
-- fires: on a table that is there
ALTER TABLE empty_queue ADD COLUMN task_id integer REFERENCES tasks;
-- near miss: a column without one
CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id bigint);
