-- Connection strings, pg_hba.conf and ALTER ROLE ... SET name the role, and a password that was hashed with MD5 is lost.
-- unobservable: who logs in with a name is not on record
-- setup
DROP ROLE IF EXISTS truth_reporting, truth_reports;
CREATE ROLE truth_reporting LOGIN;
-- fires: a role that somebody logs in as
ALTER ROLE truth_reporting RENAME TO truth_reports;
-- near miss: a role made in the same transaction
BEGIN;
CREATE ROLE truth_new LOGIN;
ALTER ROLE truth_new RENAME TO truth_newer;
ROLLBACK;
