-- a shorter varchar
-- fires: a shorter varchar
ALTER TABLE order_items ALTER COLUMN sku TYPE varchar(20);
