-- lock_timeout bounds the wait for a lock, but not the work under it.
-- fires: a scan under ACCESS EXCLUSIVE
SET lock_timeout = '2s';
ALTER TABLE orders ADD CONSTRAINT orders_amount_positive CHECK (amount >= 0);
-- near miss: statement_timeout is set
SET statement_timeout = '1min';
ALTER TABLE orders ADD CONSTRAINT orders_amount_positive CHECK (amount >= 0);
-- near miss: metadata alone
ALTER TABLE orders ADD COLUMN phone text;
-- near miss: VALIDATE stops nobody, and would have to begin anew
ALTER TABLE orders ADD CONSTRAINT orders_amount_positive CHECK (amount >= 0) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_amount_positive;
-- near miss: transaction_timeout is set
-- majors: 17-
SET transaction_timeout = '1min';
ALTER TABLE orders ADD CONSTRAINT orders_amount_positive CHECK (amount >= 0);
