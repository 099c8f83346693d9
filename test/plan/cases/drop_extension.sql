-- an extension
-- setup
CREATE EXTENSION pg_trgm;
-- fires: an extension
DROP EXTENSION pg_trgm;
