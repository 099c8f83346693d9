-- Sort order and equality follow the collation, and indexes break when its library changes.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- argument: C, default
-- fires: another one
CREATE TABLE invoices (id bigint PRIMARY KEY, name text COLLATE "POSIX");
-- near miss: an allowed one
CREATE TABLE invoices (id bigint PRIMARY KEY, name text COLLATE "C");
-- near miss: the default
CREATE TABLE invoices (id bigint PRIMARY KEY, name text);
