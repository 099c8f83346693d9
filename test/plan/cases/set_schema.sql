-- Objects that move.
-- setup
CREATE SCHEMA shop;
ALTER TABLE orders ADD COLUMN priority order_priority DEFAULT 'normal';
CREATE FUNCTION total(bigint) RETURNS numeric LANGUAGE sql AS 'SELECT amount FROM public.orders WHERE id = $1';
REVOKE ALL ON FUNCTION total(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION total(bigint) TO shop_app;
-- fires: a table
ALTER TABLE orders SET SCHEMA shop;
-- fires: a type
ALTER TYPE order_priority SET SCHEMA shop;
-- fires: a function
ALTER FUNCTION total(bigint) SET SCHEMA shop;
