-- A limit in the type is harder to change than a CHECK, and costs the same.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: varchar(n)
CREATE TABLE invoices (id bigint PRIMARY KEY, code varchar(20));
-- fires: through a domain
CREATE DOMAIN short AS varchar(10);
CREATE TABLE invoices (id bigint PRIMARY KEY, code short);
-- near miss: varchar without a limit
CREATE TABLE invoices (id bigint PRIMARY KEY, code varchar);
-- near miss: text with a CHECK
CREATE TABLE invoices (id bigint PRIMARY KEY, code text CHECK (length(code) <= 20));
