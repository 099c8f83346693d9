-- Function bodies and clients call it by name, of which the catalog knows nothing, so the calls fail from the commit on.
-- unobservable: who calls a function is not on record
-- setup
CREATE FUNCTION discount(amount numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 0.9';
-- fires: a function that code may call
DROP FUNCTION discount(numeric);
-- near miss: replaced in place
CREATE OR REPLACE FUNCTION discount(amount numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 0.8';
-- near miss: a function made in the same transaction
BEGIN;
CREATE FUNCTION fix_orders() RETURNS void LANGUAGE sql AS 'SELECT';
SELECT fix_orders();
DROP FUNCTION fix_orders();
COMMIT;
-- near miss: nothing of that name
DROP FUNCTION IF EXISTS fix_orders();
