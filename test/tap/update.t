#!/usr/bin/env bash
# ALTER EXTENSION ddlguard UPDATE: what it makes of an older version is what CREATE EXTENSION makes of the newer one,
# compared through the catalogs, for every pair of versions that the scripts in sql/ lead between.  While there is
# one version only, an older one is made up here; and a script that forgets something, to see that it is noticed.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cluster_create
extensions=$("$bindir/pg_config" --sharedir)/extension

# catalog DATABASE: all that belongs to the extension, and its rows, without OIDs.
catalog() {
  psql -XAtq -v ON_ERROR_STOP=1 -d "$1" <<'SQL'
SET search_path = pg_catalog;
CREATE TEMP TABLE member AS
  SELECT classid, objid FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
     AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'ddlguard');
SELECT extversion, extnamespace::regnamespace, extrelocatable, extconfig::regclass[], extcondition FROM pg_extension WHERE extname = 'ddlguard';
SELECT 'member', type, identity, coalesce(obj_description(objid, classid::regclass::name), '-')
  FROM member, pg_identify_object(classid, objid, 0) ORDER BY 2, 3;
SELECT 'function', pg_get_functiondef(oid), proacl, proowner::regrole FROM pg_proc WHERE oid IN (SELECT objid FROM member WHERE classid = 'pg_proc'::regclass) ORDER BY oid::regprocedure::text;
SELECT 'relation', oid::regclass, relkind, relpersistence, relowner::regrole, relacl, reloptions, relrowsecurity, pg_get_viewdef(oid)
  FROM pg_class WHERE relnamespace = 'ddlguard'::regnamespace ORDER BY 2::text;
SELECT 'column', attrelid::regclass, attname, atttypid::regtype, atttypmod, attnotnull, attidentity, attacl, pg_get_expr(adbin, adrelid), col_description(attrelid, attnum)
  FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
 WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'ddlguard'::regnamespace AND relkind IN ('r', 'v', 'p')) AND attnum > 0 AND NOT attisdropped
 ORDER BY 2::text, 3;
SELECT 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint WHERE connamespace = 'ddlguard'::regnamespace ORDER BY 2::text, 3;
SELECT 'index', indexrelid::regclass, pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class c ON c.oid = indrelid WHERE relnamespace = 'ddlguard'::regnamespace ORDER BY 2::text;
SELECT 'trigger', tgname, tgenabled, pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid WHERE relnamespace = 'ddlguard'::regnamespace AND NOT tgisinternal ORDER BY 2;
SELECT 'initial privileges', type, identity, objsubid, initprivs FROM pg_init_privs JOIN member ON classid = classoid AND objid = objoid, pg_identify_object(classid, objid, 0) ORDER BY 2, 3, 4;
SELECT 'schema', nspowner::regrole, nspacl, obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = 'ddlguard';
SELECT 'policy', priority, rule, schema_name, relation_name, role_name, application_name, action, argument, min_rows, min_bytes, no_bypass, installed, comment FROM ddlguard.policy ORDER BY 2, 3, 5;
SELECT 'baseline', version FROM ddlguard.policy_baseline;
SQL
}

fresh() { psql -Xq -v ON_ERROR_STOP=1 -c "CREATE DATABASE $1" && psql -Xq -v ON_ERROR_STOP=1 -d "$1" -c "CREATE EXTENSION ddlguard VERSION '$2'"; }

# compare FROM TO: upgraded and fresh; prints how they differ.
compare() {
  fresh upgraded "$1"
  psql -Xq -v ON_ERROR_STOP=1 -d upgraded -c "ALTER EXTENSION ddlguard UPDATE TO '$2'" >/dev/null
  fresh new "$2"
  diff <(catalog new) <(catalog upgraded) || true
  psql -Xq -c 'DROP DATABASE upgraded' -c 'DROP DATABASE new'
}

# A version before the first: without a function's comment, a trigger and a policy row.
first=$(sql postgres "SELECT default_version FROM pg_available_extensions WHERE name = 'ddlguard'")
script=$extensions/ddlguard--$first.sql
older=$extensions/ddlguard--0.9.sql
sed -E "/^COMMENT ON FUNCTION ddlguard.table_writer/,/;\$/d; /^CREATE TRIGGER policy_emptied/,/;\$/d; /TRIGGER policy_emptied;\$/d; /\(1000, 'replace_view_rows'/d;
  s/^INSERT INTO ddlguard.policy_baseline .*/INSERT INTO ddlguard.policy_baseline (version) VALUES ('0.9');/" "$script" >"$older"
{
  echo "UPDATE ddlguard.policy_baseline SET version = '$first';"
  sed -nE "/^COMMENT ON FUNCTION ddlguard.table_writer/,/;\$/p; /^CREATE TRIGGER policy_emptied/,/;\$/p; /TRIGGER policy_emptied;\$/p" "$script"
  echo "INSERT INTO ddlguard.policy (priority, rule, action, min_rows, min_bytes, installed, comment) VALUES"
  sed -nE "/\(1000, 'replace_view_rows'/ s/,\$/;/p" "$script"
} >"$extensions/ddlguard--0.9--$first.sql"
ok "the older version is another one" test -n "$(diff "$script" "$older")"

while IFS='|' read -r from to; do
  is "$from upgraded to $to is $to" "$(compare "$from" "$to")" ""
done < <(sql postgres "SELECT source, target FROM pg_extension_update_paths('ddlguard') WHERE path IS NOT NULL ORDER BY 1, 2")

sed -i '/policy_emptied/,/;$/d' "$extensions/ddlguard--0.9--$first.sql"
like "a script that forgets a trigger is noticed" "$(compare 0.9 "$first")" '^< trigger\|policy_emptied'

# The way a DBA goes: rows of his own and the guard at work before and after.
fresh shop 0.9
psql -Xq -d shop -c "INSERT INTO ddlguard.policy (priority, rule, action) VALUES (5, 'drop_table', 'warn')" -c 'CREATE TABLE filled AS SELECT 1 AS id'
is "the update passes the guard" "$(sql shop 'ALTER EXTENSION ddlguard UPDATE')" ""
is "and leaves the DBA's rows" "$(sql shop 'SELECT rule, action FROM ddlguard.policy WHERE priority = 5')" 'drop_table|warn'
like "the guard is at work" "$(sql shop 'DROP EXTENSION ddlguard')" '^ERROR:  DG001: .*guard_tampering'
is "and is of the version that it says" "$(sql shop 'SELECT library_version = extension_version FROM ddlguard.status()')" t

done_testing
