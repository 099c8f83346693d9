#!/usr/bin/env bash
# Where there is no room for the guard: a full disk, no process for the worker (audit.t: no shared memory, a full
# ring).  What is dangerous is refused all the same, and whoever looks is told.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

build
scratch_create
prefix_create
node_init main
node_use main
log() { tail -n +"$1" "$scratch/main/log"; }
lines() { wc -l <"$scratch/main/log"; }
wait_for() {
  local tries=200
  until [[ $(sql postgres "$1") == t ]]; do
    ((tries-- > 0)) || return 1
    sleep 0.05
  done
}

# ---- no file may become longer than 20 MB: what a full disk does to the table, while WAL still has room ----
(ulimit -f 20480 && node_start main)
psql -Xq <<'SQL'
CREATE EXTENSION ddlguard;
CREATE TABLE large AS SELECT i AS id FROM generate_series(1, 150000) i;
SQL
sql postgres "SET ddlguard.bypass = 'test'; ALTER TABLE ddlguard.event ALTER statement SET STORAGE PLAIN" >/dev/null
for length in 7500 500 1; do
  full=$(sql postgres "DO \$\$ BEGIN LOOP
    INSERT INTO ddlguard.event (decided_at, database_name, pid, session_user_name, current_user_name, command_tag, statement,
        truncated, action, response, findings, findings_omitted)
      SELECT now(), 'postgres', 1, 'x', 'x', 'SELECT', repeat('x', $length), false, 'log', 'logged', '[]', 0
      FROM generate_series(1, 20);
    COMMIT;
  END LOOP; END \$\$")
done
like "the table of events is full" "$full" 'could not extend file'
like "a refusal is a refusal" "$(sql postgres 'DROP TABLE large')" '^ERROR:  DG001: '
ok "the worker says what is wrong" wait_for "SELECT worker LIKE 'failing: could not extend file%' AND events_waiting >= 1 FROM ddlguard.status()"
like "and the warning" "$(sql postgres 'SELECT warning FROM ddlguard.status()')" 'events cannot be written to ddlguard.event: could not extend file'
like "and the log, once" "$(grep -c 'ddlguard could not write to table ddlguard.event: could not extend file' "$scratch/main/log")" '^[12]$'
ok "the refusal is in the server log" grep -q 'ddlguard refused: .*statement: DROP TABLE large' "$scratch/main/log"
sql postgres "DELETE FROM ddlguard.event WHERE statement ~ '^x+$'" >/dev/null
sql postgres 'VACUUM (TRUNCATE false) ddlguard.event' >/dev/null
ok "once there is room it is written" wait_for "SELECT count(*) = 1 FROM ddlguard.event WHERE statement = 'DROP TABLE large'"
is "and nothing is wrong" "$(sql postgres 'SELECT worker, warning FROM ddlguard.status()')" 'idle|'
node_stop main

# ---- no process ----
node_conf main <<<'max_worker_processes = 0'
begin=$(lines)
node_start main
like "the server says that the launcher has no place" "$(log "$begin")" 'too many background workers'
like "a refusal is a refusal" "$(sql postgres 'DROP TABLE large')" '^ERROR:  DG001: '
ok "and in the server log" grep -q 'ddlguard refused: .*statement: DROP TABLE large' <(log "$begin")
is "status() says that nobody writes" "$(sql postgres 'SELECT worker, events_waiting FROM ddlguard.status()')" 'not running|1'
node_stop main
node_conf main <<<'max_worker_processes = 8'
node_start main
ok "with one, what has waited is written" wait_for "SELECT count(*) = 2 FROM ddlguard.event WHERE statement = 'DROP TABLE large'"
node_stop main

done_testing
