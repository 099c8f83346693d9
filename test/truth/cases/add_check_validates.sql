-- Every existing row is checked while nobody can read or write the table.
-- fires: on a populated table
ALTER TABLE orders ADD CONSTRAINT amount_positive CHECK (amount > 0);
-- fires: on every partition
ALTER TABLE events ADD CONSTRAINT kind_known CHECK (kind IN ('click', 'view', 'import'));
-- near miss: NOT VALID looks at no row
ALTER TABLE orders ADD CONSTRAINT amount_positive CHECK (amount > 0) NOT VALID;
-- near miss: validated afterwards, readers and writers go on
ALTER TABLE orders ADD CONSTRAINT amount_positive CHECK (amount > 0) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT amount_positive;
-- near miss: on an empty table
ALTER TABLE empty_queue ADD CHECK (payload IS NOT NULL);
-- near miss: on a new table
BEGIN;
CREATE TABLE refunds AS SELECT id, amount FROM orders;
ALTER TABLE refunds ADD CHECK (amount > 0);
COMMIT;
