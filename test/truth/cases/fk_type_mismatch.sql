-- Each check and each join has to convert one side, and an index on that side does not help. The default policy logs it.
-- setup
CREATE TABLE products (code numeric PRIMARY KEY);
INSERT INTO products SELECT i FROM generate_series(1, 1000) i;
ALTER TABLE orders ADD COLUMN product bigint, ADD COLUMN task bigint;
CREATE INDEX ON orders (product);
CREATE INDEX ON orders (task);
-- fires: bigint refers to numeric
ALTER TABLE orders ADD CONSTRAINT orders_product FOREIGN KEY (product) REFERENCES products (code) NOT VALID;
-- fires: also when the key is not named
ALTER TABLE orders ADD CONSTRAINT orders_product FOREIGN KEY (product) REFERENCES products NOT VALID;
-- near miss: integers of different length compare by one operator family
ALTER TABLE orders ADD CONSTRAINT orders_task FOREIGN KEY (task) REFERENCES tasks (id) NOT VALID;
-- near miss: the same type
ALTER TABLE order_items ADD CONSTRAINT order_items_order FOREIGN KEY (order_id) REFERENCES orders (id) NOT VALID;
