-- Without a schema, search_path decides where it goes.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: a table
CREATE TABLE invoices (id bigint PRIMARY KEY);
-- fires: an enum
CREATE TYPE color AS ENUM ('red');
-- near miss: with its schema
CREATE TABLE public.invoices (id bigint PRIMARY KEY);
-- near miss: temporary
CREATE TEMP TABLE invoices (id bigint PRIMARY KEY);
-- near miss: an existing table is found, not put
ALTER TABLE orders ADD COLUMN extra jsonb;
