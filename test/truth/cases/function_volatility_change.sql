-- An index on the function's result keeps the values that the old body computed, and lookups compare them with those of
-- the new one: rows are not found any more.
-- unobservable: the index keeps its old entries, which no lock or file shows
-- setup
CREATE FUNCTION search_key(name text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';
CREATE INDEX customers_search_key ON customers (search_key(name));
CREATE FUNCTION display_name(name text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
-- fires: an index keeps what the old body computed
CREATE OR REPLACE FUNCTION search_key(name text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT upper($1)';
-- fires: the index rests on it being immutable
ALTER FUNCTION search_key(text) VOLATILE;
-- near miss: nothing has stored its results
CREATE OR REPLACE FUNCTION display_name(name text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT initcap($1)';
-- near miss: the same body
CREATE OR REPLACE FUNCTION search_key(name text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';
-- near miss: an option that changes no result
ALTER FUNCTION search_key(text) COST 10;
