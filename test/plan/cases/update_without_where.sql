-- Every row.
-- setup
CREATE TABLE counters (name text, value integer);
INSERT INTO counters SELECT 'c' || g, g FROM generate_series(1, 3000) g;
-- fires: by its own value, so that no row may be met twice
UPDATE orders SET quantity = quantity + 1;
-- fires: with an alias
UPDATE orders AS o SET note = o.status || o.id, amount = amount * 2;
-- fires: without a key
UPDATE counters SET value = 7;
-- left out: a condition that is always true: the planner alone knows that, when it runs
