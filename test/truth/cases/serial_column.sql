-- serial makes a sequence with an owner, rights and a default of its own beside the column; identity is part of it.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: bigserial
CREATE TABLE invoices (id bigserial PRIMARY KEY);
-- fires: added to a table
ALTER TABLE empty_queue ADD COLUMN number serial;
-- near miss: identity
CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
-- near miss: a type of that name in another schema
CREATE DOMAIN public.number AS bigint;
CREATE TABLE invoices (id public.number PRIMARY KEY);
