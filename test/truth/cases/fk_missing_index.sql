-- Every DELETE and every change of the key in the referenced table looks for the rows that refer to it: without an index
-- on the referencing columns it reads the whole table each time. The default policy logs it.
-- setup
ALTER TABLE orders ADD COLUMN seller_id bigint, ADD COLUMN first_item bigint;
CREATE INDEX orders_seller ON orders (seller_id, status);
CREATE TABLE imports AS SELECT * FROM orders LIMIT 0;
-- fires: no index leads with the column
ALTER TABLE orders ADD CONSTRAINT orders_first_item FOREIGN KEY (first_item) REFERENCES order_items NOT VALID;
-- near miss: a longer index leads with it
ALTER TABLE orders ADD CONSTRAINT orders_seller FOREIGN KEY (seller_id) REFERENCES customers NOT VALID;
-- near miss: the index comes first
CREATE INDEX CONCURRENTLY orders_first_item ON orders (first_item);
ALTER TABLE orders ADD CONSTRAINT orders_first_item FOREIGN KEY (first_item) REFERENCES order_items NOT VALID;
-- near miss: an empty table
ALTER TABLE imports ADD CONSTRAINT imports_customer FOREIGN KEY (customer_id) REFERENCES customers;
