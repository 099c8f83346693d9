-- Without a key, rows cannot be told apart by replication and tools. What counts is what is there when the
-- transaction ends.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: none
CREATE TABLE invoices (id bigint);
-- fires: dropped
ALTER TABLE tasks DROP CONSTRAINT tasks_pkey;
-- fires: CREATE TABLE AS
CREATE TABLE invoices AS SELECT 1 AS id;
-- near miss: with the table
CREATE TABLE invoices (id bigint PRIMARY KEY);
-- near miss: later in the transaction
BEGIN;
CREATE TABLE invoices (id bigint);
ALTER TABLE invoices ADD PRIMARY KEY (id);
COMMIT;
-- near miss: a partition has its parent's
CREATE TABLE events_2027 PARTITION OF events FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
-- near miss: temporary
CREATE TEMP TABLE invoices (id bigint);
-- near miss: gone again
BEGIN;
CREATE TABLE invoices (id bigint);
DROP TABLE invoices;
COMMIT;
