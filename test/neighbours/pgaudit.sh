# Logs DDL as the statement that was run and what it touched; the second comes from event triggers.
# shellcheck shell=bash disable=SC2034
package=postgresql-$major-pgaudit
created=pgaudit
preload=pgaudit
conf="pgaudit.log = 'ddl, role'"

audited() { grep -cE "AUDIT: .*$1" "$scratch/$node/log" || true; }
everyday() {
  passes "an index is built concurrently" 'CREATE INDEX CONCURRENTLY audited ON large (n)'
  is "it is in the audit log, once" "$(audited 'CREATE INDEX CONCURRENTLY audited')" 1
  passes "a function makes a table" "DO \$\$ BEGIN EXECUTE 'CREATE TABLE made (id int PRIMARY KEY)'; END \$\$"
  is "which is in the log by its name" "$(audited 'CREATE TABLE,TABLE,public.made')" 1
  refused "dropping a column" 'ALTER TABLE large DROP COLUMN n'
  ok "the refusal is in the server log" grep -q 'ERROR: .*drop_column' "$scratch/$node/log"
  psql -Xq -c 'INSERT INTO made VALUES (1)'
  passes "a bypass" "BEGIN; SET LOCAL ddlguard.bypass = 'OPS-1'; DROP TABLE made; COMMIT"
  is "which both record" "$(audited 'DROP TABLE,TABLE,public.made'), $(grep -c 'ddlguard bypassed.*(drop_table).*OPS-1' "$scratch/$node/log")" '1, 1'
}
