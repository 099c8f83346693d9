-- A required column without a default must be named by every writer.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: NOT NULL alone
CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, total numeric(12,2) NOT NULL);
-- near miss: with a default
CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, total numeric(12,2) NOT NULL DEFAULT 0);
-- near miss: a reference has no sensible default
CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers);
