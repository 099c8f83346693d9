-- A policy does nothing while row level security is off, although its author believes the rows protected.
-- fires: row level security stays off
CREATE POLICY orders_open ON orders USING (status <> 'shipped');
-- fires: also at the end of the transaction
BEGIN;
CREATE POLICY orders_open ON orders USING (status <> 'shipped');
COMMIT;
-- near miss: enabled later in the transaction
BEGIN;
CREATE POLICY orders_all ON orders USING (true);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
COMMIT;
-- near miss: enabled before, in the same transaction
BEGIN;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY orders_all ON orders USING (true);
COMMIT;
-- near miss: on an empty table
CREATE POLICY empty_queue_all ON empty_queue USING (true);
