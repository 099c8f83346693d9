--
-- Settings: what they accept, and from whom.
--
SELECT session_user AS me \gset
SELECT name, setting, context, enumvals FROM pg_settings
 WHERE name IN ('ddlguard.mode', 'ddlguard.bypass', 'ddlguard.bypass_pattern', 'ddlguard.log_format') OR name LIKE 'ddlguard.lock%' ORDER BY name;

-- mode: off, observe, enforce
SET ddlguard.mode = strict;
SET ddlguard.mode = observe;
SELECT active, inactive_reason, mode FROM ddlguard.status();
SET ddlguard.mode = off;
SELECT active, inactive_reason, mode FROM ddlguard.status();
RESET ddlguard.mode;
SELECT active, inactive_reason, mode FROM ddlguard.status();

SET ddlguard.log_format = json;
SET ddlguard.log_format = xml;
RESET ddlguard.log_format;

SET ddlguard.lock_wait_sqlstate = '40001';

-- The prefix is reserved, so that a typing error is not a setting.
SET ddlguard.mod = off;

-- bypass takes a reason; it ends with the transaction when it is set for that.
BEGIN;
SET LOCAL ddlguard.bypass = 'OPS-17 agreed with the shop team';
SELECT bypass FROM ddlguard.status();
COMMIT;
SELECT bypass FROM ddlguard.status();

-- bypass_pattern says what a reason has to look like.
SET ddlguard.bypass_pattern = '^OPS-[0-9';
SET ddlguard.bypass_pattern = '^OPS-[0-9]+ ';
SET ddlguard.bypass = 'because';
\echo :LAST_ERROR_SQLSTATE
SET ddlguard.bypass = 'OPS-17 agreed';
SET ddlguard.bypass = '';
RESET ddlguard.bypass_pattern;

-- Only superusers may set them; the bypass can be delegated.
CREATE ROLE regress_ddlguard_app LOGIN;
CREATE ROLE regress_ddlguard_migrator LOGIN;
GRANT SET ON PARAMETER ddlguard.bypass TO regress_ddlguard_migrator;
SET ROLE regress_ddlguard_app;
SET ddlguard.mode = off;
SET ddlguard.bypass = 'OPS-18';
SET ddlguard.bypass_pattern = '';
SET ddlguard.lock_wait = '1h';
SET ddlguard.lock_burst = '1h';
SET ddlguard.lock_hold = 0;
SET ddlguard.lock_wait_sqlstate = 'DG002';
SET ROLE regress_ddlguard_migrator;
SET ddlguard.mode = off;
SET ddlguard.bypass = 'OPS-18';
SELECT bypass FROM ddlguard.status();
RESET ddlguard.bypass;
RESET ROLE;

-- A SECURITY DEFINER function has its owner's rights, but nobody gets past the guard through one.
CREATE FUNCTION bypass_inside() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  SET LOCAL ddlguard.bypass = 'OPS-19';
  RETURN 'bypassed';
END $$;
CREATE FUNCTION bypass_by_set_config() RETURNS text LANGUAGE sql SECURITY DEFINER
  AS $$ SELECT set_config('ddlguard.bypass', 'OPS-19', true) $$;
CREATE FUNCTION bypass_by_clause() RETURNS text LANGUAGE sql SECURITY DEFINER SET ddlguard.bypass = 'OPS-19'
  AS $$ SELECT current_setting('ddlguard.bypass') $$;
CREATE FUNCTION mode_inside() RETURNS text LANGUAGE sql SECURITY DEFINER
  AS $$ SELECT set_config('ddlguard.mode', 'observe', true) $$;
SET SESSION AUTHORIZATION regress_ddlguard_app;
SELECT bypass_inside();
\echo :LAST_ERROR_SQLSTATE
SELECT bypass_by_set_config();
SELECT bypass_by_clause();
SELECT mode_inside();
RESET SESSION AUTHORIZATION;

-- It may take a bypass away, and tighten the mode; what the caller had comes back.
CREATE FUNCTION tighten() RETURNS text LANGUAGE sql SECURITY DEFINER SET ddlguard.bypass = '' SET ddlguard.mode = enforce
  AS $$ SELECT mode || ', bypass "' || bypass || '"' FROM ddlguard.status() $$;
SET ddlguard.bypass = 'OPS-20';
SET ddlguard.mode = observe;
SELECT tighten();
SELECT mode, bypass FROM ddlguard.status();
RESET ddlguard.bypass;
RESET ddlguard.mode;

-- Without SECURITY DEFINER a function has no more rights than its caller.
CREATE FUNCTION bypass_plainly() RETURNS text LANGUAGE sql AS $$ SELECT set_config('ddlguard.bypass', 'OPS-21', true) $$;
SELECT bypass_plainly();
SET SESSION AUTHORIZATION regress_ddlguard_app;
SELECT bypass_plainly();
RESET SESSION AUTHORIZATION;

-- They can be set for a role and a database; what loosens the guard takes a reason (rule guard_tampering).
SET ddlguard.bypass = 'test';
ALTER ROLE regress_ddlguard_app SET ddlguard.mode = observe;
ALTER ROLE regress_ddlguard_app SET ddlguard.bypass = 'standing exception';
\c - regress_ddlguard_app
SELECT mode, bypass FROM ddlguard.status();
\c - :me

SET client_min_messages = warning;
SET ddlguard.mode = off;
DROP FUNCTION bypass_inside(), bypass_by_set_config(), bypass_by_clause(), mode_inside(), tighten(), bypass_plainly();
REVOKE SET ON PARAMETER ddlguard.bypass FROM regress_ddlguard_migrator;
DROP ROLE regress_ddlguard_app, regress_ddlguard_migrator;
