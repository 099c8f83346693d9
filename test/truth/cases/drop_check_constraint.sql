-- Rows that the constraint kept out can appear from now on. The default policy logs it.
-- setup
ALTER TABLE orders ADD CONSTRAINT orders_amount_positive CHECK (amount >= 0);
ALTER TABLE tasks ADD CONSTRAINT tasks_id_there CHECK (id IS NOT NULL);
-- fires: a rule of the data goes
ALTER TABLE orders DROP CONSTRAINT orders_amount_positive;
-- near miss: the helper of SET NOT NULL, which says the same
-- unobservable: NOT NULL says the same
ALTER TABLE tasks DROP CONSTRAINT tasks_id_there;
-- near miss: a constraint made in the same transaction
BEGIN;
ALTER TABLE orders ADD CONSTRAINT orders_quantity CHECK (quantity > 0) NOT VALID;
ALTER TABLE orders DROP CONSTRAINT orders_quantity;
COMMIT;
