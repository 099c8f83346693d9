-- A time with a zone but no date says nothing about daylight saving time.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: timetz
CREATE TABLE invoices (id bigint PRIMARY KEY, opens timetz);
-- near miss: time
CREATE TABLE invoices (id bigint PRIMARY KEY, opens time);
