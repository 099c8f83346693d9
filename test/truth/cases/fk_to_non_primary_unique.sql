-- A foreign key to another unique key than the primary key ties both tables to a key that changes more easily.
-- fires: to a unique column
CREATE TABLE letters (id bigint PRIMARY KEY, email text REFERENCES customers (email));
-- near miss: to the primary key by its name
CREATE TABLE letters (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers (id));
-- near miss: to the primary key
CREATE TABLE letters (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers);
