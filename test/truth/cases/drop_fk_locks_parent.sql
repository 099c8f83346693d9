-- A foreign key has triggers on both tables, so dropping it locks the referenced table ACCESS EXCLUSIVE as well. The
-- default policy logs it.
-- setup
CREATE TABLE carriers (id bigint PRIMARY KEY);
ALTER TABLE orders ADD COLUMN carrier_id bigint REFERENCES carriers;
-- fires: customers are locked, too
ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey;
-- fires: with the column
ALTER TABLE orders DROP COLUMN customer_id CASCADE;
-- near miss: the referenced table is empty
ALTER TABLE orders DROP CONSTRAINT orders_carrier_id_fkey;
