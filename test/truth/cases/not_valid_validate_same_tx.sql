-- NOT VALID needs its strong lock for an instant, VALIDATE a weak one for long. In one transaction the strong lock is
-- held for the whole scan, and nothing is gained.
-- setup
CREATE TABLE imports AS SELECT * FROM orders LIMIT 0;
-- fires: the lock of the first statement is held while the second one reads
BEGIN;
ALTER TABLE orders ADD CONSTRAINT orders_amount_positive CHECK (amount >= 0) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_amount_positive;
COMMIT;
-- fires: both in one statement
ALTER TABLE orders ADD CONSTRAINT orders_amount_positive CHECK (amount >= 0) NOT VALID, VALIDATE CONSTRAINT orders_amount_positive;
-- near miss: two transactions
ALTER TABLE orders ADD CONSTRAINT orders_amount_positive CHECK (amount >= 0) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_amount_positive;
-- near miss: an empty table
BEGIN;
ALTER TABLE imports ADD CONSTRAINT imports_amount_positive CHECK (amount >= 0) NOT VALID;
ALTER TABLE imports VALIDATE CONSTRAINT imports_amount_positive;
COMMIT;
