-- Clients and string bodies of other functions call it by name, of which the catalog knows nothing.
-- unobservable: who calls a function is not on record
-- setup
CREATE FUNCTION discount(amount numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 0.9';
-- fires: a function that code may call
ALTER FUNCTION discount(numeric) RENAME TO rebate;
-- near miss: a function made in the same transaction
BEGIN;
CREATE FUNCTION net(amount numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1 / 1.21';
ALTER FUNCTION net(numeric) RENAME TO net_amount;
COMMIT;
-- near miss: another one takes its place in the same transaction
BEGIN;
ALTER FUNCTION discount(numeric) RENAME TO rebate;
CREATE FUNCTION discount(amount numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT rebate($1)';
COMMIT;
