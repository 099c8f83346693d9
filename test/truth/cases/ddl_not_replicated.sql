-- Publications carry rows, not DDL: a row that does not fit the subscriber's table stops its subscription.
-- setup
CREATE PUBLICATION shop FOR TABLE orders;
SELECT pg_create_logical_replication_slot(current_database() || '_slot', 'pgoutput');
-- fires: a new column
ALTER TABLE orders ADD COLUMN phone text;
-- fires: another type
ALTER TABLE orders ALTER COLUMN status TYPE varchar;
-- near miss: the table is not published
ALTER TABLE customers ADD COLUMN phone text;
-- near miss: what subscribers never see
ALTER TABLE orders ALTER COLUMN note SET STATISTICS 500;
-- near miss: a default, which the publisher applies
ALTER TABLE orders ALTER COLUMN note SET DEFAULT '';
