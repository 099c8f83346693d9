#!/usr/bin/env bash
# The hold bound: who holds a strong lock on a table with rows for longer than ddlguard.lock_hold is cancelled.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cluster_create
psql -Xq <<'SQL'
CREATE EXTENSION ddlguard;
CREATE TABLE orders AS SELECT i AS id, i::text AS note FROM generate_series(1, 1000) i;
CREATE TABLE parts (id int) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (1000);
INSERT INTO parts SELECT generate_series(1, 10);
CREATE FUNCTION slowly(id int) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.02); RETURN id; END $$;
INSERT INTO ddlguard.policy (priority, rule, action) VALUES (1, 'alter_column_type_rewrite', 'log'), (1, 'compatibility', 'log');
ALTER SYSTEM SET ddlguard.lock_hold = '400ms';
SELECT pg_reload_conf();
SQL
columns() { sql postgres "SELECT string_agg(attname || ' ' || atttypid::regtype, ', ' ORDER BY attnum) FROM pg_attribute
  WHERE attrelid = '$1'::regclass AND attnum > 0 AND NOT attisdropped"; }
rewrite="ALTER TABLE orders ALTER id TYPE bigint USING slowly(id)"
milliseconds() { echo $(($(date +%s%N) / 1000000)); }
# in_background NAME SESSION...: what psql says to these commands goes to $scratch/NAME; leaves the time it took there too.
in_background() {
  local name=$1
  shift
  { begin=$(milliseconds); psql -XAtq -v VERBOSITY=verbose "$@" >"$scratch/$name" 2>&1 || true
    echo $(($(milliseconds) - begin)) >"$scratch/$name.ms"; } &
}
holding() { sql postgres "SELECT count(*) > 0 FROM pg_locks WHERE relation = '$1'::regclass AND mode = 'AccessExclusiveLock' AND granted"; }
until_holding() { until [[ $(holding "$1") == t ]]; do sleep 0.05; done; }

# ---- a statement that takes too long ----
in_background rewrite -c "$rewrite"
until_holding orders
in_background waiter -c "SELECT 'served', count(*) FROM orders"
wait
like "a slow rewrite is cancelled" "$(cat "$scratch/rewrite")" \
  '^ERROR:  DG003: "public.orders" was locked \(ACCESS EXCLUSIVE\) for longer than 400 ms \(ddlguard.lock_hold\)$'
like "with the facts" "$(cat "$scratch/rewrite")" '^DETAIL:  ALTER TABLE took the lock [0-9]+ ms ago. Waiting for it: process [0-9]+.$'
like "and a way out" "$(cat "$scratch/rewrite")" '^HINT:  Its transaction is rolled back.*ddlguard.plan'
is "its table is unharmed" "$(columns orders)" "id integer, note text"
is "who waited is served" "$(cat "$scratch/waiter")" "served|1000"
like "the server log has the SQLSTATE" "$(grep -c 'ERROR:  "public.orders" was locked' "$scratch/main/log")" '^1$'
until [[ $(sql postgres "SELECT count(*) FROM ddlguard.event WHERE sqlstate = 'DG003'") == 1 ]]; do sleep 0.1; done
is "the record, too" "$(sql postgres "SELECT outcome, command_tag FROM ddlguard.event WHERE sqlstate = 'DG003'")" "failed|ALTER TABLE"

# ---- a transaction that goes on with the lock ----
like "a query after it is cancelled" "$(sql postgres 'BEGIN; ALTER TABLE orders ADD extra int; SELECT pg_sleep(3); COMMIT')" \
  '^ERROR:  DG003: "public.orders" was locked'
like "catching that does not help" "$(psql -XAtq -v VERBOSITY=verbose 2>&1 <<'SQL' || true
BEGIN;
ALTER TABLE orders ADD extra int;
DO $$ BEGIN PERFORM pg_sleep(3); EXCEPTION WHEN query_canceled THEN RAISE NOTICE 'caught %', sqlstate; END $$;
SELECT 'goes on';
COMMIT;
SQL
)" 'ERROR:  DG003: '
is "nothing stays of any of them" "$(columns orders)" "id integer, note text"
like "an idle session is ended" "$( (echo 'BEGIN; ALTER TABLE orders ADD extra int;'; sleep 1.5; echo "SELECT 'still here';") |
  psql -XAtq -v VERBOSITY=verbose 2>&1 || true)" 'FATAL:  25P03: terminating connection due to idle-in-transaction timeout'
like "and told why" "$(grep -A 2 'idle-in-transaction timeout' "$scratch/main/log")" 'DETAIL:  "public.orders" was locked .* for longer than 400 ms'
is "in pieces, each of them short, as well" "$(for _ in 1 2 3 4 5 6; do echo "SELECT pg_sleep(0.1);"; sleep 0.1; done |
  (echo 'BEGIN; ALTER TABLE orders ADD extra int;'; cat; echo 'COMMIT;') | psql -Xq 2>&1 | grep -cE 'was locked|terminating connection' || true)" 1
is "the timeout for idle sessions is the transaction's alone" "$(psql -XAtq -c "BEGIN; ALTER TABLE orders ADD extra int; SHOW idle_in_transaction_session_timeout" \
  -c 'ROLLBACK; SHOW idle_in_transaction_session_timeout')" $'400ms\n0'
is "a shorter one is left as it is" "$(psql -XAtq -c "SET idle_in_transaction_session_timeout = '100ms'" \
  -c "BEGIN; ALTER TABLE orders ADD extra int; SHOW idle_in_transaction_session_timeout; ROLLBACK")" 100ms

like "without words about a lock that was not held for too long" "$( (echo "SET idle_in_transaction_session_timeout = '100ms'; BEGIN; ALTER TABLE orders ADD extra int;"
  sleep 0.3; echo 'SELECT 1;') | psql -XAtq 2>&1 | grep -cE 'idle-in-transaction|was locked' || true)" '^1$'
like "who switches it off is ended all the same" "$( (echo 'BEGIN; ALTER TABLE orders ADD extra int; SET idle_in_transaction_session_timeout = 0;'; sleep 1.5
  echo "SELECT 'still here';") | psql -XAtq -v VERBOSITY=verbose 2>&1 || true)" 'DETAIL:  "public.orders" was locked'
like "and who sends no data for a COPY" "$( (echo 'BEGIN; ALTER TABLE orders ADD extra int; CREATE TEMP TABLE few (id int); COPY few FROM STDIN;'; sleep 2.5; echo '\.') |
  psql -XAtq -v VERBOSITY=verbose 2>&1 || true)" 'FATAL:  57P01: '
like "an error after a savepoint does not stop the clock" "$(psql -XAtq -v VERBOSITY=verbose 2>&1 <<'SQL' || true
BEGIN;
ALTER TABLE orders ADD extra int;
SAVEPOINT s;
SELECT 1 / 0;
ROLLBACK TO s;
SELECT pg_sleep(3);
COMMIT;
SQL
)" 'ERROR:  DG003: '
like "a loop that catches the cancellation is cancelled again" "$(sql postgres "DO \$\$ BEGIN ALTER TABLE orders ADD extra int;
  BEGIN PERFORM pg_sleep(3); EXCEPTION WHEN query_canceled THEN END; LOOP END LOOP; END \$\$")" 'ERROR:  DG003: '
sql postgres "CREATE FUNCTION slow_key(id int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS \$\$ BEGIN PERFORM pg_sleep(0.02); RETURN id; END \$\$" >/dev/null
PGOPTIONS='-c ddlguard.mode=off' psql -Xq -c 'CREATE TABLE several (id int)' -c 'CREATE INDEX ON several (slow_key(id))' -c 'INSERT INTO several SELECT generate_series(1, 50)'
sql postgres "INSERT INTO ddlguard.policy (priority, rule, action) VALUES (2, '*', 'log')" >/dev/null
for statement in 'VACUUM FULL several' 'REINDEX SCHEMA public'; do
  like "${statement% *}, which commits on its way" "$(sql postgres "$statement")" 'ERROR:  DG003: '
done
PGOPTIONS='-c ddlguard.mode=off' psql -Xq <<'SQL'
CREATE TABLE keyed (id int) PARTITION BY RANGE (id);
CREATE INDEX ON keyed (slow_key(id));
SELECT format('CREATE TABLE keyed_%s PARTITION OF keyed FOR VALUES FROM (%s) TO (%s)', i, i * 10, i * 10 + 10) FROM generate_series(0, 3) i \gexec
INSERT INTO keyed SELECT generate_series(0, 39);
SQL
in_background reindex -c 'REINDEX TABLE keyed' -c 'SELECT pg_sleep(0.8) IS NULL'
sleep 0.3
is "a table that is renamed while its partitions are reindexed" "$(sql postgres 'ALTER TABLE keyed RENAME TO keyed_old')" ""
wait
is "is not bounded any more when that is over" "$(cat "$scratch/reindex")" f
sql postgres 'DELETE FROM ddlguard.policy WHERE priority = 2' >/dev/null

sql postgres "CREATE TABLE nightly AS SELECT 1 AS id; INSERT INTO ddlguard.policy (priority, rule, relation_name, action, lock_hold)
  VALUES (0, 'alter_column_type_rewrite', 'nightly', 'log', '1 min')" >/dev/null
nightly='ALTER TABLE nightly ALTER id TYPE bigint'
like "more time for one table is not given to the next" "$(sql postgres "BEGIN; $nightly; ALTER TABLE orders ADD extra int; SELECT pg_sleep(3); COMMIT")" \
  'DG003: "public.orders"'
is "and is not taken away by one that has been given back" "$(sql postgres "BEGIN; $nightly; SAVEPOINT s; ALTER TABLE orders ADD extra int; ROLLBACK TO s
  ; SELECT pg_sleep(0.8) IS NULL; SHOW idle_in_transaction_session_timeout; ROLLBACK")" $'f\n1min'

# ---- the end of the transaction ----
sql postgres "ALTER SYSTEM SET synchronous_standby_names = 'nobody'" >/dev/null
sql postgres 'SELECT pg_reload_conf()' >/dev/null
in_background commit -c 'BEGIN; ALTER TABLE orders ADD committed int; COMMIT'
waits() { PGOPTIONS='-c synchronous_commit=off' sql postgres "SELECT ${1:-count(*)} FROM pg_stat_activity WHERE wait_event = 'SyncRep'"; }
until [[ $(waits) == 1 ]]; do sleep 0.05; done
sleep 1
is "a commit that waits for its standbys goes on waiting" "$(waits 'pg_cancel_backend(pid)')" t
wait
sql postgres 'ALTER SYSTEM RESET synchronous_standby_names' >/dev/null
sql postgres 'SELECT pg_reload_conf()' >/dev/null
sql postgres "SET ddlguard.bypass = 'test'; ALTER TABLE orders DROP committed" >/dev/null

# ---- killed while it holds the lock: in a statement, idle, in a statement after it ----
locks_left() { sql postgres "SELECT count(*) FROM pg_locks WHERE relation = 'orders'::regclass AND mode = 'AccessExclusiveLock'"; }
killed=0
for held in "$rewrite" 'BEGIN; ALTER TABLE orders ADD extra int' 'BEGIN; ALTER TABLE orders ADD extra int; SELECT pg_sleep(10)'; do
  (echo "SET application_name = 'killed'; SET ddlguard.lock_hold = '1min'; $held;"; sleep 3) | psql -Xq >/dev/null 2>&1 &
  until_holding orders
  sql postgres "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'killed'" >/dev/null
  killed=$((killed + 1))
  [[ $(locks_left) == 0 ]] || killed=lost
done
is "killed while it holds a lock, nothing of it stays" "$killed $(columns orders)" "3 id integer, note text"

# ---- what is not bounded ----
is "a lock that a savepoint gave back" "$(sql postgres "BEGIN; SAVEPOINT s; ALTER TABLE orders ADD extra int; ROLLBACK TO s; SELECT pg_sleep(0.8) IS NULL; COMMIT")" f
like "but one from before it" "$(sql postgres 'BEGIN; ALTER TABLE orders ADD extra int; SAVEPOINT s; ROLLBACK TO s; SELECT pg_sleep(2); COMMIT')" 'DG003'
like "and one of a savepoint that was released" "$(sql postgres 'BEGIN; SAVEPOINT s; ALTER TABLE orders ADD extra int; RELEASE s; SELECT pg_sleep(2); COMMIT')" 'DG003'
is "a table of the transaction's own, a temporary and an empty one" "$(sql postgres 'CREATE TABLE empty (id int)
  ; BEGIN; CREATE TABLE fresh AS SELECT 1 AS id; ALTER TABLE fresh ADD n int; CREATE TEMP TABLE temporary AS SELECT 1 AS id; ALTER TABLE temporary ADD n int;
  ALTER TABLE empty ADD n int; SELECT pg_sleep(0.8) IS NULL; ROLLBACK')" f
is "what runs for a bypass" "$(sql postgres "SET ddlguard.bypass = 'OPS-1'; BEGIN; ALTER TABLE orders ADD extra int; SELECT pg_sleep(0.8) IS NULL; ROLLBACK")" f
sql postgres "INSERT INTO ddlguard.policy (priority, rule, action, lock_hold) VALUES (0, 'alter_column_type_rewrite', 'reject', '300ms')"
like "unless its policy row says so" "$(sql postgres "SET ddlguard.bypass = 'OPS-1'; $rewrite")" 'DG003: .* for longer than 300 ms'
is "nor what a row gives all the time" "$(sql postgres "UPDATE ddlguard.policy SET action = 'log', lock_hold = '0' WHERE priority = 0; BEGIN;
  ALTER TABLE orders ALTER id TYPE bigint USING id + 1; SELECT pg_sleep(0.8) IS NULL; ROLLBACK")" f
is "mode observe" "$(sql postgres "SET ddlguard.mode = observe; BEGIN; ALTER TABLE orders ADD extra int; SELECT pg_sleep(0.8) IS NULL; ROLLBACK")" f
is "LOCK TABLE with which applications take turns" "$(sql postgres "BEGIN; LOCK TABLE orders IN SHARE ROW EXCLUSIVE MODE; SELECT pg_sleep(0.8) IS NULL; ROLLBACK")" f
like "but the one that stops readers" "$(sql postgres "BEGIN; LOCK TABLE orders; SELECT pg_sleep(2); ROLLBACK")" 'DG003: '
like "a partition's parent counts by its partitions" "$(sql postgres "BEGIN; ALTER TABLE parts ADD extra int; SELECT pg_sleep(2); ROLLBACK")" 'DG003: "public.parts"'
like "in a function, too" "$(sql postgres 'DO $$ BEGIN ALTER TABLE orders ADD extra int; PERFORM pg_sleep(2); END $$')" 'DG003: '
is "a session goes on as if nothing had been" "$(psql -XAtq -c 'BEGIN; ALTER TABLE orders ADD extra int; SELECT pg_sleep(2); COMMIT' -c ROLLBACK \
  -c 'SELECT pg_sleep(0.8) IS NULL' 2>/dev/null)" f
ok "the server is well" pg_isready -q
done_testing
