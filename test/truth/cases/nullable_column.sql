-- Null is a third value of a boolean, which readers forget.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- argument: boolean
-- setup
CREATE TABLE flags (id bigint PRIMARY KEY, urgent boolean NOT NULL);
-- fires: a boolean without NOT NULL
CREATE TABLE invoices (id bigint PRIMARY KEY, paid boolean);
-- fires: NOT NULL taken away
ALTER TABLE flags ALTER COLUMN urgent DROP NOT NULL;
-- near miss: NOT NULL
CREATE TABLE invoices (id bigint PRIMARY KEY, paid boolean NOT NULL DEFAULT false);
-- near miss: another type
CREATE TABLE invoices (id bigint PRIMARY KEY, note text);
-- near miss: a domain that is NOT NULL
CREATE DOMAIN flag AS boolean NOT NULL;
CREATE TABLE invoices (id bigint PRIMARY KEY, paid flag);
