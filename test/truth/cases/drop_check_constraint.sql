-- Rows that the constraint kept out can appear from now on. The default policy logs it.
-- setup
ALTER TABLE orders ADD CONSTRAINT orders_amount_positive CHECK (amount >= 0);
ALTER TABLE tasks ADD CONSTRAINT tasks_id_there CHECK (id IS NOT NULL);
ALTER TABLE customers ADD CONSTRAINT email_there CHECK (email IS NOT NULL);
-- fires: a rule of the data goes
ALTER TABLE orders DROP CONSTRAINT orders_amount_positive;
-- fires: NOT NULL, which says the same, goes too
ALTER TABLE customers DROP CONSTRAINT email_there, ALTER COLUMN email DROP NOT NULL;
-- fires: the constraint NOT NULL, which says the same, goes too
-- majors: 18-
ALTER TABLE customers DROP CONSTRAINT email_there, DROP CONSTRAINT customers_email_not_null;
-- near miss: NOT NULL of another column goes
-- unobservable: NOT NULL says the same
ALTER TABLE customers DROP CONSTRAINT email_there, ALTER COLUMN name DROP NOT NULL;
-- near miss: the helper of SET NOT NULL, which says the same
-- unobservable: NOT NULL says the same
ALTER TABLE tasks DROP CONSTRAINT tasks_id_there;
-- near miss: a constraint made in the same transaction
BEGIN;
ALTER TABLE orders ADD CONSTRAINT orders_quantity CHECK (quantity > 0) NOT VALID;
ALTER TABLE orders DROP CONSTRAINT orders_quantity;
COMMIT;
