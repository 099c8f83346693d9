-- DROP COLUMN takes every index, UNIQUE and CHECK constraint that names the column along without a word, also
-- those that other columns rely on.
-- setup
CREATE INDEX orders_customer_quantity ON orders (customer_id, quantity);
ALTER TABLE order_items ADD CONSTRAINT price_needs_sku CHECK (price >= 0 OR sku = 'free');
CREATE INDEX customers_notes ON customers (notes);
-- fires: an index that other queries use
ALTER TABLE orders DROP COLUMN quantity;
-- fires: a CHECK over two columns
ALTER TABLE order_items DROP COLUMN price;
-- near miss: the index is on this column alone
ALTER TABLE customers DROP COLUMN notes;
-- near miss: nothing but the column
ALTER TABLE tasks DROP COLUMN done;
