-- Every foreign key, client and index copies the type of a key.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- argument: bigint, uuid
-- fires: a text key
CREATE TABLE invoices (id text PRIMARY KEY);
-- near miss: a bigint key; other columns do not count
CREATE TABLE invoices (id bigint PRIMARY KEY, note text);
