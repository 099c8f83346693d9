-- Work on a large table is an operation of its own, also where it blocks nobody.
-- fires: a concurrent build
CREATE INDEX CONCURRENTLY orders_status_idx ON orders (status);
-- fires: a validation
ALTER TABLE orders ADD CONSTRAINT orders_amount_positive CHECK (amount >= 0) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_amount_positive;
-- near miss: metadata alone
ALTER TABLE orders ADD COLUMN phone text;
-- near miss: an empty table
CREATE INDEX empty_queue_at_idx ON empty_queue (created_at);
