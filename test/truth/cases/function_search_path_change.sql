-- A body that is kept as text looks its names up when it runs, along the search_path that the function sets. An empty
-- one, which makes SECURITY DEFINER functions safe, finds nothing that is written without its schema.
-- unobservable: who calls a function is not on record
-- setup
CREATE FUNCTION total(bigint) RETURNS numeric LANGUAGE sql STABLE AS 'SELECT sum(amount) FROM orders WHERE customer_id = $1';
CREATE FUNCTION safe_total(bigint) RETURNS numeric LANGUAGE sql STABLE
AS 'SELECT sum(amount) FROM public.orders WHERE customer_id = $1';
CREATE FUNCTION report() RETURNS numeric LANGUAGE plpgsql AS $$ BEGIN RETURN total(1); END $$;
CREATE FUNCTION bound(bigint) RETURNS numeric LANGUAGE sql STABLE
BEGIN ATOMIC SELECT sum(amount) FROM orders WHERE customer_id = $1; END;
CREATE FUNCTION latest() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE orders bigint;
BEGIN
  WITH tasks AS (SELECT id FROM public.orders) SELECT max(id) INTO orders FROM tasks;
  RETURN orders;
END $$;
-- fires: the table is named without its schema
ALTER FUNCTION total(bigint) SET search_path = '';
-- fires: so is the function that it calls
ALTER FUNCTION report() SET search_path = pg_catalog, pg_temp;
-- fires: set with a new body
CREATE OR REPLACE FUNCTION total(bigint) RETURNS numeric LANGUAGE sql STABLE SET search_path = ''
AS 'SELECT sum(amount) FROM orders WHERE customer_id = $1 AND status <> ''new''';
-- near miss: the schema is in the new path
ALTER FUNCTION total(bigint) SET search_path = public, pg_temp;
-- near miss: its names have their schemas
ALTER FUNCTION safe_total(bigint) SET search_path = '';
-- near miss: what its names mean was settled when it was made
ALTER FUNCTION bound(bigint) SET search_path = '';
-- near miss: with a new body that names the schema
CREATE OR REPLACE FUNCTION total(bigint) RETURNS numeric LANGUAGE sql STABLE SET search_path = ''
AS 'SELECT sum(amount) FROM public.orders WHERE customer_id = $1';
-- near miss: a variable and a WITH query that are called like tables
ALTER FUNCTION latest() SET search_path = '';
