-- Every row.
-- fires: of a table that others reference with nothing
DELETE FROM order_items;
-- fires: partitioned
DELETE FROM events AS e;
-- left out: a condition that is always true: the planner alone knows that, when it runs
