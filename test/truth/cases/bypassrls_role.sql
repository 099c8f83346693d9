-- SUPERUSER, REPLICATION and BYPASSRLS are past every privilege and policy.
-- unobservable: attributes of roles are no lock and no loss
-- fires: a role that bypasses row level security
CREATE ROLE truth_reporter BYPASSRLS;
DROP ROLE truth_reporter;
-- near miss: without any
CREATE ROLE truth_reader;
DROP ROLE truth_reader;
-- near miss: it is taken away
ALTER ROLE shop_owner NOBYPASSRLS;
