-- A value cannot be taken out of an enum.  Tools make a new type without it and convert the column, which
-- fails for rows that have the value, and then for every client that sends it.
-- setup
ALTER TABLE orders ADD COLUMN priority order_priority NOT NULL DEFAULT 'low';
ALTER TABLE orders ALTER COLUMN priority DROP DEFAULT;
-- fires: rows have the value that is missing in the new type
CREATE TYPE order_priority_new AS ENUM ('normal', 'high');
ALTER TABLE orders ALTER COLUMN priority TYPE order_priority_new USING priority::text::order_priority_new;
-- near miss: the value is left in the type
ALTER TYPE order_priority ADD VALUE 'urgent';
-- near miss: a column of a table that the transaction made
BEGIN;
CREATE TYPE order_priority_new AS ENUM ('normal', 'high');
CREATE TABLE returns (id bigint PRIMARY KEY, priority order_priority);
ALTER TABLE returns ALTER COLUMN priority TYPE order_priority_new USING priority::text::order_priority_new;
COMMIT;
