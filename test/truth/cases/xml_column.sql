-- xml cannot be compared or indexed.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: xml
CREATE TABLE invoices (id bigint PRIMARY KEY, body xml);
-- near miss: text
CREATE TABLE invoices (id bigint PRIMARY KEY, body text);
