-- A publication that stops to carry a table tells no subscriber: their copy just stays as it is.
-- unobservable: what is missing is at the subscriber
-- setup
CREATE PUBLICATION shop FOR TABLE orders, customers;
SELECT pg_create_logical_replication_slot(current_database() || '_slot', 'pgoutput');
-- fires: a table is taken out
ALTER PUBLICATION shop DROP TABLE orders;
-- fires: the new list has it no more
ALTER PUBLICATION shop SET TABLE customers;
-- fires: fewer columns
ALTER PUBLICATION shop SET TABLE orders (id, customer_id), customers;
-- fires: fewer actions
ALTER PUBLICATION shop SET (publish = 'insert');
-- fires: the publication goes
DROP PUBLICATION shop;
-- near miss: a table more
ALTER PUBLICATION shop ADD TABLE tasks;
-- near miss: the same and more
ALTER PUBLICATION shop SET TABLE tasks, customers, orders;
-- near miss: nobody has received it
CREATE PUBLICATION other FOR TABLE tasks;
ALTER PUBLICATION other OWNER TO CURRENT_USER;
