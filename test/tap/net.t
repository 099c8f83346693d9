#!/usr/bin/env bash
# The net: C code that calls the server's own routines, so that no statement foresees what happens.  What
# is rewritten, indexed, dropped or emptied is refused at the act, and the table is as it was.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

build
cluster_create
cp -R "$top/test/modules/net" "$scratch/net"
MAKEFLAGS='' make -C "$scratch/net" --silent PG_CONFIG="$PG_CONFIG" >&2

psql -Xq <<SQL
CREATE EXTENSION ddlguard;
UPDATE ddlguard.policy SET min_rows = 100, min_bytes = NULL WHERE min_rows IS NOT NULL;
CREATE FUNCTION net_rewrite(regclass) RETURNS void LANGUAGE c AS '$scratch/net/net';
CREATE FUNCTION net_index(regclass) RETURNS void LANGUAGE c AS '$scratch/net/net';
CREATE FUNCTION net_drop(regclass) RETURNS void LANGUAGE c AS '$scratch/net/net';
CREATE FUNCTION net_truncate(regclass) RETURNS void LANGUAGE c AS '$scratch/net/net';
CREATE FUNCTION net_run(text) RETURNS void LANGUAGE c AS '$scratch/net/net';
CREATE EXTENSION pg_trgm;
CREATE ROLE maker;
GRANT CREATE ON DATABASE postgres TO maker;
GRANT CREATE ON SCHEMA public TO maker;
SET ROLE maker;
CREATE EXTENSION citext;
RESET ROLE;
CREATE TABLE large (id int);
CREATE INDEX large_id ON large (id);
INSERT INTO large SELECT generate_series(1, 1000);
CREATE MATERIALIZED VIEW copies AS SELECT * FROM generate_series(1, 1000) id;
CREATE TABLE parts (id int) PARTITION BY RANGE (id);
CREATE TABLE part PARTITION OF parts DEFAULT;
INSERT INTO parts SELECT * FROM large;
CREATE TABLE empty (id int);
SQL

state() {
  sql postgres "SELECT relname, relfilenode, relpersistence FROM pg_class
     WHERE relname IN ('large', 'large_id', 'copies', 'parts', 'part', 'net') ORDER BY 1;
    SELECT extname FROM pg_extension ORDER BY 1; SELECT count(*) FROM large; SELECT count(*) FROM copies; SELECT count(*) FROM parts;
    SELECT attname, atttypid::regtype FROM pg_attribute WHERE attrelid IN ('large'::regclass, 'part'::regclass) AND attnum > 0"
}
before=$(state)

# refused STATEMENT RULE
refused() {
  like "$1" "$(sql postgres "$1")" "^ERROR:  DG001: .*\($2\)"
}
refused "SELECT net_rewrite('large')" unpredicted_rewrite
refused "SELECT net_rewrite('part')" unpredicted_rewrite
refused "SELECT net_index('large')" unpredicted_index_build
refused "SELECT net_index('parts')" unpredicted_index_build
refused "SELECT net_index('copies')" unpredicted_index_build
refused "SELECT net_drop('large')" unpredicted_drop
refused "SELECT net_drop('parts')" unpredicted_drop
refused "SELECT net_drop('copies')" unpredicted_drop
refused "SELECT net_truncate('large')" unpredicted_drop
refused "SELECT net_truncate('part')" unpredicted_drop
refused "SELECT net_run('ALTER TABLE large SET UNLOGGED')" unpredicted_rewrite
refused "SELECT net_run('REFRESH MATERIALIZED VIEW copies')" unpredicted_rewrite
refused "SELECT net_run('ALTER TABLE large ADD UNIQUE (id)')" unpredicted_index_build
refused "SELECT net_run('DROP SCHEMA public CASCADE')" unpredicted_drop
refused "SELECT net_run('DROP EXTENSION pg_trgm')" unpredicted_drop
refused "DROP OWNED BY maker" drop_extension
is "nothing has changed" "$(state)" "$before"

# What a statement foresaw for one table covers no other: the trigger works on "large" while "empty" is altered.
psql -Xq <<'SQL'
CREATE FUNCTION meddle() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM net_rewrite('large'); END $$;
CREATE EVENT TRIGGER meddle ON ddl_command_start WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION meddle();
SQL
refused "ALTER TABLE empty ALTER id TYPE bigint" unpredicted_rewrite
# An approval of the statement covers what the net finds in it on the same table, and on no other.
sql postgres "SELECT ddlguard.approve('ALTER TABLE large ADD CHECK (id > 0); ALTER TABLE part ADD CHECK (id > 0)', 'test')" >/dev/null
is "an approved statement" "$(sql postgres 'BEGIN; ALTER TABLE large ADD CHECK (id > 0); ROLLBACK')" ''
refused "ALTER TABLE part ADD CHECK (id > 0)" unpredicted_rewrite
is "both uses were given back" "$(sql postgres 'SELECT sum(uses_left) FROM ddlguard.approval')" 2
sql postgres 'DROP EVENT TRIGGER meddle' >/dev/null

# passes STATEMENTS
passes() {
  is "$1" "$(sql postgres "$1")" ''
}
for act in rewrite index truncate drop; do
  passes "BEGIN; DO \$\$ BEGIN PERFORM net_$act('empty'); END \$\$; ROLLBACK"
  passes "BEGIN; CREATE TABLE fresh AS SELECT * FROM large; DO \$\$ BEGIN PERFORM net_$act('fresh'); END \$\$; ROLLBACK"
  [[ $act == rewrite ]] ||
    passes "CREATE TEMP TABLE scratch AS SELECT * FROM large; DO \$\$ BEGIN PERFORM net_$act('scratch'); END \$\$"
  passes "BEGIN; SET LOCAL ddlguard.bypass = 'test'; DO \$\$ BEGIN PERFORM net_$act('large'); END \$\$; ROLLBACK"
done
passes "BEGIN; CREATE EXTENSION hstore; DO \$\$ BEGIN PERFORM net_run('DROP EXTENSION hstore'); END \$\$; COMMIT"
passes "BEGIN; SET LOCAL ddlguard.bypass = 'test'; DO \$\$ BEGIN PERFORM net_run('DROP EXTENSION pg_trgm'); END \$\$; ROLLBACK"
is "still nothing has changed" "$(state)" "$before"

# Beyond the net: what makes no heap and no index, and drops or empties nothing.
is "a scan under a lock is not seen at the act" "$(sql postgres "SELECT net_run('ALTER TABLE large ALTER id SET NOT NULL')")" ''

done_testing
