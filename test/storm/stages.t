#!/usr/bin/env bash
# Cancelled, timed out, terminated, failed or killed at each stage of a decision: the error is PostgreSQL's own, the
# statement has done nothing, its approval is unused, no lock stays, and what comes next is judged as ever.
#
# The library is one with debug points (src/pg/debug_point.h), which this builds unless DDLGUARD_LIBRARY names one.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../tap/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../tap/lib.sh"

if [[ -z ${DDLGUARD_LIBRARY:-} ]]; then
  "$top/test/setup"
  library=build/$("$PG_CONFIG" --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/')-debug-points/ddlguard.so
  MAKEFLAGS='' make -C "$top" --silent -j "$(nproc)" DEBUG_POINTS=1 "$library" >&2
  export DDLGUARD_LIBRARY=$top/$library
fi
if ! grep -q 'ddlguard\.debug_point' "$DDLGUARD_LIBRARY"; then
  echo "$DDLGUARD_LIBRARY has no debug points: build it with make DEBUG_POINTS=1, or let this test do so" >&2
  exit 1
fi

cluster_create
modules_install net
node_conf main <<<'restart_after_crash = on'
node_stop main
node_start main
psql -Xq -v ON_ERROR_STOP=1 >/dev/null <<'SQL'
CREATE EXTENSION ddlguard;
CREATE FUNCTION net_rewrite(regclass) RETURNS void LANGUAGE c AS 'net';
CREATE TABLE large AS SELECT i AS id FROM generate_series(1, 150000) i;
CREATE TABLE small AS SELECT i AS id FROM generate_series(1, 200) i;
CREATE INDEX small_id ON small (id);
CREATE ROLE app;
GRANT SELECT ON large TO app;
ANALYZE;
INSERT INTO ddlguard.policy (priority, rule, relation_name, action) VALUES (1, '*', 'small%', 'reject'),
  (1, 'non_idempotent_statement', 'small%', 'reject'), (0, 'concurrently_with_short_timeout', 'small%', 'allow');
SELECT count(*) FROM ddlguard.approve('TRUNCATE small', 'nightly', uses => 1000);
SELECT count(*) FROM ddlguard.approve('DROP INDEX CONCURRENTLY small_id', 'unused', uses => 1000);

-- Calls function(pid) once the session of that application waits so.
CREATE FUNCTION strike(what text, whom text, waits_for text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE victim int; done boolean;
BEGIN
  FOR i IN 1 .. 1000 LOOP
    PERFORM pg_stat_clear_snapshot();
    SELECT pid INTO victim FROM pg_stat_activity WHERE application_name = whom AND wait_event_type = waits_for;
    IF victim IS NOT NULL THEN
      EXECUTE format('SELECT %s(%s)', what, victim) INTO done;
      RETURN done;
    END IF;
    PERFORM pg_sleep(0.01);
  END LOOP;
  RETURN false;
END $$;

-- Strong locks, approvals used, and what the statements would have changed.
CREATE FUNCTION traces() RETURNS text LANGUAGE sql AS $$
  SELECT format('%s %s %s %s %s %s',
    (SELECT count(*) FROM pg_locks WHERE mode ~ 'Exclusive'
       AND relation IN ('large'::regclass, 'small'::regclass, 'small_id'::regclass, 'ddlguard.approval'::regclass, 'ddlguard.policy'::regclass)),
    (SELECT sum(1000 - uses_left) FROM ddlguard.approval),
    (SELECT count(*) FROM large), (SELECT count(*) FROM small), has_table_privilege('app', 'large', 'SELECT'),
    (SELECT count(*) FROM pg_class WHERE relname IN ('small_id', 'fresh'))) $$;
SQL
untouched='0 0 150000 200 t 1'

# ---- the stages, and a statement that comes by each ----
refused='DROP TABLE large;'
approved='TRUNCATE small;'
declare -A statement=(
  [before_analysis]=$refused
  [names_resolved]='ALTER TABLE large ALTER id SET NOT NULL;'
  [reading_policy]=$refused
  [before_verdict]=$refused
  [searching_approval]=$refused
  [before_refusal]=$refused
  [before_ring]=$refused
  [refusal_recorded]=$refused
  [approval_locked]=$approved
  [before_locks]=$approved
  [locked]=$approved
  [before_use]=$approved
  [used]=$approved
  [before_event]=$approved
  [before_run]=$approved
  [has_run]=$approved
  [used_ahead]='DROP INDEX CONCURRENTLY small_id;'
  [net]="SELECT net_rewrite('large');"
  [dml]='DELETE FROM large;'
  [before_commit]='BEGIN; REVOKE SELECT ON large FROM app; COMMIT;'
  [script]="SELECT count(*) FROM ddlguard.check('DROP TABLE large; DROP TABLE small');"
)
# Here an error is one about the statement or the policies: what no frame foresaw is refused by the net, or undone.
declare -A failure=([before_analysis]=DG001 [names_resolved]=DG005 [reading_policy]=DG005)
# The use of an approval has been committed ahead, and is gone (docs/approvals.md).
declare -A gone=([used_ahead]=1)

known=$(sql postgres "SET ddlguard.debug_point = '?'" | sed -n 's/^DETAIL:  Stages: //p' | tr ' ' '\n' | sort)
is "every stage is tried" "$(printf '%s\n' "${!statement[@]}" writing | sort)" "$known"

# ---- what a session sees ----

# After the statement: its SQLSTATE, those of one that must be refused and of some that must pass, how the guard stands.
cat >"$scratch/after.sql" <<'SQL'
\set at_stage :SQLSTATE
ROLLBACK;
RESET ddlguard.debug_point;
RESET statement_timeout;
RESET lock_timeout;
RESET idle_session_timeout;
RESET idle_in_transaction_session_timeout;
DROP TABLE large;
\set dangerous :SQLSTATE
CREATE TABLE fresh (id int PRIMARY KEY);
ALTER TABLE fresh ADD COLUMN n int NOT NULL DEFAULT 1;
DROP TABLE fresh;
\set harmless :SQLSTATE
SELECT :'at_stage', :'dangerous', :'harmless', active, mode, fail_mode, bypass FROM ddlguard.status();
SELECT traces();
SQL
# session STAGE:WHAT SETTINGS STATEMENT
session() {
  PGAPPNAME=victim PGOPTIONS='-c client_min_messages=error' timeout 30 psql -XAtq 2>/dev/null <<SQL || true
SELECT 1 \g /dev/null
$2
SET ddlguard.debug_point = '$1';
$3
\i $scratch/after.sql
SQL
}
strike() { [[ $(sql postgres "SELECT strike('$1', 'victim', 'Extension')") == t ]] || echo "$2" >>"$scratch/missed"; }
# struck FUNCTION STAGE [STATEMENT]: the session, where FUNCTION(pid) is called at the stage.
struck() {
  session "$2:wait" '' "${3:-${statement[$2]}}" >"$scratch/seen" &
  local victim=$!
  strike "$1" "$2"
  wait "$victim" || true
  cat "$scratch/seen"
}
uses() { if [[ -n ${gone[$1]:-} ]]; then sed 's/^0 0 /0 1 /' <<<"$untouched"; else echo "$untouched"; fi; }
# good STAGE SQLSTATE: what the session should see.
good() { printf '%s|DG001|00000|t|enforce|closed|\n%s' "$2" "$(uses "$1")"; }
# traces STAGE: as others see them; uses that are gone are given back.
traces() {
  sql postgres "SELECT traces()"
  [[ -z ${gone[$1]:-} ]] || sql postgres 'UPDATE ddlguard.approval SET uses_left = 1000'
}
up_again() {
  local tries=600
  until [[ $(sql postgres 'SELECT 1') == 1 ]]; do
    ((tries-- > 0)) || return 1
    sleep 0.05
  done
}

# in_block STAGE: a savepoint is left at the stage, and the transaction goes on.
in_block() {
  PGAPPNAME=victim PGOPTIONS='-c client_min_messages=error' timeout 30 psql -XAtq 2>/dev/null >"$scratch/seen" <<SQL &
BEGIN;
SAVEPOINT s;
SET LOCAL ddlguard.debug_point = '$1:wait';
${statement[$1]}
\set at_stage :SQLSTATE
ROLLBACK TO s;
SELECT traces();
DROP TABLE large;
\set dangerous :SQLSTATE
ROLLBACK TO s;
TRUNCATE small;
SELECT :'at_stage', :'dangerous', :'SQLSTATE', sum(1000 - uses_left) FROM ddlguard.approval;
ROLLBACK;
SQL
  local victim=$!
  strike pg_cancel_backend "$1"
  wait "$victim" || true
  cat "$scratch/seen"
}
# caught STAGE: a function that survives being cancelled, and goes on with what is refused.
caught() {
  PGAPPNAME=victim PGOPTIONS='-c client_min_messages=error' timeout 30 psql -XAtq 2>/dev/null >"$scratch/seen" <<SQL &
SET ddlguard.debug_point = '$1:wait';
DO \$do\$
BEGIN
  BEGIN
    EXECUTE \$each\$${statement[$1]}\$each\$;
  EXCEPTION WHEN query_canceled THEN
    PERFORM set_config('ddlguard.debug_point', '', false);
  END;
  ALTER TABLE large ADD COLUMN meanwhile int;
  DROP TABLE large;
END
\$do\$;
SELECT :'SQLSTATE', traces();
SQL
  local victim=$!
  strike pg_cancel_backend "$1"
  wait "$victim" || true
  cat "$scratch/seen"
}

: >"$scratch/missed"
major=$(sql postgres "SELECT current_setting('server_version_num')::int / 10000")
mapfile -t stages < <(printf '%s\n' "${!statement[@]}" | sort)
[[ $# -eq 0 ]] || stages=("$@")
for stage in "${stages[@]}"; do
  each=${statement[$stage]}
  is "$stage: cancelled" "$(struck pg_cancel_backend "$stage")" "$(good "$stage" 57014)"
  is "$stage: cancelled, what is left" "$(traces "$stage")" "$(uses "$stage")"
  is "$stage: terminated" "$(struck pg_terminate_backend "$stage")" ''
  is "$stage: terminated, what is left" "$(traces "$stage")" "$(uses "$stage")"
  is "$stage: an error" "$(session "$stage:error" '' "$each")" "$(good "$stage" "${failure[$stage]:-XX000}")"
  traces "$stage" >/dev/null

  psql -Xq -c 'SELECT pg_advisory_lock(1)' -c 'SELECT pg_sleep(600)' >/dev/null 2>&1 &
  holder=$!
  sql postgres "SELECT strike('pg_backend_pid() <>', 'psql', 'Timeout')" >/dev/null
  is "$stage: lock_timeout" "$(session "$stage:lock" "SET lock_timeout = '50ms';" "$each")" "$(good "$stage" 55P03)"
  sql postgres "SELECT strike('pg_terminate_backend', 'psql', 'Timeout')" >/dev/null
  wait "$holder" 2>/dev/null || true
  traces "$stage" >/dev/null

  # These two must run in no block, and COMMIT, as for deferred triggers, has no statement_timeout.
  if [[ $stage != before_commit && $stage != used_ahead ]]; then
    is "$stage: cancelled in a block" "$(in_block "$stage")" "$untouched"$'\n'"57014|DG001|00000|1"
    is "$stage: cancelled in a function that goes on" "$(caught "$stage")" "DG001|$untouched"
  fi
  if [[ $stage != before_commit ]]; then
    is "$stage: statement_timeout" "$(session "$stage:wait" "SET statement_timeout = '50ms';" "$each")" "$(good "$stage" 57014)"
    traces "$stage" >/dev/null
  fi
  if [[ $major -ge 17 ]]; then
    is "$stage: transaction_timeout" "$(session "$stage:wait" "SET transaction_timeout = '50ms';" "$each")" ''
    is "$stage: transaction_timeout, what is left" "$(traces "$stage")" "$(uses "$stage")"
  fi
done
is "no process died" "$(grep -E 'terminated by signal|PANIC:|TRAP:' "$scratch/main/log" || true)" ""
is "the server said who was terminated" \
  "$(grep -c 'FATAL:  terminating connection due to administrator command' "$scratch/main/log")" "$((${#stages[@]} * 2))"

# ---- a deadlock: this session waits for the other, which then waits for this one ----
for stage in names_resolved reading_policy locked; do
  psql -Xq -c "SET deadlock_timeout = '10min'" -c 'SELECT pg_advisory_lock(1)' \
    -c "SELECT strike('pg_backend_pid() <>', 'victim', 'Lock')" -c 'SELECT pg_advisory_lock(2)' >/dev/null 2>&1 &
  sql postgres "SELECT strike('pg_backend_pid() <>', 'psql', 'Timeout')" >/dev/null
  is "$stage: a deadlock" "$(session "$stage:lock" "SELECT pg_advisory_lock(2) \\g /dev/null
    SET deadlock_timeout = '2s';" "${statement[$stage]}")" "$(good "$stage" 40P01)"
  wait
done

# ---- idle timeouts: for clients that do nothing, not for what waits in here ----
patient="SET idle_session_timeout = '500ms'; SET idle_in_transaction_session_timeout = '500ms'; SET statement_timeout = '1s';"
for stage in approval_locked locked before_run; do
  is "$stage: nobody is idle there" "$(session "$stage:wait" "$patient" "${statement[$stage]}")" "$(good "$stage" 57014)"
done
is "a transaction that has used an approval, and is idle: its session ends" "$(
  PGAPPNAME=victim timeout 30 psql -XAtq 2>&1 <<'SQL' | grep -o 'terminating.*' | sed 1q || true
SET idle_in_transaction_session_timeout = '100ms';
BEGIN;
TRUNCATE small;
\! sleep 0.5
COMMIT;
SQL
)" 'terminating connection due to idle-in-transaction timeout'
is "and the use is given back" "$(traces locked)" "$untouched"

# ---- kill -9 of the session ----
for stage in "${stages[@]}"; do
  is "$stage: killed" "$(session "$stage:kill" '' "${statement[$stage]}")" ''
  ok "$stage: killed, the server comes up" up_again
  is "$stage: killed, what is left" "$(traces "$stage")" "$(uses "$stage")"
  like "$stage: killed, the guard is at work" "$(sql postgres 'DROP TABLE large')" '^ERROR:  DG001: '
done

# ---- the writer of ddlguard.event ----
recorded() {
  local tries=600
  until [[ $(sql postgres "SELECT count(*) FROM ddlguard.event WHERE application_name = '$1'") == 1 ]]; do
    ((tries-- > 0)) || return 1
    sleep 0.05
  done
}
# Not by ALTER SYSTEM, which would be an event of its own.
writer_stops() {
  local tries=200
  node_conf main <<<"ddlguard.debug_point = '$1'"
  up_again
  sql postgres 'SELECT pg_reload_conf()' >/dev/null
  until [[ $(sql postgres 'SHOW ddlguard.debug_point') == "$1" ]]; do
    ((tries-- > 0)) || return 1
    sleep 0.05
  done
}
for what in pg_cancel_backend pg_terminate_backend error kill; do
  if [[ $what == pg_* ]]; then writer_stops writing:wait; else writer_stops "writing:$what"; fi
  PGAPPNAME="at $what" sql postgres 'DROP TABLE large' >/dev/null
  if [[ $what == pg_* ]]; then
    is "the writer, $what" "$(sql postgres "SELECT strike('$what', 'ddlguard writer', 'Extension')")" t
  else
    sleep 1 # for its first try
  fi
  writer_stops ''
  PGAPPNAME="after $what" sql postgres 'DROP TABLE large' >/dev/null
  # What is in shared memory goes with the server that a kill takes down.
  [[ $what == kill ]] || ok "the writer, $what: what it was writing is written, once" recorded "at $what"
  ok "the writer, $what: what comes next is written" recorded "after $what"
done

is "every stage was reached" "$(sort -u "$scratch/missed")" ""
done_testing
