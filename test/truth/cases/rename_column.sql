-- The database changes its name in an instant, the application does not: until every process runs the new release, one
-- of the two fails.
-- fires: a column that code names
ALTER TABLE customers RENAME COLUMN name TO full_name;
-- fires: a column of a view
ALTER VIEW open_orders RENAME COLUMN id TO order_id;
-- near miss: a column added in the same transaction
BEGIN;
ALTER TABLE customers ADD COLUMN phone text;
ALTER TABLE customers RENAME COLUMN phone TO phone_number;
COMMIT;
-- near miss: an empty table that nothing has used yet
ALTER TABLE empty_queue RENAME COLUMN payload TO body;
