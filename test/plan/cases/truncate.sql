-- Rows that go.
-- fires: with its sequence
TRUNCATE order_items RESTART IDENTITY;
-- fires: partitioned
TRUNCATE TABLE events;
