-- The guard protects itself: its extension, schema, tables and functions; its settings where they outlast the session, and `shared_preload_libraries`; the rows of the catalogs that it is kept in. Policies are changed by writing the rows of `ddlguard.policy`, which is no tampering and is recorded, and a new version comes with `ALTER EXTENSION ddlguard UPDATE`. A DBA who means it gives a reason in `ddlguard.bypass`.
-- unobservable: settings and triggers of the guard are no loss of data
-- fires: a role for which the guard is off
ALTER ROLE shop_owner SET ddlguard.mode = off;
-- fires: a standing bypass
ALTER ROLE shop_owner SET ddlguard.bypass = 'always';
-- fires: policies that nobody checks any more
ALTER TABLE ddlguard.policy DISABLE TRIGGER policy_check;
-- fires: a function that would be called in place of the guard's
CREATE FUNCTION ddlguard.check(varchar) RETURNS integer LANGUAGE sql AS 'SELECT 1';
-- fires: the extension's row, behind its back
DELETE FROM pg_catalog.pg_extension WHERE extname = 'ddlguard';
-- near miss: policies are changed by writing their rows
INSERT INTO ddlguard.policy (priority, rule, relation_name, action) VALUES (5000, 'drop_table', 'scratch%', 'allow');
-- near miss: a setting that makes the guard no weaker
ALTER ROLE shop_owner SET ddlguard.mode = enforce;
-- near miss: a role that may give reasons
GRANT SET ON PARAMETER ddlguard.bypass TO shop_owner;
-- near miss: numbers of the planner
UPDATE pg_catalog.pg_class SET reltuples = 1000 WHERE relname = 'orders';
-- cleanup
ALTER ROLE shop_owner RESET ALL;
REVOKE SET ON PARAMETER ddlguard.bypass FROM shop_owner;
