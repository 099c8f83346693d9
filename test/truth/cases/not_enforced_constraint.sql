-- NOT ENFORCED is written down and never checked: people and tools read it as a promise, rows do not keep it. The default
-- policy logs it.
-- majors: 18-
-- setup
CREATE TABLE imports AS SELECT * FROM orders LIMIT 0;
-- fires: a CHECK that nothing checks
ALTER TABLE orders ADD CONSTRAINT orders_amount_positive CHECK (amount >= 0) NOT ENFORCED;
-- fires: with the column
ALTER TABLE orders ADD COLUMN discount numeric CHECK (discount >= 0) NOT ENFORCED;
-- fires: a foreign key that nothing checks
ALTER TABLE tasks ADD CONSTRAINT tasks_order FOREIGN KEY (id) REFERENCES orders NOT ENFORCED;
-- fires: a foreign key is checked no more
ALTER TABLE orders ALTER CONSTRAINT orders_customer_id_fkey NOT ENFORCED;
-- near miss: checked from now on
ALTER TABLE orders ADD CONSTRAINT orders_amount_positive CHECK (amount >= 0) NOT VALID;
-- near miss: an empty table
ALTER TABLE imports ADD CONSTRAINT imports_amount_positive CHECK (amount >= 0) NOT ENFORCED;
