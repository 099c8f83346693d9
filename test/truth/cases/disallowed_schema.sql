-- Schemas in which nothing may be made.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- argument: public
-- fires: by name
CREATE TABLE public.invoices (id bigint PRIMARY KEY);
-- fires: by search_path
SET search_path = public;
CREATE TABLE invoices (id bigint PRIMARY KEY);
-- near miss: elsewhere
CREATE SCHEMA billing;
CREATE TABLE billing.invoices (id bigint PRIMARY KEY);
