# Lets ordinary users create the extensions of a list, as the superuser, by C code of its own in the utility hook.
# shellcheck shell=bash disable=SC2034
package=postgresql-$major-pgextwlist
preload=pgextwlist
conf="extwlist.extensions = 'hstore,pageinspect'"

as_app() { PGUSER=app sql "$1"; }
everyday() {
  psql -Xq -c 'CREATE ROLE app LOGIN; GRANT CREATE ON DATABASE shop TO app; GRANT CREATE ON SCHEMA public TO app'
  is "an ordinary user creates one that is on the list" "$(as_app 'CREATE EXTENSION pageinspect SCHEMA public')" ''
  like "one that is not is refused" "$(as_app 'CREATE EXTENSION pg_stat_statements')" 'ERROR:  42501: '
  like "dropping it is refused by the guard" "$(as_app 'DROP EXTENSION pageinspect')" 'ERROR:  DG001: .*(drop_extension|unpredicted_drop)'
  is "it is there still" "$(sql "SELECT extname FROM pg_extension WHERE extname = 'pageinspect'")" pageinspect
  passes "with a bypass it goes" "BEGIN; SET LOCAL ddlguard.bypass = 'test'; DROP EXTENSION pageinspect; COMMIT"
}
