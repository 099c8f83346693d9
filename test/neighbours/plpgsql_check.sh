# Reads the bodies of functions without running them; its profiler hooks PL/pgSQL.
# shellcheck shell=bash disable=SC2034
package=postgresql-$major-plpgsql-check
created=plpgsql_check
preload=plpgsql_check
conf="plpgsql_check.profiler = on"

everyday() {
  psql -Xq -c "CREATE FUNCTION tidy() RETURNS void LANGUAGE plpgsql AS 'BEGIN DROP TABLE large; END'"
  is "checking a function with DDL in it runs none" "$(sql "SELECT count(*) FROM plpgsql_check_function('tidy()'), large")" 0
  refused "running it" 'SELECT tidy()' 'drop_(table|recently_used)'
}
drop() { psql -Xq -c 'SET ddlguard.mode = off' -c 'DROP FUNCTION tidy()'; }
