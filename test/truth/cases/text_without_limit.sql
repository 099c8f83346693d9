-- Without a limit one request can store a gigabyte in a value.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: text
CREATE TABLE invoices (id bigint PRIMARY KEY, note text);
-- fires: varchar without n
ALTER TABLE orders ADD COLUMN remark varchar;
-- near miss: a CHECK on its length
CREATE TABLE invoices (id bigint PRIMARY KEY, note text CHECK (char_length(note) <= 1000));
-- near miss: a table constraint
CREATE TABLE invoices (id bigint PRIMARY KEY, note text, CONSTRAINT short CHECK (octet_length(note) < 4000));
-- near miss: varchar(n)
ALTER TABLE orders ADD COLUMN remark varchar(100);
