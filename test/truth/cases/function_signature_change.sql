-- CREATE OR REPLACE with another argument list makes a second function beside the old one. A call that fits both fails as ambiguous; other callers go on with the old body.
-- unobservable: who calls a function is not on record
-- setup
CREATE FUNCTION discount(amount numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 0.9';
-- fires: calls with one argument are ambiguous now
CREATE OR REPLACE FUNCTION discount(amount numeric, percent numeric DEFAULT 10) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1 * (1 - $2 / 100)';
-- near miss: the same arguments
CREATE OR REPLACE FUNCTION discount(amount numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 0.8';
-- near miss: no call fits both
CREATE FUNCTION discount(amount numeric, percent numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1 * (1 - $2 / 100)';
-- near miss: another name
CREATE FUNCTION rebate(amount numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 0.9';
