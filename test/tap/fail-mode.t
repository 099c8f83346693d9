#!/usr/bin/env bash
# What the guard cannot judge: policies that are damaged on disk, statements of kinds that it does not know.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cluster_create
modules_install net
psql -Xq <<'SQL'
CREATE EXTENSION ddlguard;
CREATE TABLE filled AS SELECT i AS id FROM generate_series(1, 1000) i;
CREATE FUNCTION net_unknown(boolean) RETURNS void LANGUAGE c AS 'net';
SQL
# on_record APPLICATION: what the writer has written of a session's last statement.
on_record() {
  local tries=200
  until [[ $(sql postgres "SELECT count(*) FROM ddlguard.event WHERE application_name = '$1'") -ge 1 ]]; do
    ((tries-- > 0)) || return 0
    sleep 0.05
  done
  sql postgres "SELECT command_tag, action, response, outcome, sqlstate, statement, reason, findings
    FROM ddlguard.event WHERE application_name = '$1' ORDER BY decided_at DESC LIMIT 1"
}
log() { grep -F "$1" "$scratch/main/log" | tail -n 1; }

# ---- statements of unknown kinds, as a fork or a later major may have ----
like "a kind that the server calls a change is refused" "$(sql postgres 'SELECT net_unknown(true)')" \
  '^ERROR:  DG005: ddlguard cannot judge this statement: it does not know utility statement node'
like "which is on record" "$(PGAPPNAME=unknown sql postgres 'SELECT net_unknown(true)' >/dev/null; on_record unknown)" \
  '\|reject\|refused\|refused\|DG005\|an unknown statement\|it does not know utility statement node [0-9]+\|\[\]'
like "and in the server log" "$(log 'ddlguard refused')" 'it does not know utility statement node.*session user postgres.*statement: an unknown statement'
like "under a bypass it is PostgreSQL's" "$(sql postgres "SET ddlguard.bypass = 'test'; SELECT net_unknown(true)")" '^ERROR:  XX000: unrecognized node type'
like "in mode observe, too" "$(sql postgres 'SET ddlguard.mode = observe; SELECT net_unknown(true)')" '^ERROR:  XX000: '
like "in fail mode open, too" "$(sql postgres 'SET ddlguard.fail_mode = open; SELECT net_unknown(true)')" '^ERROR:  XX000: '
like "with a line in the log" "$(log 'ddlguard undecided')" 'it does not know utility statement node.*session user postgres.*statement: '
like "another kind is let pass" "$(sql postgres 'SELECT net_unknown(false)')" 'ERROR:  XX000: unrecognized node type'
ok "and noted" grep -q 'ddlguard does not know utility statement node' "$scratch/main/log"

# ---- an approval that cannot be used ----
sql postgres "UPDATE ddlguard.policy SET min_rows = NULL; SELECT ddlguard.approve('DROP TABLE filled', 'OPS-1');
  SET ddlguard.bypass = 'test'; CREATE INDEX ON ddlguard.approval (lower(reason))" >/dev/null
like "the statement is refused when its use cannot be taken" "$(PGAPPNAME=unused sql postgres 'DROP TABLE filled')" \
  '^ERROR:  DG005: approval 1 cannot be used: an index that was added to ddlguard.approval is in the way'
like "which is on record" "$(on_record unused)" '^DROP TABLE\|reject\|refused\|refused\|DG005\|DROP TABLE filled\|approval 1 cannot be used: an index'

is "and counted once" "$(sql postgres "SELECT judged, refused FROM ddlguard.stat_ddl WHERE datname = 'postgres' AND command_tag = 'DROP TABLE'")" '1|1'

# ---- a damaged table ----
damage() {
  local file
  file=$(sql postgres "SELECT current_setting('data_directory') || '/' || pg_relation_filepath('ddlguard.policy')")
  node_stop main
  dd if=/dev/zero bs=1 count=24 conv=notrunc of="$file" status=none
  printf '\377\377\377\377\377\377\377\377' | dd bs=1 seek=12 conv=notrunc of="$file" status=none
  node_start main
}
damage
like "what a policy would decide about is refused" "$(sql postgres 'DROP TABLE filled')" '^ERROR:  DG005: '
like "with the cause" "$(sql postgres 'DROP TABLE filled')" 'DETAIL:  Table ddlguard.policy could not be read: .*invalid page'
is "what no rule minds runs" "$(sql postgres 'CREATE TABLE fresh (id int PRIMARY KEY); ALTER TABLE fresh ADD n int; DROP TABLE fresh')" ""
is "so does DML" "$(sql postgres 'UPDATE filled SET id = id WHERE id = 1; SELECT count(*) FROM filled')" 1000
like "which is on record" "$(PGAPPNAME=undecided sql postgres 'DROP TABLE filled' >/dev/null; on_record undecided)" \
  '^DROP TABLE\|reject\|refused\|refused\|DG005\|DROP TABLE filled\|Table ddlguard.policy could not be read: .*invalid page'
like "so is DML" "$(PGAPPNAME=dml sql postgres 'DELETE FROM filled' >/dev/null; on_record dml)" '^DELETE\|reject\|refused\|refused\|DG005\|DELETE FROM filled'
like "without secrets" "$(PGAPPNAME=secret sql postgres "ALTER TABLE filled ADD password text DEFAULT random()::text || 'geheim'" >/dev/null; on_record secret)" \
  "^ALTER TABLE.*DG005.*DEFAULT random\(\)::text \|\| '\*\*\*'"
like "check() says so" "$(sql postgres "SELECT * FROM ddlguard.check('DROP TABLE filled')")" '^ERROR:  DG005: '
is "who asks leaves no record" "$(sleep 1; sql postgres "SELECT count(*) FROM ddlguard.event WHERE statement ~ 'check'")" 0
like "and status()" "$(sql postgres 'SELECT active, policy_rows, warning FROM ddlguard.status()')" '^t\|\|ddlguard.policy cannot be read: .*invalid page'
like "status() in a parallel query, where no subtransaction can be begun" \
  "$(sql postgres "SELECT set_config(name, 'on', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
    SELECT active FROM ddlguard.status()")" 'invalid page|^t$'
like "a bypass does not help, since a row could forbid it" "$(sql postgres "SET ddlguard.bypass = 'test'; DROP TABLE filled")" '^ERROR:  DG005: '
is "the transaction goes on after it" \
  "$(psql -XAtq -c BEGIN -c 'SAVEPOINT s' -c 'DROP TABLE filled' -c 'ROLLBACK TO s' -c 'CREATE TABLE fresh ()' -c 'SELECT 1' -c ROLLBACK 2>/dev/null || true)" 1
is "mode observe refuses nothing" "$(sql postgres 'BEGIN; SET LOCAL ddlguard.mode = observe; DROP TABLE filled; ROLLBACK')" ""
is "nor does fail mode open" "$(sql postgres 'BEGIN; SET LOCAL ddlguard.fail_mode = open; DROP TABLE filled; ROLLBACK')" ""
like "which is told in the log" "$(log 'ddlguard undecided')" 'invalid page.*session user postgres.*statement: DROP TABLE filled'
like "and as JSON" "$(sql postgres 'BEGIN; SET LOCAL ddlguard.fail_mode = open; SET LOCAL ddlguard.log_format = json; DROP TABLE filled; ROLLBACK'; log '"ddlguard":"undecided"')" \
  '"why":".*invalid page.*","session_user":"postgres",.*"statement":"'
is "it is mended: emptied, and filled again" "$(sql postgres "BEGIN; SET LOCAL ddlguard.fail_mode = open; TRUNCATE ddlguard.policy; COMMIT;
  INSERT INTO ddlguard.policy (rule, action) VALUES ('destructive', 'reject'); SELECT warning IS NULL FROM ddlguard.status()")" t
like "and the guard decides" "$(sql postgres 'DROP TABLE filled')" '^ERROR:  DG001: '

done_testing
