-- Without a proof every row is read while nobody can read or write the table. A validated CHECK that says the
-- same is such a proof.
-- setup
UPDATE customers SET notes = '' WHERE notes IS NULL;
ALTER TABLE orders ADD CONSTRAINT note_given CHECK (note IS NOT NULL);
ALTER TABLE orders ADD CONSTRAINT quantity_given CHECK (quantity IS NOT NULL) NOT VALID;
-- fires: without a proof
ALTER TABLE customers ALTER COLUMN notes SET NOT NULL;
-- fires: a CHECK that was not validated proves nothing
ALTER TABLE orders ALTER COLUMN quantity SET NOT NULL;
-- fires: on every partition
ALTER TABLE events ALTER COLUMN kind SET NOT NULL;
-- near miss: proven by a validated CHECK
ALTER TABLE orders ALTER COLUMN note SET NOT NULL;
-- near miss: validated first
ALTER TABLE orders VALIDATE CONSTRAINT quantity_given;
ALTER TABLE orders ALTER COLUMN quantity SET NOT NULL;
-- near miss: it is NOT NULL already
ALTER TABLE orders ALTER COLUMN status SET NOT NULL;
-- near miss: an empty table
ALTER TABLE empty_queue ALTER COLUMN payload SET NOT NULL;
