-- A new foreign key takes SHARE ROW EXCLUSIVE on the table that it refers to: nobody can write there for that instant, nor
-- while it is waited for. The default policy logs it.
-- setup
CREATE TABLE carriers (id bigint PRIMARY KEY);
-- fires: a new table that refers to orders
CREATE TABLE shipments (id bigint PRIMARY KEY, order_id bigint REFERENCES orders);
-- fires: a new column that refers to tasks
ALTER TABLE orders ADD COLUMN task_id int REFERENCES tasks;
-- near miss: the referenced table is empty
CREATE TABLE trucks (id bigint PRIMARY KEY, carrier_id bigint REFERENCES carriers);
-- near miss: the referenced table is new
BEGIN;
CREATE TABLE countries (code text PRIMARY KEY);
CREATE TABLE cities (name text PRIMARY KEY, country text REFERENCES countries);
COMMIT;
-- near miss: no foreign key
CREATE TABLE shipments (id bigint PRIMARY KEY, order_id bigint);
