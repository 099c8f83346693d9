-- The rows stay, but a CHECK is read again.
-- rule: alter_column_type_check_rescan
-- setup
ALTER TABLE order_items ADD CONSTRAINT "sku is there" CHECK (sku <> ''), ADD CHECK (length(sku) < 100 OR price > 0);
COMMENT ON CONSTRAINT "sku is there" ON order_items IS 'why';
-- fires: a longer varchar
ALTER TABLE order_items ALTER COLUMN sku TYPE varchar(80);
-- fires: one of the CHECKs is dropped
ALTER TABLE order_items ALTER COLUMN sku TYPE varchar(80), DROP CONSTRAINT "sku is there";
