-- A foreign key over the column is dropped and made again, so the table on its other side is locked ACCESS EXCLUSIVE, too. The default policy logs it.
-- setup
CREATE TABLE products (sku varchar(40) PRIMARY KEY, name varchar(100));
INSERT INTO products SELECT 'SKU-' || i, 'product ' || i FROM generate_series(0, 99) i;
ALTER TABLE order_items ADD CONSTRAINT order_items_product FOREIGN KEY (sku) REFERENCES products;
ANALYZE products;
-- fires: the referenced column
ALTER TABLE products ALTER COLUMN sku TYPE varchar(80);
-- fires: the referencing column
ALTER TABLE order_items ALTER COLUMN sku TYPE varchar(80);
-- near miss: the same statement drops the foreign key
ALTER TABLE order_items DROP CONSTRAINT order_items_product, ALTER COLUMN sku TYPE varchar(80);
-- near miss: a column without foreign keys
ALTER TABLE products ALTER COLUMN name TYPE text;
