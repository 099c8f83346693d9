-- An unlogged table is empty after a crash, and on every replica.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: made so
CREATE UNLOGGED TABLE invoices (id bigint PRIMARY KEY);
-- fires: changed to it
ALTER TABLE empty_queue SET UNLOGGED;
-- near miss: an ordinary one
CREATE TABLE invoices (id bigint PRIMARY KEY);
-- near miss: temporary
CREATE TEMP TABLE invoices (id bigint PRIMARY KEY);
