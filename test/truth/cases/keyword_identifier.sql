-- A reserved word must be quoted wherever it is used.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: a table
CREATE TABLE "user" (id bigint PRIMARY KEY);
-- fires: a column
ALTER TABLE orders ADD COLUMN "default" text;
-- near miss: words that are not reserved
CREATE TABLE invoices (id bigint PRIMARY KEY, name text, type text, value text);
