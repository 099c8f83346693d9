-- Two bytes seldom save space, since columns are aligned.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: a smallint column
CREATE TABLE invoices (id bigint PRIMARY KEY, rating smallint);
-- fires: an existing column narrowed
ALTER TABLE empty_queue ADD COLUMN rating int2;
-- near miss: integer
CREATE TABLE invoices (id bigint PRIMARY KEY, rating integer);
