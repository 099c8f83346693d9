-- A foreign key that is checked at every statement dictates the order of writes.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: the default
CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers );
-- near miss: DEFERRABLE
CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers DEFERRABLE);
-- near miss: as a table constraint
CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id bigint, FOREIGN KEY (customer_id) REFERENCES customers DEFERRABLE INITIALLY DEFERRED);
