-- What money means depends on lc_monetary.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: money
CREATE TABLE invoices (id bigint PRIMARY KEY, total money);
-- fires: through a domain
CREATE DOMAIN price AS money;
CREATE TABLE invoices (id bigint PRIMARY KEY, total price);
-- near miss: numeric
CREATE TABLE invoices (id bigint PRIMARY KEY, total numeric(12,2));
-- near miss: a column of that name
CREATE TABLE invoices (id bigint PRIMARY KEY, money numeric(12,2));
