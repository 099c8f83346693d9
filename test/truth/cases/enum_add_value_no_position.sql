-- A value that is added to an enum without a place comes last, and comparisons go by the order of the values.
-- fires: without a place
ALTER TYPE order_priority ADD VALUE 'lowest';
-- near miss: before another one
ALTER TYPE order_priority ADD VALUE 'lowest' BEFORE 'low';
-- near miss: it is there already
ALTER TYPE order_priority ADD VALUE IF NOT EXISTS 'low';
