-- jsonb does what hstore does, without an extension.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- setup
CREATE EXTENSION hstore;
-- fires: hstore
CREATE TABLE invoices (id bigint PRIMARY KEY, extra hstore);
-- near miss: jsonb
CREATE TABLE invoices (id bigint PRIMARY KEY, extra jsonb);
-- near miss: a domain that is called so
CREATE SCHEMA own;
CREATE DOMAIN own.hstore AS text;
CREATE TABLE invoices (id bigint PRIMARY KEY, extra own.hstore);
