-- A timestamp without time zone names no instant.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: timestamp
CREATE TABLE invoices (id bigint PRIMARY KEY, paid_at timestamp);
-- fires: in an array
ALTER TABLE orders ADD COLUMN visits timestamp[];
-- near miss: timestamptz
CREATE TABLE invoices (id bigint PRIMARY KEY, paid_at timestamptz);
-- near miss: date
CREATE TABLE invoices (id bigint PRIMARY KEY, paid_on date);
