-- The types, functions, operators and index methods of the extension go, and with CASCADE the columns and indexes
-- that use them.
-- unobservable: the index that goes is no loss of data, and no query names it
-- setup
CREATE EXTENSION pg_trgm;
CREATE INDEX customers_name_trgm ON customers USING gin (name gin_trgm_ops);
-- fires: an index uses it
DROP EXTENSION pg_trgm CASCADE;
-- near miss: an extension made in the same transaction
BEGIN;
CREATE EXTENSION intarray;
DROP EXTENSION intarray;
COMMIT;
-- near miss: nothing of that name
DROP EXTENSION IF EXISTS intarray;
