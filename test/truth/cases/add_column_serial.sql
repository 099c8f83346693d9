-- serial means a default of nextval(), which is volatile: every row gets its own number, so the whole table is
-- written anew while nobody can read or write it.
-- fires: a second number for each order
ALTER TABLE orders ADD COLUMN invoice_number serial;
-- fires: bigserial is the same
ALTER TABLE tasks ADD COLUMN seq bigserial;
-- near miss: a nullable column and a sequence of its own
SET ROLE shop_owner;
ALTER TABLE orders ADD COLUMN invoice_number integer;
CREATE SEQUENCE orders_invoice_number_seq OWNED BY orders.invoice_number;
ALTER TABLE orders ALTER COLUMN invoice_number SET DEFAULT nextval('orders_invoice_number_seq');
-- near miss: an empty table
ALTER TABLE empty_queue ADD COLUMN seq serial;
