-- Each check and each join has to convert one side, and an index on that side does not help. The default policy logs it.
-- setup
ALTER TABLE orders ADD COLUMN seller numeric, ADD COLUMN task bigint;
CREATE INDEX ON orders (seller);
CREATE INDEX ON orders (task);
-- fires: numeric refers to bigint
ALTER TABLE orders ADD CONSTRAINT orders_seller FOREIGN KEY (seller) REFERENCES customers (id) NOT VALID;
-- fires: also when the key is not named
ALTER TABLE orders ADD CONSTRAINT orders_seller FOREIGN KEY (seller) REFERENCES customers NOT VALID;
-- near miss: integers of different length compare by one operator family
ALTER TABLE orders ADD CONSTRAINT orders_task FOREIGN KEY (task) REFERENCES tasks (id) NOT VALID;
-- near miss: the same type
ALTER TABLE order_items ADD CONSTRAINT order_items_order FOREIGN KEY (order_id) REFERENCES orders (id) NOT VALID;
