-- A key of four bytes ends at 2,147,483,647; every table that references it has to be widened with it.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: an integer key
CREATE TABLE invoices (id integer PRIMARY KEY);
-- fires: a serial key, named later in the list
CREATE TABLE invoices (id serial, total numeric(12,2), PRIMARY KEY (id));
-- fires: an integer column that references a bigint
CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id integer REFERENCES customers);
-- fires: a key made of a column that is there
ALTER TABLE tasks DROP CONSTRAINT tasks_pkey, ADD PRIMARY KEY (id);
-- near miss: a bigint key
CREATE TABLE invoices (id bigint PRIMARY KEY, quantity integer);
-- near miss: the other side dictates the type
CREATE TABLE invoices (id bigint PRIMARY KEY, task_id integer REFERENCES tasks);
-- near miss: temporary
CREATE TEMP TABLE invoices (id integer PRIMARY KEY);
