#!/usr/bin/env bash
# Beside another library with the same hooks, in either order; and what the server log keeps of a statement.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cluster_create
psql -Xq <<'SQL'
CREATE EXTENSION ddlguard;
CREATE TABLE large AS SELECT i AS id FROM generate_series(1, 200000) i;
SQL

# Refused and rolled back, yet on record.
sql postgres 'CREATE INDEX refused_one ON large (id)' >/dev/null
ok "a refusal is in the server log" grep -q 'ERROR: .*create_index_blocking' "$scratch/main/log"
sql postgres "BEGIN; CREATE ROLE r PASSWORD 'hush'; SET LOCAL ddlguard.bypass = 'OPS-7'; CREATE INDEX large_id ON large (id); COMMIT" >/dev/null
line=$(grep 'ddlguard bypassed' "$scratch/main/log")
like "the use of a bypass as well, with its reason" "$line" 'reason "OPS-7"; statement: CREATE INDEX large_id ON large \(id\)$'
is "without the neighbours of the statement in the same string" "$(grep -c hush <<<"$line" || true)" 0

if [[ -e $(pg_config --pkglibdir)/pg_stat_statements.so ]]; then
  for libraries in 'pg_stat_statements, ddlguard' 'ddlguard, pg_stat_statements'; do
    node_conf main <<<"shared_preload_libraries = '$libraries'"
    node_stop main
    node_start main
    sql postgres 'CREATE EXTENSION IF NOT EXISTS pg_stat_statements; SELECT pg_stat_statements_reset()' >/dev/null
    like "$libraries: refused" "$(sql postgres 'DROP TABLE large')" '^ERROR:  DG001: '
    is "$libraries: passes" "$(sql postgres 'CREATE INDEX CONCURRENTLY i ON large (id)')" ""
    sql postgres 'DROP INDEX CONCURRENTLY i' >/dev/null
    is "$libraries: the other one counts" \
      "$(sql postgres "SELECT calls FROM pg_stat_statements WHERE query LIKE 'CREATE INDEX CONCURRENTLY%'")" 1
  done
else
  echo "# skipped: pg_stat_statements is not installed"
fi

done_testing
