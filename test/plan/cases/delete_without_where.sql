-- Every row.
-- fires: of a table that others reference with nothing
DELETE FROM order_items;
-- fires: partitioned
DELETE FROM events AS e;
