-- The setting applies to every database of the server from the next reload on, and is not part of any database's dump. The default policy logs it.
-- unobservable: a setting is no relation
-- fires: a setting of the whole server
ALTER SYSTEM SET log_min_duration_statement = '1s';
-- near miss: a setting of the session
SET log_min_duration_statement = '1s';
