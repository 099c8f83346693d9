#!/usr/bin/env bash
# Random statements of sqlsmith against a guarded server: DDLGUARD_SQLSMITH of them (default 20000), by a role that
# owns its tables and may do what the guard's roles may.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../tap/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../tap/lib.sh"

total=${DDLGUARD_SQLSMITH:-20000} seed=${DDLGUARD_SEED:-$RANDOM} jobs=2
apt_install sqlsmith sqlsmith
cluster_create
node_conf main <<'END'
log_error_verbosity = verbose
log_min_messages = error
log_min_error_statement = panic
statement_timeout = 2s
END
node_stop main
node_start main
psql -Xq -v ON_ERROR_STOP=1 <<'SQL'
CREATE ROLE shop_owner;
CREATE ROLE shop_app LOGIN;
CREATE ROLE smith LOGIN;
CREATE DATABASE smith;
\c smith
CREATE EXTENSION ddlguard;
SET ddlguard.mode = off;
\i test/truth/base.sql
ANALYZE;
GRANT shop_owner TO smith;
GRANT ALL ON ALL TABLES IN SCHEMA ddlguard TO smith;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ddlguard TO smith;
SQL

echo "# seed $seed"
for job in $(seq "$jobs"); do
  sqlsmith --target="host=$PGHOST port=$PGPORT dbname=smith user=smith" --seed="$((seed + job))" \
    --max-queries="$((total / jobs))" >"$scratch/smith.$job" 2>&1 &
done
wait
ok "the server is still the same one" pg_isready -q
is "no process was killed by a signal, none panicked" \
  "$(grep -E 'terminated by signal|PANIC:|TRAP:' "$scratch/main/log" || true)" ""
is "no internal error, and no undecided one, comes from the guard" \
  "$(grep -A3 -E 'ERROR:  (XX|DG005)' "$scratch/main/log" | grep -E "LOCATION:.* ($(cd "$top/src" && find . -name '*.cpp' -printf '%f|')none):" | sort | uniq -c || true)" ""
asked=$(grep -c . "$scratch/main/log" || true)
like "sqlsmith has asked" "$asked" '^[1-9][0-9]{2,}'
like "the guard stands" "$(sql smith 'DROP TABLE orders CASCADE')" '^ERROR:  DG001: '
done_testing
