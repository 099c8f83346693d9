-- A SECURITY DEFINER function runs with its owner's rights.  Unless it sets its own search_path, its caller
-- decides which objects the names in it mean; and temporary objects are found first unless pg_temp is last.
-- unobservable: nothing breaks; it is the next caller who may abuse it
-- fires: no search_path of its own
CREATE FUNCTION order_count() RETURNS bigint SECURITY DEFINER LANGUAGE sql AS 'SELECT count(*) FROM orders';
-- fires: pg_temp is searched first
CREATE FUNCTION order_count() RETURNS bigint SECURITY DEFINER SET search_path = public LANGUAGE sql AS 'SELECT count(*) FROM orders';
-- fires: made so afterwards
CREATE FUNCTION order_count() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM orders';
ALTER FUNCTION order_count() SECURITY DEFINER;
-- near miss: it sets one that ends with pg_temp
CREATE FUNCTION order_count() RETURNS bigint SECURITY DEFINER SET search_path = public, pg_temp LANGUAGE sql
    AS 'SELECT count(*) FROM orders';
-- near miss: an empty one, so every name is qualified
CREATE FUNCTION order_count() RETURNS bigint SECURITY DEFINER SET search_path = '' LANGUAGE sql
    AS 'SELECT count(*) FROM public.orders';
-- near miss: the names in a body that is parsed now mean what they mean now
CREATE FUNCTION order_count() RETURNS bigint SECURITY DEFINER LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM orders; END;
-- near miss: with the rights of who calls it
CREATE FUNCTION order_count() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM orders';
