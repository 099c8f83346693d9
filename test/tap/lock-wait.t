#!/usr/bin/env bash
# Waiting for locks: what is said of who is in the way, who may make others wait, what a table that is never idle
# does, and that nothing is left behind by a session that is killed while it waits.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cluster_create
node_conf main <<'END'
max_prepared_transactions = 5
autovacuum = off
deadlock_timeout = 200ms
END
node_stop main
node_start main
psql -Xq <<'SQL'
CREATE EXTENSION ddlguard;
CREATE ROLE app LOGIN;
CREATE ROLE stranger LOGIN;
CREATE TABLE orders AS SELECT i AS id, 'n' AS note FROM generate_series(1, 1000) i;
CREATE TABLE parts (id int) PARTITION BY RANGE (id);
SELECT format('CREATE TABLE parts_%s PARTITION OF parts FOR VALUES FROM (%s) TO (%s)', i, i, i + 1) FROM generate_series(0, 499) i \gexec
INSERT INTO parts SELECT generate_series(0, 499);
ALTER TABLE orders OWNER TO app;
GRANT SELECT ON parts TO app;
ALTER SYSTEM SET ddlguard.lock_wait = '700ms';
SELECT pg_reload_conf();
SQL
# holding NAME SQL: a session of role app that does SQL in a transaction, and stays in it until the file NAME goes.
holding() {
  : >"$scratch/$1"
  : >"$scratch/$1.out"
  { printf '%s\n' "SET application_name = '$1'; BEGIN; $2;" '\echo ready'; while [[ -e $scratch/$1 ]]; do sleep 0.05; done; echo 'COMMIT;'; } |
    PGUSER=${3:-app} psql -XAtq -d postgres >>"$scratch/$1.out" 2>&1 &
  until grep -q ready "$scratch/$1.out"; do sleep 0.05; done
}
release() { rm -f "$scratch/$1"; wait; }
add="ALTER TABLE orders ADD extra int"
# The locks of others on tables, once sessions that have just been killed are gone.
locks() {
  local tries=50 count
  while count=$(sql postgres "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = database AND datname = current_database()
      WHERE locktype = 'relation' AND relation > 16384 AND pid <> pg_backend_pid()"); [[ $count != 0 ]] && ((tries-- > 0)); do
    sleep 0.1
  done
  echo "$count"
}

# ---- who is in the way ----
holding reader 'SELECT count(*) FROM orders'
said=$(sql postgres "$add")
like "the error names the relation, the mode, the time and who" "$said" \
  '^ERROR:  55P03: could not lock "public.orders" \(ACCESS EXCLUSIVE\) within 700 ms: process [0-9]+ \(role app\) holds it$'
like "what he does" "$said" '^DETAIL:  process [0-9]+ \(role app\): holds ACCESS SHARE, application "reader", idle in transaction, transaction open for [0-9.]+ s, query: SELECT count\(\*\) FROM orders\.$'
like "and how to go on" "$said" '^HINT:  .*SELECT pg_terminate_backend\([0-9]+\)\.$'
like "with a SQLSTATE of our own, where a setting says so" "$(sql postgres "SET ddlguard.lock_wait_sqlstate = 'DG002'; $add")" '^ERROR:  DG002: could not lock'
like "in the time of lock_timeout when that is shorter" "$(sql postgres "SET lock_timeout = '100ms'; $add")" '^ERROR:  55P03: .* within 100 ms'
like "check() shows him" "$(sql postgres "INSERT INTO ddlguard.policy (priority, rule, action, argument) VALUES (1, 'lock_conflict_with_long_transaction', 'log', '0');
  SELECT detail FROM ddlguard.check('$add') WHERE rule = 'lock_conflict_with_long_transaction'")" 'process [0-9]+ holds a conflicting lock'
like "a role that may not alter the table makes nobody wait" "$(PGUSER=stranger sql postgres "$add")" '^ERROR:  42501: must be owner of table orders'
release reader
sql postgres "BEGIN; LOCK TABLE orders IN ACCESS SHARE MODE; PREPARE TRANSACTION 'two-phase'" >/dev/null
said=$(sql postgres "$add")
like "a prepared transaction is named" "$said" "^ERROR:  55P03: .*: prepared transaction 'two-phase' of role postgres holds it"
like "with what ends it" "$said" "^HINT:  .*ROLLBACK PREPARED 'two-phase'"
sql postgres "ROLLBACK PREPARED 'two-phase'" >/dev/null
holding leaf 'SELECT count(*) FROM parts_377' postgres
like "a leaf of five hundred" "$(sql postgres 'ALTER TABLE parts ADD extra int')" '^ERROR:  55P03: could not lock "public.parts_377"'
release leaf
is "nothing is left of any of them" "$(locks)" 0
is "and it passes when nobody is in the way" "$(sql postgres "BEGIN; $add; ALTER TABLE parts ADD extra int; ROLLBACK")" ""

# It gives up in this time although holders end meanwhile, one after the other.
for seconds in 0.5 1 0.5 1 0.5 1; do sql postgres "BEGIN; SELECT count(*) FROM orders; SELECT pg_sleep($seconds); COMMIT" >/dev/null & done
until [[ $(sql postgres "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == 6 ]]; do sleep 0.02; done
like "holders that end one after the other do not give it more time" "$(sql postgres "$add")" '^ERROR:  55P03: '
wait

holding reader 'SELECT count(*) FROM orders' postgres
like "another user's query is not shown to whom pg_stat_activity does not show it" "$(PGUSER=app sql postgres "$add")" \
  '^DETAIL:  process [0-9]+ \(role postgres\): holds ACCESS SHARE, application "reader"\.$'
sql postgres 'REVOKE SELECT ON pg_stat_activity FROM PUBLIC' >/dev/null
like "without that view, the process is" "$(PGUSER=app sql postgres "$add")" '^ERROR:  55P03: .*: process [0-9]+ holds it$'
sql postgres 'GRANT SELECT ON pg_stat_activity TO PUBLIC' >/dev/null
release reader

# ---- autovacuum gives way, as for PostgreSQL ----
sql postgres "ALTER TABLE orders SET (autovacuum_enabled = on, autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1, autovacuum_vacuum_threshold = 1,
  autovacuum_vacuum_scale_factor = 0); UPDATE orders SET note = note || 'x'" >/dev/null
for setting in 'autovacuum = on' 'autovacuum_naptime = 1' "ddlguard.lock_wait = '20s'"; do sql postgres "ALTER SYSTEM SET $setting" >/dev/null; done
sql postgres 'SELECT pg_reload_conf()' >/dev/null
tries=300
until [[ $(sql postgres "SELECT count(*) FROM pg_stat_progress_vacuum WHERE relid = 'orders'::regclass") == 1 ]]; do
  ((tries-- > 0)) || break
  sleep 0.1
done
is "a statement passes while autovacuum is at the table" "$(sql postgres "BEGIN; $add; ROLLBACK")" ""
like "which was cancelled" "$(tail -n 50 "$scratch/main/log")" 'canceling autovacuum task'
sql postgres 'ALTER SYSTEM SET autovacuum = off' >/dev/null
sql postgres 'ALTER TABLE orders RESET (autovacuum_enabled)' >/dev/null
sql postgres 'SELECT pg_reload_conf()' >/dev/null

# ---- a table that is never idle ----
cat >"$scratch/busy.sql" <<'SQL'
BEGIN;
SELECT count(*) FROM orders;
\set pause random(50, 150)
\sleep :pause ms
COMMIT;
SQL
pgbench -n -c 16 -T 60 -f "$scratch/busy.sql" >"$scratch/pgbench.out" 2>&1 &
busy=$!
until [[ $(sql postgres "SELECT count(DISTINCT pid) > 4 FROM pg_locks WHERE relation = 'orders'::regclass") == t ]]; do sleep 0.1; done
is "the statement passes all the same" "$(sql postgres "$add")" ""
like "without bursts it does not" "$(sql postgres "SET ddlguard.lock_burst = 0; SET ddlguard.lock_wait = '500ms'; ALTER TABLE orders ADD more int")" '^ERROR:  55P03: '
kill "$busy"
wait

# ---- killed, cancelled and timed out while it waits ----
for way in pg_terminate_backend pg_cancel_backend; do
  holding reader 'SELECT count(*) FROM orders'
  sql postgres "SET application_name = 'ddl'; ALTER TABLE orders ADD more int" >"$scratch/said" &
  until [[ $(sql postgres "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ddl' AND wait_event_type = 'Lock'") == 1 ]]; do sleep 0.05; done
  is "$way: it waits outside of the queue" "$(sql postgres "SELECT locktype FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE application_name = 'ddl' AND NOT granted")" virtualxid
  sql postgres "SELECT $way(pid) FROM pg_stat_activity WHERE application_name = 'ddl'" >/dev/null
  release reader
  like "$way ends it" "$(cat "$scratch/said")" 'ERROR:  57014: canceling statement due to user request|FATAL:  57P01: '
  is "$way: nothing stays locked" "$(locks)" 0
done
pgbench -n -c 16 -T 60 -f "$scratch/busy.sql" >"$scratch/pgbench.out" 2>&1 &
busy=$!
ended=0
for _ in 1 2 3 4 5 6; do
  sql postgres "SET application_name = 'ddl'; SET ddlguard.lock_burst = '20ms'; ALTER TABLE orders ADD more$_ int" >"$scratch/said" &
  sleep "0.$((RANDOM % 4))"
  sql postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ddl'" >/dev/null
  wait $! || true
  ended=$((ended + 1))
done
kill "$busy"
wait
is "killed at any moment of waiting, nothing stays locked" "$ended $(locks)" "6 0"
is "a session's settings are as they were" "$(holding reader 'SELECT count(*) FROM orders'; psql -XAtq -c "SET lock_timeout = '150ms'" -c "ALTER TABLE orders ADD again int" -c 'SHOW lock_timeout' 2>/dev/null; release reader)" 150ms

sql postgres "CREATE TABLE few AS SELECT 1 AS id; CREATE FUNCTION patient(id int) RETURNS int LANGUAGE plpgsql AS
  \$\$ BEGIN PERFORM set_config('lock_timeout', '5s', true); RETURN id; END \$\$;
  INSERT INTO ddlguard.policy (priority, rule, action) VALUES (1, 'alter_column_type_rewrite', 'log'), (1, 'compatibility', 'log')" >/dev/null
is "also when a function that the statement calls sets them" "$(psql -XAtq -c "SET lock_timeout = '3s'" -c 'ALTER TABLE few ALTER id TYPE int USING patient(id)' -c 'SHOW lock_timeout')" 3s
sql postgres "CREATE SCHEMA apart; CREATE TABLE apart.few AS SELECT 1 AS id;
  CREATE FUNCTION apart.unsure(id int) RETURNS int LANGUAGE plpgsql IMMUTABLE SET lock_timeout = '5s' AS
  \$\$ BEGIN IF current_setting('my.fails', true) = 'on' THEN RAISE 'unsure'; END IF; RETURN id; END \$\$;
  CREATE INDEX ON apart.few (apart.unsure(id))" >/dev/null
is "also when a function with settings of its own fails in a statement that commits on its way" \
  "$(psql -XAtq -c "SET lock_timeout = '3s'" -c "SET my.fails = on" -c 'REINDEX SCHEMA apart' -c 'SHOW lock_timeout' 2>&1 | grep -v CONTEXT | xargs)" 'ERROR: unsure 3s'
if (($(sql postgres 'SHOW server_version_num') >= 170000)); then # before that, REINDEX fires no event triggers
  sql postgres "CREATE FUNCTION apart.patient() RETURNS event_trigger LANGUAGE plpgsql AS
    \$\$ BEGIN PERFORM set_config('lock_timeout', '5s', true); END \$\$;
    CREATE EVENT TRIGGER patient ON ddl_command_start WHEN TAG IN ('REINDEX') EXECUTE FUNCTION apart.patient()" >/dev/null
  is "also when an event trigger sets them" \
    "$(psql -XAtq -c "SET lock_timeout = '3s'" -c "SET my.fails = on" -c 'REINDEX SCHEMA apart' -c 'SHOW lock_timeout' 2>&1 | grep -v CONTEXT | xargs)" 'ERROR: unsure 3s'
  sql postgres 'DROP EVENT TRIGGER patient' >/dev/null
fi

# ---- CONCURRENTLY ----
holding writer 'UPDATE orders SET note = note WHERE id = 1'
sleep 1.1
said=$(PGOPTIONS='-c statement_timeout=500ms' sql postgres 'CREATE INDEX CONCURRENTLY orders_id ON orders (id)')
like "for whom it waits is told before it starts" "$said" '^NOTICE:  .*CREATE INDEX waits until 1 long transaction has ended$'
like "and who that is" "$said" '^DETAIL:  process [0-9]+ \(role app\): application "writer", idle in transaction, transaction open for [0-9.]+ s, query: UPDATE orders'
like "what it leaves behind when it fails" "$said" '^HINT:  Index orders_id is left behind INVALID: .*DROP INDEX CONCURRENTLY'
like "check() shows him, too" "$(sql postgres "SELECT detail FROM ddlguard.check('CREATE INDEX CONCURRENTLY i ON orders (id)') WHERE rule = 'lock_conflict_with_long_transaction'")" 'process [0-9]+ holds a conflicting lock'
release writer
is "it is there, and INVALID" "$(sql postgres "SELECT indisvalid FROM pg_index WHERE indexrelid = 'orders_id'::regclass")" f
is "and goes as it says" "$(sql postgres 'DROP INDEX CONCURRENTLY orders_id')" ""
is "nothing is told of short transactions" "$(sql postgres 'CREATE INDEX CONCURRENTLY orders_id ON orders (id)')" ""
sql postgres "INSERT INTO orders VALUES (1); CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS
  \$\$ BEGIN IF tg_tag = 'CREATE INDEX' THEN COMMENT ON TABLE few IS 'indexed'; END IF; END \$\$;
  CREATE EVENT TRIGGER note ON ddl_command_start EXECUTE FUNCTION note()" >/dev/null
like "so it is told although an event trigger has run others" "$(sql postgres 'CREATE UNIQUE INDEX CONCURRENTLY orders_key ON orders (id)')" \
  '^HINT:  Index orders_key is left behind INVALID'
unhinted=$(sql postgres 'SELECT 1/0')
is "a later error has no such hint" "$(grep -c HINT <<<"$unhinted" || true)" 0

# ---- an autovacuum that prevents wraparound does not give way ----
psql -Xq <<'SQL'
CREATE TABLE old AS SELECT i AS id, repeat('x', 500) AS note FROM generate_series(1, 10000) i;
CREATE TABLE burnt (id int);
DO $$ BEGIN FOR i IN 1..120000 LOOP BEGIN INSERT INTO burnt VALUES (i); EXCEPTION WHEN division_by_zero THEN NULL; END; END LOOP; END $$;
ALTER TABLE old SET (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1);
ALTER SYSTEM SET autovacuum_freeze_max_age = 100000;
ALTER SYSTEM SET autovacuum = on;
ALTER SYSTEM SET ddlguard.lock_wait = '700ms';
INSERT INTO ddlguard.policy (priority, rule, action) VALUES (1, 'wraparound_autovacuum_conflict', 'warn');
SQL
node_stop main
node_start main
tries=300
until [[ $(sql postgres "SELECT count(*) FROM pg_stat_progress_vacuum WHERE relid = 'old'::regclass") == 1 ]]; do
  ((tries-- > 0)) || break
  sleep 0.1
done
cancelled=$(grep -c 'canceling autovacuum task' "$scratch/main/log" || true)
like "check() tells of it" "$(sql postgres "SELECT rule, detail FROM ddlguard.check('ALTER TABLE old ADD extra int')")" '^wraparound_autovacuum_conflict\|'
said=$(sql postgres 'ALTER TABLE old ADD extra int')
like "policy says what comes of it" "$said" '^WARNING:  DG001: table "public.old": autovacuum is preventing transaction id wraparound'
like "the statement gives up" "$said" '^ERROR:  55P03: could not lock "public.old" .* within 700 ms: process [0-9]+ \(autovacuum worker\) holds it$'
is "and has not cancelled it" "$(grep -c 'canceling autovacuum task' "$scratch/main/log" || true)" "$cancelled"
done_testing
