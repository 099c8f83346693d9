#!/usr/bin/env bash
# kill -9 of sessions, of the guard's background workers and of the postmaster, while statements are refused, bypassed
# and approved and the audit trail is written: DDLGUARD_CRASHES rounds (default 12).
#
# After each one the server comes up, an approval has as many uses less as transactions used it and committed,
# nothing is in the audit trail twice, and what is refused next is recorded.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../tap/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../tap/lib.sh"

rounds=${DDLGUARD_CRASHES:-12} uses=1000000
RANDOM=${DDLGUARD_SEED:-$(($(date +%s) % 32768))}
echo "# seed $RANDOM"
cluster_create
node_conf main <<'END'
restart_after_crash = on
fsync = on
END
node_stop main
node_start main
psql -Xq -v ON_ERROR_STOP=1 <<SQL
CREATE EXTENSION ddlguard;
CREATE TABLE large AS SELECT i AS id FROM generate_series(1, 150000) i;
CREATE TABLE small (id int);
INSERT INTO small SELECT generate_series(1, 200);
ANALYZE;
CREATE TABLE done (at timestamptz DEFAULT now());
INSERT INTO ddlguard.policy (priority, rule, relation_name, action) VALUES (1, 'truncate', 'small', 'reject');
SELECT count(*) FROM ddlguard.approve('TRUNCATE small', 'emptied every night', uses => $uses);
SQL

# A use and its trace are one transaction; some of them are taken back.
cat >"$scratch/approved.sql" <<'SQL'
BEGIN;
TRUNCATE small;
INSERT INTO small SELECT generate_series(1, 200);
INSERT INTO done DEFAULT VALUES;
COMMIT;
BEGIN;
TRUNCATE small;
ROLLBACK;
SQL
cat >"$scratch/others.sql" <<'SQL'
DO $$ BEGIN DROP TABLE large; RAISE 'not refused'; EXCEPTION WHEN SQLSTATE 'DG001' THEN NULL; END $$;
BEGIN;
SET LOCAL ddlguard.bypass = 'OPS-1';
CREATE INDEX large_id ON large (id) WHERE id < 10;
ROLLBACK;
CREATE INDEX CONCURRENTLY IF NOT EXISTS done_at ON done (at);
DROP INDEX CONCURRENTLY IF EXISTS done_at;
SQL

pids() { sql postgres "SELECT pid FROM pg_stat_activity WHERE $1"; }
# Dead at once, and without a chance to clean up.
strike() {
  local victims=()
  case $1 in
    session) mapfile -t victims < <(pids "application_name = 'pgbench' ORDER BY random() LIMIT 1") ;;
    worker) mapfile -t victims < <(pids "backend_type LIKE 'ddlguard%' ORDER BY random() LIMIT 1") ;;
    postmaster) mapfile -t victims < <(head -n 1 "$scratch/main/data/postmaster.pid") ;;
  esac
  [[ ${#victims[@]} -gt 0 && -n ${victims[0]} ]] || return 1
  kill -9 "${victims[@]}" 2>/dev/null
}
up_again() {
  local tries=600
  if [[ $1 == postmaster ]]; then
    # Its children notice and leave; as long as one is there no other server can start.
    until node_start main >/dev/null 2>&1; do
      ((tries-- > 0)) || return 1
      sleep 0.1
    done
  fi
  until pg_isready -q && [[ $(sql postgres 'SELECT 1') == 1 ]]; do
    ((tries-- > 0)) || return 1
    sleep 0.1
  done
}
recorded() {
  local tries=300
  sql postgres "SET application_name = '$1'; DROP TABLE large" >/dev/null
  until [[ $(sql postgres "SELECT count(*) FROM ddlguard.event WHERE application_name = '$1' AND response = 'refused'") == 1 ]]; do
    ((tries-- > 0)) || return 1
    sleep 0.1
  done
}

kinds=(session worker postmaster)
for round in $(seq "$rounds"); do
  kind=${kinds[$((round % 3))]}
  for script in approved approved others; do
    pgbench -n -c 3 -T 60 -f "$scratch/$script.sql" >/dev/null 2>&1 &
  done
  sleep "0.$((RANDOM % 9 + 1))"
  tries=50
  until strike "$kind"; do
    ((tries-- > 0)) || break
    sleep 0.1
  done
  [[ $tries -gt 0 ]] || echo "# nothing to kill: $kind"
  sleep "0.$((RANDOM % 5))"
  pkill -P $$ pgbench || true
  wait
  ok "round $round: killed a $kind, and the server is up again" up_again "$kind"
  is "round $round: as many uses less as transactions committed" \
    "$(sql postgres "SELECT $uses - uses_left = (SELECT count(*) FROM done) FROM ddlguard.approval")" t
  is "round $round: nothing is recorded twice" \
    "$(sql postgres "SELECT count(*) FROM (SELECT FROM ddlguard.event GROUP BY decided_at, pid, statement HAVING count(*) > 1) twice")" 0
  ok "round $round: the next refusal is recorded" recorded "round $round"
done
like "approvals were used meanwhile" "$(sql postgres 'SELECT count(*) FROM done')" '^[1-9]'
is "no assertion failed, nothing panicked" "$(grep -E 'TRAP:|PANIC:' "$scratch/main/log" || true)" ""
done_testing
