#!/usr/bin/env bash
# Where the library may be loaded, and where it keeps out of the way.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cluster_create
psql -Xq <<'SQL'
CREATE TABLE large AS SELECT i AS id FROM generate_series(1, 200000) i;
SQL

is "a database without the extension is not guarded" "$(sql postgres 'CREATE INDEX one ON large (id)')" ""
sql postgres 'CREATE EXTENSION ddlguard' >/dev/null
like "one with it is" "$(sql postgres 'CREATE INDEX two ON large (id)')" '^ERROR:  DG001: '
like "settings of a misspelt name are refused" "$(sql postgres "SET ddlguard.mod = 'off'")" 'ERROR: .*ddlguard.mod'

node_stop main
status=$(as_server "$bindir/postgres" --single -D "$scratch/main/data" postgres 2>&1 <<<'CREATE INDEX three ON large (id)')
is "single-user mode is not guarded" "$(grep -c 'ERROR' <<<"$status")" 0
node_start main
is "what it did is there" "$(sql postgres "SELECT count(*) FROM pg_index WHERE indrelid = 'large'::regclass")" 2

like "DROP EXTENSION is guarded as well" "$(sql postgres 'DROP EXTENSION ddlguard')" '^ERROR:  DG001: '
sql postgres 'SET ddlguard.mode = off; DROP EXTENSION ddlguard' >/dev/null
is "without the extension the guard is gone" "$(sql postgres 'CREATE INDEX four ON large (id)')" ""

node_conf main <<<"shared_preload_libraries = ''"
node_stop main
node_start main
refusal=$(sql postgres "LOAD 'ddlguard'")
like "the library wants to be preloaded" "$refusal" 'ERROR: .*shared_preload_libraries'
like "and says how" "$refusal" 'HINT: .*postgresql.conf'

done_testing
