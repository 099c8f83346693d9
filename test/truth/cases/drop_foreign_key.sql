-- Rows without a parent can appear from now on, and adding the foreign key again fails on the first one. The default
-- policy logs it.
-- fires: the only thing that keeps orders and customers together
ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey;
-- near miss: a foreign key made in the same transaction
BEGIN;
ALTER TABLE tasks ADD COLUMN customer_id bigint;
ALTER TABLE tasks ADD CONSTRAINT tasks_customer FOREIGN KEY (customer_id) REFERENCES customers NOT VALID;
ALTER TABLE tasks DROP CONSTRAINT tasks_customer;
COMMIT;
-- near miss: nothing of that name
ALTER TABLE orders DROP CONSTRAINT IF EXISTS orders_seller_fkey;
