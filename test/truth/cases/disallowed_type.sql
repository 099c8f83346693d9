-- The types that are allowed here; enum, array, composite and range stand for all of their kind.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- argument: bigint, integer, text, enum
-- fires: a type that is not in the list
CREATE TABLE invoices (id bigint PRIMARY KEY, address inet);
-- fires: an array of an allowed type
CREATE TABLE invoices (id bigint PRIMARY KEY, tags text[]);
-- near miss: allowed ones, by other names
CREATE TABLE invoices (id int8 PRIMARY KEY, note text, rank int);
-- near miss: an enum
CREATE TABLE invoices (id bigint PRIMARY KEY, priority order_priority);
