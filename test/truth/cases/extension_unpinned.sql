-- Without VERSION an extension gets the version that the server happens to have, and without SCHEMA its objects go
-- to the first schema of search_path.
-- unobservable: the same statement does another thing on another server
-- fires: neither
CREATE EXTENSION hstore;
-- fires: no version
CREATE EXTENSION hstore SCHEMA public;
-- near miss: there already
CREATE EXTENSION IF NOT EXISTS plpgsql;
