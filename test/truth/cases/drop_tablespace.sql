-- PostgreSQL refuses to drop a tablespace in which any database has a file, but it looks when the statement runs. The default policy logs
-- it.
-- unobservable: a tablespace is no relation
-- setup
SET allow_in_place_tablespaces = true;
DROP TABLESPACE IF EXISTS truth_fast;
CREATE TABLESPACE truth_fast LOCATION '';
-- fires: a tablespace
DROP TABLESPACE truth_fast;
-- near miss: nothing of that name
DROP TABLESPACE IF EXISTS truth_slow;
