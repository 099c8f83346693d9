-- a label in use
-- setup
ALTER TABLE orders ADD COLUMN priority order_priority DEFAULT 'normal';
UPDATE orders SET priority = 'normal';
-- fires: a label in use
ALTER TYPE order_priority RENAME VALUE 'normal' TO 'usual';
