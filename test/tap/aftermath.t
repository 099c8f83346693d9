#!/usr/bin/env bash
# The aftermath: who waited for DDL, and what other sessions and applications meet when it is done.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cluster_create
psql -Xq <<'SQL'
CREATE DATABASE other;
CREATE EXTENSION ddlguard;
CREATE ROLE app LOGIN;
CREATE TABLE orders AS SELECT i AS id, i::text AS note, i AS qty FROM generate_series(1, 1000) i;
CREATE TABLE items AS SELECT i AS id, i::text AS label FROM generate_series(1, 1000) i;
GRANT ALL ON orders, items TO app;
ALTER SYSTEM SET ddlguard.lock_wait = '500ms';
ALTER SYSTEM SET ddlguard.lock_hold = '700ms';
SELECT pg_reload_conf() \gset
SQL
psql -Xq -d other -c 'CREATE EXTENSION ddlguard' -c 'CREATE TABLE orders AS SELECT 1 AS id'
# as APPLICATION STATEMENT...: as role app.
as() {
  local application=$1
  shift
  PGAPPNAME=$application psql -XAtq -U app -d postgres -v VERBOSITY=verbose "${@/#/-c}" 2>&1 || true
}
migrate() { PGAPPNAME=migration psql -Xq -c "SET ddlguard.bypass = 'OPS-7'" "${@/#/-c}"; }
aftermath() { sql postgres "SELECT $1 FROM ddlguard.aftermath WHERE $2 ORDER BY sqlstate, client_application"; }
events() { sql postgres "SELECT $1 FROM (SELECT * FROM ddlguard.event ORDER BY id) e WHERE $2"; }
# until_is EXPECTED COMMAND...: waits for the writer.
until_is() {
  local expected=$1 i
  shift
  for i in $(seq 100); do
    [[ $("$@") == "$expected" ]] && return
    sleep 0.1
  done
}

# ---- errors ----
migrate 'ALTER TABLE orders DROP COLUMN note'
is "all is calm" "$(aftermath 'relation, columns, errors, sqlstate, application_name, session_user_name' true)" "public.orders|note (gone)|0||migration|postgres"
as web 'SELECT note FROM orders' >/dev/null
as web 'SELECT note FROM orders WHERE id = 2' >/dev/null
as "nightly job" 'SELECT o.note FROM orders o' >/dev/null
as web 'SELECT note FROM items' 'SELECT label FROM items' >/dev/null
is "who still reads a dropped column" "$(aftermath 'errors, sqlstate, condition, column_name, client_role, client_application' true)" \
  $'1|42703|undefined_column|note|app|nightly job\n2|42703|undefined_column|note|app|web'
echo 'SELECT note FROM orders WHERE id = 1;' >"$scratch/extended.sql"
PGAPPNAME=extended pgbench -n -t 1 -M prepared -U app -f "$scratch/extended.sql" postgres >/dev/null 2>&1 || true
is "by the extended protocol" "$(aftermath 'errors' "client_application = 'extended'")" 1
is "another database sees nothing of it" "$(sql other 'SELECT count(*) FROM ddlguard.aftermath')" 0
sql other 'SELECT note FROM orders' >/dev/null
is "and its errors do not count" "$(sql postgres 'SELECT sum(errors) FROM ddlguard.aftermath')" 4

migrate 'ALTER TABLE orders ADD COLUMN need int NOT NULL DEFAULT 1' 'ALTER TABLE orders ALTER need DROP DEFAULT'
as web 'INSERT INTO orders (id) VALUES (1)' >/dev/null
is "who does not fill a required one" "$(aftermath 'errors, column_name, client_application' "sqlstate = '23502'")" "1|need|web"
migrate 'ALTER TABLE items ALTER label TYPE int USING label::int'
as web "INSERT INTO items VALUES (1, 'one')" "SELECT * FROM items WHERE label = 'x'::text" >/dev/null
is "who sends what the new type does not take" "$(aftermath 'errors, sqlstate, column_name' "columns = 'label (retyped)'")" $'1|22P02|\n1|42883|label'
migrate 'REVOKE ALL ON items FROM app'
as web 'SELECT 1 FROM items' >/dev/null
is "who lost a right" "$(aftermath 'command_tag, errors, sqlstate' "sqlstate = '42501'")" "REVOKE|1|42501"
migrate 'GRANT ALL ON items TO app' 'ALTER TABLE items RENAME TO goods'
as web 'SELECT 1 FROM items' >/dev/null
is "who knows a table by its old name" "$(aftermath 'new_name, errors, client_application' "sqlstate = '42P01'")" "public.goods|1|web"

# ---- who waits ----
{ psql -Xq -c 'BEGIN; LOCK goods IN ACCESS SHARE MODE; SELECT pg_sleep(1.5); COMMIT' >/dev/null; } &
until [[ $(sql postgres "SELECT count(*) FROM pg_locks WHERE relation = 'goods'::regclass") != 0 ]]; do sleep 0.02; done
like "a lock that cannot be had is given up" "$(sql postgres 'ALTER TABLE goods ADD COLUMN a int')" '55P03: could not lock'
until_is 1 events 'count(*)' "sqlstate = '55P03'"
is "and on record with who was in the way, though there is no finding" "$(events "outcome, action, response, lock_wait_time BETWEEN 450 AND 2000,
  reason ~ 'could not lock \"public.goods\" .ACCESS EXCLUSIVE. within 500 ms: process [0-9]+ .role postgres. holds it'" "sqlstate = '55P03'")" "failed|allow|allowed|t|t"
is "its wait is counted" "$(sql postgres "SELECT max_lock_wait_time BETWEEN 450 AND 2000 FROM ddlguard.stat_ddl WHERE datname = 'postgres' AND command_tag = 'ALTER TABLE'")" t
wait

{ psql -Xq -c 'BEGIN; ALTER TABLE goods ADD COLUMN b int; SELECT pg_sleep(0.4); COMMIT' >/dev/null; } &
until [[ $(sql postgres "SELECT count(*) FROM pg_locks WHERE relation = 'goods'::regclass AND mode = 'AccessExclusiveLock'") != 0 ]]; do sleep 0.02; done
as web 'SELECT count(*) FROM goods' >/dev/null &
as web 'SELECT count(*) FROM goods' >/dev/null &
wait
is "who waited for its lock" "$(aftermath 'waiters, lock_hold_time BETWEEN 390 AND 700, errors' "columns = 'b (added)'")" "2|t|0"
until_is 1 events 'count(*)' 'waiters = 2'
is "it is on record, though there is no finding" "$(events 'outcome, action, response, lock_hold_time BETWEEN 390 AND 700' 'waiters = 2')" "committed|allow|allowed|t"
sql postgres 'ALTER TABLE goods ADD COLUMN c int' >/dev/null
is "one that nobody waits for is not" "$(events 'statement' "statement ~ 'COLUMN c'")" ""

# ---- who is ended by the hold bound ----
sql postgres 'BEGIN; ALTER TABLE goods ADD COLUMN d int; SELECT pg_sleep(3); COMMIT' >/dev/null
until_is 1 events 'count(*)' "sqlstate = 'DG003'"
is "a statement whose transaction held its lock too long" "$(events 'outcome, statement, lock_hold_time BETWEEN 690 AND 1500' "sqlstate = 'DG003'")" \
  "rolled back|ALTER TABLE goods ADD COLUMN d int|t"
(echo 'BEGIN; ALTER TABLE goods ADD COLUMN e int;'; sleep 1.2) | psql -Xq >/dev/null 2>&1 || true
until_is 1 events 'count(*)' "sqlstate = '25P03'"
is "in an idle session, too" "$(events 'outcome, statement' "sqlstate = '25P03'")" "rolled back|ALTER TABLE goods ADD COLUMN e int"
is "under a bypass the time is measured all the same" "$(migrate 'BEGIN' 'ALTER TABLE goods DROP COLUMN c' 'SELECT pg_sleep(0.9)' COMMIT >/dev/null
  aftermath 'lock_hold_time BETWEEN 890 AND 2000' "columns = 'c (gone)'")" t
is "the longest is counted" "$(sql postgres "SELECT max_lock_hold_time BETWEEN 890 AND 2000, lock_hold_time > max_lock_hold_time FROM ddlguard.stat_ddl
  WHERE datname = 'postgres' AND command_tag = 'ALTER TABLE'")" "t|t"

# ---- many ----
printf 'SELECT note FROM orders WHERE id = 1;\n%.0s' $(seq 2000) >"$scratch/storm.sql"
for _ in 1 2 3 4; do { PGAPPNAME=storm psql -XAtq -U app -d postgres -f "$scratch/storm.sql" >/dev/null 2>&1 || true; } & done
wait
is "each of thousands is counted" "$(aftermath 'errors' "client_application = 'storm'")" 8000
migrate "$(for i in $(seq 130); do echo "CREATE TABLE t$i AS SELECT 1 AS id; "; done)" "$(for i in $(seq 130); do echo "ALTER TABLE t$i ADD COLUMN n int; "; done)"
is "old changes make room for new ones" "$(aftermath 'count(*)' 'true GROUP BY sqlstate, client_application')" 128
for i in $(seq 130); do echo "ALTER TABLE t$i DROP COLUMN n;"; done >"$scratch/drops.sql"
psql -Xq -c "SET ddlguard.bypass = 'OPS-8'" -f "$scratch/drops.sql"
is "one by one as well" "$(aftermath 'count(*)' "columns = 'n (gone)' GROUP BY sqlstate, client_application")" 128

# ---- who may see it ----
like "not everybody may look" "$(as web 'SELECT * FROM ddlguard.aftermath')" '42501: permission denied for view aftermath'
sql postgres 'GRANT ddlguard_reader TO app' >/dev/null
is "readers may" "$(as web "SELECT count(*) FROM ddlguard.aftermath WHERE errors = 0")" 128

# ---- restarts ----
longest() { sql postgres "SELECT max_lock_hold_time, max_lock_wait_time FROM ddlguard.stat_ddl WHERE datname = 'postgres' AND command_tag = 'ALTER TABLE'"; }
before=$(longest)
node_stop main
node_start main
is "the counters outlive a restart" "$(longest)" "$before"
is "changes do not" "$(aftermath 'count(*)' 'true GROUP BY sqlstate, client_application')" ""
as web 'SELECT note FROM orders' >/dev/null
migrate 'ALTER TABLE orders DROP COLUMN qty'
as web 'SELECT qty FROM orders' >/dev/null
is "new ones are watched" "$(aftermath 'columns, errors, client_application' true)" "qty (gone)|1|web"
psql -Xq -c 'BEGIN; ALTER TABLE orders ADD COLUMN lost int; SELECT pg_sleep(60)' >/dev/null 2>&1 &
holder() { sql postgres "SELECT pid FROM pg_locks WHERE relation = 'orders'::regclass AND mode = 'AccessExclusiveLock'"; }
until [[ $(holder) =~ ^[0-9]+$ ]]; do sleep 0.05; done
as_server kill -9 "$(holder)"
wait || true
until [[ $(sql postgres 'SELECT true') == t ]]; do sleep 0.2; done
is "nothing is left after a crash" "$(aftermath 'count(*)' 'true GROUP BY sqlstate, client_application')" ""
migrate 'ALTER TABLE orders ADD COLUMN need_too int NOT NULL DEFAULT 1' 'ALTER TABLE orders ALTER need_too DROP DEFAULT'
as web 'INSERT INTO orders (id, need) VALUES (1, 1)' >/dev/null
is "and it goes on" "$(aftermath 'columns, errors, client_application' 'errors > 0')" "need_too (changed)|1|web"
done_testing
