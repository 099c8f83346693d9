-- ON CONFLICT ON CONSTRAINT and code that reads the constraint's name from an error depend on it. The default policy
-- logs it.
-- setup
CREATE PUBLICATION sales FOR TABLE customers;
-- fires: a constraint that ON CONFLICT may name
ALTER TABLE customers RENAME CONSTRAINT customers_pkey TO customers_primary;
-- fires: a publication that subscribers name
-- unobservable: only subscribers name it
ALTER PUBLICATION sales RENAME TO revenue;
-- near miss: an index, which no statement names
ALTER INDEX orders_customer_id_idx RENAME TO orders_by_customer;
-- near miss: a constraint made in the same transaction
BEGIN;
ALTER TABLE orders ADD CONSTRAINT positive CHECK (amount >= 0) NOT VALID;
ALTER TABLE orders RENAME CONSTRAINT positive TO orders_amount_positive;
COMMIT;
