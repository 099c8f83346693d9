-- character(n) pads with blanks, which count in some comparisons and not in others.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: char(2)
CREATE TABLE invoices (id bigint PRIMARY KEY, country char(2));
-- fires: bpchar
CREATE TABLE invoices (id bigint PRIMARY KEY, country bpchar);
-- near miss: the one-byte type "char"
CREATE TABLE invoices (id bigint PRIMARY KEY, kind "char");
-- near miss: text
CREATE TABLE invoices (id bigint PRIMARY KEY, country text);
