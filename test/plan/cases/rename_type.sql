-- Variants of the statements of this rule.
-- setup of: drops
-- setup
ALTER TABLE orders ADD COLUMN priority order_priority DEFAULT 'normal';
-- fires: a type that a column has
ALTER TYPE order_priority RENAME TO priority;
