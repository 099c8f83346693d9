-- One DELETE of a parent changes or removes rows of other tables.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: CASCADE
CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers ON DELETE CASCADE);
-- fires: SET NULL on a table that is there
ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey, ADD CONSTRAINT to_customer FOREIGN KEY (customer_id) REFERENCES customers ON DELETE SET NULL NOT VALID;
-- near miss: RESTRICT
CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers ON DELETE RESTRICT);
-- near miss: NO ACTION
CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers );
