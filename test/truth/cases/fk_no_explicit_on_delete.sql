-- Whoever reads the definition cannot tell whether NO ACTION is meant.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: nothing said
CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers );
-- fires: ON UPDATE alone
CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id bigint, CONSTRAINT c FOREIGN KEY (customer_id) REFERENCES customers ON UPDATE CASCADE);
-- near miss: NO ACTION said
CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers ON DELETE NO ACTION);
-- near miss: CASCADE
CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers ON DELETE CASCADE);
