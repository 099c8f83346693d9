-- A SECURITY DEFINER function may do what its owner may. Under an owner who may do less it fails, or does less.
-- unobservable: who calls a function is not on record
-- setup
DROP ROLE IF EXISTS truth_clerk, truth_keeper;
CREATE ROLE truth_clerk;
CREATE ROLE truth_keeper IN ROLE shop_owner;
CREATE FUNCTION order_count() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS 'SELECT count(*) FROM orders';
ALTER FUNCTION order_count() OWNER TO shop_owner;
CREATE FUNCTION greeting() RETURNS text LANGUAGE sql AS 'SELECT ''hello''';
-- fires: the new owner has not the privileges of the old one
ALTER FUNCTION order_count() OWNER TO truth_clerk;
-- near miss: the new owner is a member of the old one
ALTER FUNCTION order_count() OWNER TO truth_keeper;
-- near miss: it runs with the caller's privileges
ALTER FUNCTION greeting() OWNER TO truth_clerk;
-- cleanup
DROP OWNED BY truth_clerk, truth_keeper;
DROP ROLE truth_clerk, truth_keeper;
