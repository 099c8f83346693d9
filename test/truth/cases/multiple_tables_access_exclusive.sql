-- Two transactions that lock two tables in different order wait for one another until one of them is cancelled; the
-- application locks them in its own order. The default policy logs it.
-- setup
CREATE TABLE imports AS SELECT * FROM orders LIMIT 0;
-- fires: two tables in use
BEGIN;
ALTER TABLE customers ADD COLUMN phone text;
ALTER TABLE tasks ADD COLUMN due date;
COMMIT;
-- near miss: one transaction each
ALTER TABLE customers ADD COLUMN phone text;
ALTER TABLE tasks ADD COLUMN due date;
-- near miss: the same table twice
BEGIN;
ALTER TABLE customers ADD COLUMN phone text;
ALTER TABLE customers ADD COLUMN fax text;
COMMIT;
-- near miss: the second table is empty
BEGIN;
ALTER TABLE customers ADD COLUMN phone text;
ALTER TABLE imports ADD COLUMN batch int;
COMMIT;
-- near miss: the second table is new
BEGIN;
ALTER TABLE customers ADD COLUMN phone text;
CREATE TABLE phones (id bigint PRIMARY KEY, number text);
ALTER TABLE phones ADD COLUMN kind text;
COMMIT;
-- near miss: partitions of one table
BEGIN;
ALTER TABLE events ADD COLUMN source text;
ALTER TABLE events ADD COLUMN session bigint;
COMMIT;
