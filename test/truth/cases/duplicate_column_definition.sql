-- The second definition costs every write, and serves nothing.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- setup
ALTER TABLE empty_queue ADD COLUMN IF NOT EXISTS id bigint;
-- fires: a column twice in an index
CREATE INDEX queue_twice ON empty_queue (id, id);
-- fires: a CHECK twice
CREATE TABLE invoices (id bigint PRIMARY KEY, total int CONSTRAINT a CHECK (total > 0), CONSTRAINT b CHECK (total > 0));
-- fires: a foreign key that is there already
ALTER TABLE orders ADD CONSTRAINT again FOREIGN KEY (customer_id) REFERENCES customers NOT VALID;
-- near miss: different ones
CREATE TABLE invoices (id bigint PRIMARY KEY, total int CONSTRAINT a CHECK (total > 0), CONSTRAINT b CHECK (total > 1));
-- near miss: UNIQUE and PRIMARY KEY become one index
CREATE TABLE invoices (id bigint UNIQUE PRIMARY KEY);
