#!/usr/bin/env bash
# The audit trail: what is recorded, that nothing secret is, and that its background workers are in nobody's way.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

build
scratch_create
prefix_create
node_init main
node_conf main <<<"max_prepared_transactions = 5"
node_start main
node_use main

# wait_for DATABASE QUERY: until it answers t; a minute at most.
wait_for() {
  local tries=600
  until [[ $(sql "$1" "$2") == t ]]; do
    ((tries-- > 0)) || { sql "$1" 'SELECT * FROM ddlguard.status()'; return 1; }
    sleep 0.1
  done
}
settled() { wait_for "$1" 'SELECT events_waiting = 0 FROM ddlguard.status()'; }
# events DATABASE [COLUMNS [CONDITION]]: rows, the oldest first, when all are there.
events() {
  settled "$1" >&2
  sql "$1" "SELECT ${2:-response, outcome, statement} FROM (SELECT * FROM ddlguard.event WHERE ${3:-true} ORDER BY id) event"
}
forget() {
  settled "$1" >&2
  sql "$1" 'TRUNCATE ddlguard.event'
}
milliseconds() { date +%s%3N; }
# within SECONDS COMMAND...: it succeeds, and takes no longer.
within() {
  local begin most=$1
  shift
  begin=$(milliseconds)
  "$@" || return 1
  echo "took $(($(milliseconds) - begin)) ms"
  (($(milliseconds) - begin <= most * 1000))
}
logged() { grep -c "$1" "$scratch/${2:-main}/log" || true; }

make_shop() {
  psql -Xq -v ON_ERROR_STOP=1 -c "CREATE DATABASE $1" && psql -Xq -v ON_ERROR_STOP=1 -d "$1" <<'SQL'
CREATE EXTENSION ddlguard;
ALTER DATABASE :DBNAME SET ddlguard.mode = enforce;
-- Nothing that TRUNCATE and the like of the tests themselves would add.
INSERT INTO ddlguard.policy (priority, rule, schema_name, action) VALUES (1, '*', 'ddlguard', 'allow');
CREATE TABLE large AS SELECT i AS id, i % 10 AS other FROM generate_series(1, 150000) i;
SQL
}

# ---- what is recorded

make_shop shop
sql shop 'CREATE ROLE app LOGIN; ALTER TABLE large OWNER TO app' >/dev/null
forget shop
PGUSER=app PGAPPNAME=deployer sql shop 'DROP TABLE large' >/dev/null
is "a refusal is recorded although its transaction is gone" \
  "$(events shop 'session_user_name, current_user_name, application_name, command_tag, statement, action, response, outcome, sqlstate,
     client_addr, run_time, lock_wait_time, analysis_time > 0, truncated, findings_omitted')" \
  "app|app|deployer|DROP TABLE|DROP TABLE large|reject|refused|refused|DG001||||t|f|0"
is "with its finding" "$(sql shop "SELECT f->>'rule', f->>'relation', f->>'lock', f->>'work', f->>'action', (f->>'bytes')::bigint > 5000000
  FROM ddlguard.event, jsonb_array_elements(findings) f")" "drop_table|public.large|ACCESS EXCLUSIVE|none|reject|t"
is "and the policy row that decided" "$(events shop "policy_id = (SELECT id FROM ddlguard.policy WHERE rule = 'destructive')")" t
is "and when, where and by which process" \
  "$(events shop "database_name, decided_at > now() - interval '1 minute', pid > 1")" 'shop|t|t'
line=$(grep 'ddlguard refused' "$scratch/main/log" | tail -1)
like "the server log has one line of its own" "$line" \
  'LOG:  ddlguard refused: table "public.large": .*\(drop_table\).*session user "app".*application "deployer", database "shop", pid [0-9]+; statement: DROP TABLE large$'

forget shop
psql -Xq -d shop >/dev/null 2>&1 <<'SQL'
SET ddlguard.bypass = 'OPS-1';
BEGIN; ALTER TABLE large RENAME id TO kept; COMMIT;
BEGIN; ALTER TABLE large RENAME kept TO gone; ROLLBACK;
BEGIN;
SAVEPOINT s; ALTER TABLE large RENAME kept TO taken_back; ROLLBACK TO s;
SAVEPOINT r; ALTER TABLE large RENAME kept TO stays; RELEASE r;
COMMIT;
CREATE UNIQUE INDEX ON large (other);
CREATE UNIQUE INDEX CONCURRENTLY large_other ON large (other);
DROP INDEX large_other;
BEGIN; ALTER TABLE large RENAME stays TO half; SELECT 1 / 0; COMMIT;
BEGIN; ALTER TABLE large RENAME stays TO two_phases; PREPARE TRANSACTION 'p';
ROLLBACK PREPARED 'p';
VACUUM FULL large;
CREATE UNIQUE INDEX CONCURRENTLY large_stays ON large (stays);
DO $$ BEGIN DROP TABLE large; RAISE EXCEPTION 'no'; EXCEPTION WHEN raise_exception THEN NULL; END $$;
SQL
is "what is let run is recorded with its end" \
  "$(events shop "outcome, sqlstate, reason, run_time > 0, statement" "command_tag <> 'DROP INDEX'")" \
  "committed||OPS-1|t|ALTER TABLE large RENAME id TO kept
rolled back||OPS-1|t|ALTER TABLE large RENAME kept TO gone
rolled back||OPS-1|t|ALTER TABLE large RENAME kept TO taken_back
committed||OPS-1|t|ALTER TABLE large RENAME kept TO stays
failed|23505|OPS-1|t|CREATE UNIQUE INDEX ON large (other)
failed|23505||t|CREATE UNIQUE INDEX CONCURRENTLY large_other ON large (other)
rolled back||OPS-1|t|ALTER TABLE large RENAME stays TO half
prepared||OPS-1|t|ALTER TABLE large RENAME stays TO two_phases
committed||OPS-1|t|VACUUM FULL large
committed|||t|CREATE UNIQUE INDEX CONCURRENTLY large_stays ON large (stays)
rolled back||OPS-1|t|DROP TABLE large"

forget shop
sql shop "DO \$\$ BEGIN DROP TABLE large; EXCEPTION WHEN OTHERS THEN NULL; END \$\$" >/dev/null
is "a refusal that nobody hears of is recorded" "$(events shop)" "refused|refused|DROP TABLE large"
like "and logged" "$(tail -1 "$scratch/main/log")" 'ddlguard refused: .*statement: DROP TABLE large$'

forget shop
PGOPTIONS='-c ddlguard.mode=observe' sql shop 'BEGIN; TRUNCATE large; ROLLBACK' >/dev/null
sql shop "INSERT INTO ddlguard.policy (priority, rule, action) VALUES (2, 'rename_column', 'warn')" >/dev/null
sql shop 'ALTER TABLE large RENAME stays TO id' >/dev/null
is "mode observe and warnings are told apart" "$(events shop 'action, response, outcome')" \
  "reject|would refuse|rolled back
warn|warned|committed"

forget shop
sql shop "SET ddlguard.log_format = json; SET ddlguard.bypass = 'OPS-7'; ALTER TABLE large DROP COLUMN other" >/dev/null
line=$(tail -1 "$scratch/main/log" | sed 's/^[^{]*//')
is "the line of JSON has its keys" "$(sql shop "SELECT string_agg(key, ' ') FROM json_object_keys('${line//\'/\'\'}') key")" \
  'ddlguard rule relation lock work bytes rows policy session_user current_user application_name database client_addr pid reason statement'

forget shop
sql shop "$(printf 'DO $$ BEGIN DROP TABLE large; END $$; DROP TABLE large; /* %05000d */ ' 7)" >/dev/null
sql shop "DROP TABLE /* $(printf 'x%.0s' {1..4081})$(printf '\u00e4%.0s' {1..100}) */ large" >/dev/null
is "a long statement is cut between two characters" "$(events shop "left(statement, 20), octet_length(statement) BETWEEN 4093 AND 4096, truncated")" \
  "DROP TABLE large|f|f
DROP TABLE /* xxxxxx|t|t"

# ---- secrets

forget shop
log_lines=$(wc -l <"$scratch/main/log")
psql -Xq -d shop >/dev/null 2>&1 <<'SQL'
INSERT INTO ddlguard.policy (priority, rule, action) VALUES (1, 'subscription_or_slot_ddl', 'reject'), (1, 'bypassrls_role', 'log');
CREATE SUBSCRIPTION s CONNECTION 'host=nowhere password=hunter2' PUBLICATION p WITH (connect = false);
ALTER ROLE app BYPASSRLS PASSWORD 'hunter2';
ALTER ROLE app NOBYPASSRLS;
ALTER ROLE app BYPASSRLS PASSWORD E'hun\'ter2' VALID UNTIL 'infinity';
ALTER ROLE app NOBYPASSRLS;
DO $$ BEGIN EXECUTE 'ALTER ROLE app BYPASSRLS PASSWORD ''hunter2'''; END $$;
ALTER ROLE app NOBYPASSRLS;
ALTER ROLE app BYPASSRLS PASSWORD U&'\0068unter2';
SQL
like "statements with passwords are recorded" "$(events shop)" "CREATE SUBSCRIPTION s CONNECTION '\*\*\*' PUBLICATION p"
is "each of them" "$(events shop 'count(*)' "statement LIKE 'ALTER ROLE app BYPASSRLS PASSWORD%''***''%'")" 4
is "the passwords are not" "$(events shop '*' | grep -c 'ter2' || true)" 0
is "nor does the server log have them" "$(tail -n "+$((log_lines + 1))" "$scratch/main/log" | grep -c 'ter2' || true)" 0
sql shop "DO \$\$ BEGIN PERFORM 'PASSWORD ' || 'hunter2'; DROP TABLE large; END \$\$" >/dev/null
# From 19 on a backslash escapes only after E.
options='-c standard_conforming_strings=off' prefix=
(($(sql shop 'SHOW server_version_num') < 190000)) || options='' prefix=E
PGOPTIONS=$options sql shop "ALTER TABLE large ADD password text DEFAULT ${prefix}'hun\\'ter2', DROP COLUMN id" >/dev/null
is "nor are other strings that speak of them" "$(events shop "statement, statement LIKE '%ter2%'" "command_tag = 'ALTER TABLE'")" \
  "ALTER TABLE large ADD password text DEFAULT '***', DROP COLUMN id|f"

# ---- nobody writes here but the worker

forget shop
for statement in "INSERT INTO ddlguard.event OVERRIDING SYSTEM VALUE SELECT * FROM ddlguard.event" 'DELETE FROM ddlguard.event' 'TRUNCATE ddlguard.event' \
  'SELECT * FROM ddlguard.event' 'SELECT ddlguard.stat_reset()' 'SELECT * FROM ddlguard.stat_ddl'; do
  like "a role without grants is not let: $statement" "$(PGUSER=app sql shop "$statement")" '42501: permission denied'
done
psql -Xq -d shop <<'SQL'
CREATE ROLE keeper;
CREATE TABLE public.fired (who text, how text);
GRANT ALL ON fired TO PUBLIC;
CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.fired VALUES (current_user, TG_NAME); RETURN NULL; END $$;
GRANT USAGE, CREATE ON SCHEMA ddlguard TO keeper;
ALTER TABLE ddlguard.event OWNER TO keeper;
CREATE TRIGGER now AFTER INSERT ON ddlguard.event FOR EACH ROW EXECUTE FUNCTION fire();
SQL
sql shop 'DROP TABLE large' >/dev/null
ok "with another owner events are written as well" settled shop
is "what the owner hangs on the table runs with his rights alone" "$(sql shop 'SELECT who, how FROM fired')" "keeper|now"
sql shop "DROP TRIGGER now ON ddlguard.event; CREATE CONSTRAINT TRIGGER later AFTER INSERT ON ddlguard.event
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fire()" >/dev/null
sql shop 'DROP TABLE large' >/dev/null
ok "and not later, with the worker's" wait_for shop "SELECT worker LIKE 'failing: cannot fire deferred trigger%' FROM ddlguard.status()"
sql shop "DROP TRIGGER later ON ddlguard.event; ALTER TABLE ddlguard.event OWNER TO postgres" >/dev/null

# ---- the table is in a bad way

forget shop
sql shop "ALTER TABLE ddlguard.event ADD CONSTRAINT odd CHECK (statement NOT LIKE '%odd%'), ADD needed int NOT NULL" >/dev/null
sql shop 'DROP TABLE large' >/dev/null
ok "a table that takes nothing: the worker says so" wait_for shop "SELECT worker LIKE 'failing: %' AND events_waiting = 1 FROM ddlguard.status()"
like "and so does the warning" "$(sql shop 'SELECT warning FROM ddlguard.status()')" 'events cannot be written to ddlguard.event: .+'
sleep 4
is "once" "$(logged 'could not write to table ddlguard.event: null value in column "needed"')" 1
sql shop 'DROP TABLE large' >/dev/null
sql shop "DROP TABLE /* odd */ large" >/dev/null
sql shop 'DROP TABLE large' >/dev/null
sql shop 'ALTER TABLE ddlguard.event DROP COLUMN needed' >/dev/null
is "when it is mended everything comes, but what it does not take" "$(events shop statement "statement LIKE 'DROP TABLE%'")" "DROP TABLE large
DROP TABLE large
DROP TABLE large"
is "which is counted as lost" "$(sql shop 'SELECT events_lost, worker FROM ddlguard.status()')" "1|idle"
sql shop 'ALTER TABLE ddlguard.event DROP CONSTRAINT odd' >/dev/null

# ---- old rows

forget shop
sql shop "INSERT INTO ddlguard.event (decided_at, database_name, pid, truncated, action, response, findings, findings_omitted)
  SELECT now() - interval '100 days', '', 1, false, '', '', '[]', 0 FROM generate_series(1, 12000)" >/dev/null
sql shop "INSERT INTO ddlguard.event (decided_at, database_name, pid, truncated, action, response, findings, findings_omitted)
  SELECT now() - interval '80 days', '', 1, false, '', '', '[]', 0" >/dev/null
sql shop 'SELECT pg_reload_conf()' >/dev/null
ok "old rows go although nothing happens" wait_for shop 'SELECT count(*) = 1 FROM ddlguard.event'
sql postgres "ALTER DATABASE shop SET ddlguard.event_retention = '70d'" >/dev/null
sql shop 'SELECT pg_reload_conf()' >/dev/null
ok "each database may have an age of its own" wait_for shop 'SELECT count(*) = 0 FROM ddlguard.event'

# ---- counters

sql shop 'SELECT ddlguard.stat_reset()' >/dev/null
for _ in 1 2 3; do sql shop 'DROP TABLE large' >/dev/null; done
sql shop "BEGIN; SET LOCAL ddlguard.bypass = 'x'; DROP TABLE large; ROLLBACK" >/dev/null
sql shop 'CREATE TABLE harmless (id int)' >/dev/null
is "statements are counted" \
  "$(sql shop "SELECT command_tag, judged, refused, bypassed, analysis_time > 0, max_analysis_time <= analysis_time, events_lost FROM ddlguard.stat_ddl
     WHERE datname = 'shop' AND judged > 0 ORDER BY command_tag")" \
  "CREATE TABLE|1|0|0|t|t|0
DROP TABLE|4|3|1|t|t|0"
is "and what rules did" "$(sql shop "SELECT rule, rule_group, refused, bypassed FROM ddlguard.stat_rules WHERE rule = 'drop_table'")" \
  "drop_table|destructive|3|1"

# ---- restarts

forget shop
sql shop "SET ddlguard.mode = observe; CREATE TABLE lesson AS SELECT i, repeat('x', 100) FROM generate_series(1, 100000) i;
  ALTER TABLE lesson ALTER i SET NOT NULL; VACUUM FULL lesson; DROP TABLE lesson" >/dev/null
forget shop
learnt="SELECT * FROM ddlguard.throughput"
throughput=$(sql shop "$learnt")
like "throughput has been learnt" "$throughput" '^rewrite\|[0-9]+\|learnt\|1\|1\|'
before=$(sql shop 'SELECT * FROM ddlguard.stat_ddl ORDER BY 1, 2; SELECT * FROM ddlguard.stat_rules')
psql -Xq -d shop -c 'BEGIN; LOCK TABLE ddlguard.event; SELECT pg_sleep(60)' >/dev/null 2>&1 &
ok "somebody holds the table" wait_for postgres "SELECT count(*) > 0 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation IS NOT NULL"
sql shop 'TRUNCATE large' >/dev/null
sql shop 'DROP TABLE large' >/dev/null
ok "the server stops at once all the same" within 5 node_stop main
wait || true
ok "the counters are on disk" test -s "$scratch/main/data/pg_stat/ddlguard.stat"
node_start main
is "events that were not written yet are after it" "$(events shop)" "refused|refused|TRUNCATE large
refused|refused|DROP TABLE large"
is "the counters go on" "$(sql shop "SELECT sum(refused) FROM ddlguard.stat_rules WHERE rule IN ('drop_table', 'truncate')")" 5
like "since the same time" "$before" "$(sql shop 'SELECT DISTINCT stats_reset FROM ddlguard.stat_ddl' | sed 's/[+.]/\\&/g')"
is "and what has been learnt is not forgotten" "$(sql shop "$learnt")" "$throughput"
ok "the file is gone, since a crash would make it stale" test ! -e "$scratch/main/data/pg_stat/ddlguard.stat"
node_stop main
printf x | as_server env -u LD_PRELOAD dd of="$scratch/main/data/pg_stat/ddlguard.stat" bs=1 seek=40 conv=notrunc status=none
node_start main
is "a damaged file is not used" "$(sql shop 'SELECT sum(refused) FROM ddlguard.stat_rules')" 0
is "throughput is the default then" "$(sql shop 'SELECT DISTINCT source FROM ddlguard.throughput')" default
is "and said" "$(logged 'ddlguard starts its counters from zero')" 1

# ---- processes that die

launcher() { sql postgres "SELECT pid FROM pg_stat_activity WHERE backend_type = 'ddlguard launcher'"; }
ok "there is a launcher" wait_for postgres "SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'ddlguard launcher'"
sql postgres "SELECT pg_terminate_backend($(launcher))" >/dev/null
forget_launcher='SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = '\''ddlguard launcher'\'
sql shop 'SET ddlguard.mode = off; TRUNCATE ddlguard.event' >/dev/null
sql shop 'DROP TABLE large' >/dev/null
is "a launcher that was ended comes back and goes on" "$(events shop)" "refused|refused|DROP TABLE large"
forget shop
psql -Xq -d shop -c 'BEGIN; LOCK TABLE ddlguard.event; SELECT pg_sleep(60)' >/dev/null 2>&1 &
ok "somebody holds the table again" wait_for postgres "SELECT count(*) > 0 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation IS NOT NULL"
sql shop 'DROP TABLE large' >/dev/null
ok "so a writer waits" wait_for postgres "SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'ddlguard writer'"
sql postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'ddlguard writer'" >/dev/null
sql postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%LOCK TABLE%' AND pid <> pg_backend_pid()" >/dev/null
wait || true
is "what a writer that was ended had taken is written" "$(events shop)" "refused|refused|DROP TABLE large"
# The postmaster reads counters at its start; what it knows of them must not outlive a crash.
sql shop 'SELECT ddlguard.stat_reset()' >/dev/null
sql shop 'DROP TABLE large' >/dev/null
node_stop main
node_start main
crash() { as_server kill -9 "$1"; wait_for postgres "SELECT pg_postmaster_start_time() IS NOT NULL"; }
for victim in launcher backend; do
  psql -Xq -d shop -c 'SELECT pg_sleep(60)' >/dev/null 2>&1 &
  ok "a backend sleeps" wait_for postgres "SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND pid <> pg_backend_pid()"
  ok "and a launcher is there" wait_for postgres "$forget_launcher"
  case $victim in
    launcher) pid=$(launcher) ;;
    backend) pid=$(sql postgres "SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND pid <> pg_backend_pid()") ;;
  esac
  ok "kill -9 of a $victim restarts the server" crash "$pid"
  wait || true
  ok "which then answers" wait_for postgres 'SELECT true'
  sql shop 'SET ddlguard.mode = off; TRUNCATE ddlguard.event' >/dev/null
  sql shop 'DROP TABLE large' >/dev/null
  is "and records" "$(events shop)" "refused|refused|DROP TABLE large"
  is "and counts" "$(sql shop "SELECT refused FROM ddlguard.stat_ddl WHERE datname = 'shop' AND command_tag = 'DROP TABLE'")" 1
done

# ---- the ring is full

node_conf main <<<"ddlguard.audit_buffer = '64kB'"
node_stop main
node_start main
forget shop
psql -Xq -d shop -c 'BEGIN; LOCK TABLE ddlguard.event; SELECT pg_sleep(60)' >/dev/null 2>&1 &
ok "the table is held once more" wait_for postgres "SELECT count(*) > 0 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation IS NOT NULL"
flood() { yes 'DROP TABLE large;' | head -n 200 | psql -Xq -d shop >/dev/null 2>&1 || true; }
ok "200 refusals wait for nobody" within 3 flood
waiting=$(sql shop 'SELECT events_waiting FROM ddlguard.status()')
lost=$(sql shop 'SELECT events_lost FROM ddlguard.status()')
is "what has no room is counted" "$((waiting + lost)) $waiting" "200 6"
is "for its database, too" "$(sql shop "SELECT events_lost FROM ddlguard.stat_ddl WHERE datname = 'shop' AND command_tag = 'DROP TABLE'")" "$lost"
like "and status() warns" "$(sql shop 'SELECT warning FROM ddlguard.status()')" "$lost events are not on record"
make_shop neighbour
sql neighbour 'DROP TABLE large' >/dev/null
is "and takes no room from another database" "$(events neighbour 'count(*)')" 1
sql postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%LOCK TABLE%' AND pid <> pg_backend_pid()" >/dev/null
wait || true
is "the rest is written" "$(events shop 'count(*)')" "$waiting"
node_conf main <<<"ddlguard.audit_buffer = '8MB'"
node_stop main
if [[ ${DDLGUARD_SERVER_ENV:-} != *libasan* ]]; then # which itself wants more
  # shellcheck disable=SC2016
  like "memory that cannot be had is told when the server starts" \
    "$(as_server timeout 20 bash -c 'ulimit -v 900000; exec "$0" -D "$1" -c ddlguard.audit_buffer=1GB' \
      "$bindir/postgres" "$scratch/main/data" 2>&1 || true)" 'FATAL:  could not map anonymous shared memory: Cannot allocate memory'
fi
node_start main

# ---- one database has much to delete

forget shop
sql shop "INSERT INTO ddlguard.event (decided_at, database_name, pid, truncated, action, response, findings, findings_omitted)
  SELECT now() - interval '100 days', '', 1, false, '', '', '[]', 0 FROM generate_series(1, 25000)" >/dev/null
sql shop "SET ddlguard.mode = off;
  CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(2); RETURN NULL; END';
  CREATE TRIGGER slow BEFORE DELETE ON ddlguard.event EXECUTE FUNCTION slow();
  SELECT pg_reload_conf()" >/dev/null
ok "old rows go slowly" wait_for shop "SELECT count(*) > 0 FROM pg_stat_activity
  WHERE backend_type = 'ddlguard writer' AND datname = 'shop' AND query LIKE 'deleting %'"
sql neighbour 'DROP TABLE large' >/dev/null
ok "and another database does not wait for all of them" within 6 settled neighbour
sql shop 'SET ddlguard.mode = off; DROP FUNCTION slow() CASCADE' >/dev/null
forget shop

# ---- databases come and go

flow() {
  local stop=$scratch/stop
  while [[ ! -e $stop ]]; do
    PGDATABASE=$1 psql -Xq -c 'DROP TABLE large' >/dev/null 2>&1 || true
  done
}
flow neighbour &
flow shop &
sleep 1
make_shop passing
for round in 1 2 3; do
  sql passing 'DROP TABLE large' >/dev/null
  ok "CREATE DATABASE ... TEMPLATE right after a refusal there ($round)" within 3 psql -Xq -c "CREATE DATABASE copy$round TEMPLATE passing"
  sql "copy$round" 'DROP TABLE large' >/dev/null
  ok "DROP DATABASE right after one ($round)" within 3 psql -Xq -c "SET ddlguard.mode = off" -c "DROP DATABASE copy$round"
done
touch "$scratch/stop"
wait
ok "events of a database that is gone hold nothing up" settled shop
like "all the time events flowed" "$(events shop 'count(*) > 20')" t

forget shop
sql shop 'DROP TABLE large' >/dev/null
ok "DROP EXTENSION right after a refusal" within 4 psql -Xq -d shop -c 'SET ddlguard.mode = off' -c 'DROP EXTENSION ddlguard'
sql shop 'CREATE EXTENSION ddlguard' >/dev/null
sql shop 'TRUNCATE large' >/dev/null
is "a new extension begins a new table" "$(events shop 'statement' "statement LIKE 'TRUNCATE%'")" "TRUNCATE large"

# ---- a subscription to everything

settled shop
approve() { sql shop "SELECT approval_id FROM ddlguard.approve('ALTER TABLE large DROP COLUMN other', '$1')" >/dev/null; }
approve 'at the publisher'
sql shop 'CREATE PUBLICATION everything FOR TABLE ddlguard.event, ddlguard.approval' >/dev/null
first=$(sql shop 'SELECT min(id) FROM ddlguard.event')
node_init subscriber
node_start subscriber
primary=$PGHOST
node_use subscriber
make_shop shop
approve 'at the subscriber'
sql shop "SELECT setval('ddlguard.event_id_seq', $first, false)" >/dev/null # the same number as there
sql shop 'DROP TABLE large' >/dev/null
is "a subscriber has a record of its own" "$(events shop 'id, statement')" "$first|DROP TABLE large"
sql shop "CREATE SUBSCRIPTION s CONNECTION 'host=$primary port=5432 user=postgres dbname=shop' PUBLICATION everything" >/dev/null
ok "it copies the publisher's" wait_for shop "SELECT bool_and(srsubstate = 'r') FROM pg_subscription_rel"
node_use main
sql shop 'ALTER TABLE large RENAME id TO number' >/dev/null
settled shop
sql shop "DELETE FROM ddlguard.event WHERE id = $first" >/dev/null
lsn=$(sql shop 'SELECT pg_current_wal_lsn()')
ok "and applies what comes" wait_for shop "SELECT replay_lsn >= '$lsn' FROM pg_stat_replication"
node_use subscriber
is "but changes nothing there" "$(events shop 'id, statement')" "$first|DROP TABLE large"
is "nor among the approvals" "$(sql shop 'SELECT id, reason FROM ddlguard.approval')" '1|at the subscriber'
sql shop 'ALTER SUBSCRIPTION s DISABLE; ALTER SUBSCRIPTION s SET (slot_name = NONE); DROP SUBSCRIPTION s' >/dev/null
node_stop subscriber
node_use main
sql shop "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots; DELETE FROM ddlguard.approval" >/dev/null

# ---- standby

as_server mkdir "$scratch/standby"
as_server "$bindir/pg_basebackup" --pgdata="$scratch/standby/data" --host="$PGHOST" --port="$PGPORT" \
  --username=postgres --checkpoint=fast --write-recovery-conf --no-sync
node_conf standby <<<"unix_socket_directories = '$scratch/standby'"
node_start standby
node_use standby
is "a standby has no launcher" "$(sql shop "SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'ddlguard%'")" 0
is "and says so" "$(sql shop 'SELECT worker FROM ddlguard.status()')" "not running: server is in recovery"
ok "its views can be read" sql shop 'SELECT * FROM ddlguard.stat_ddl; SELECT * FROM ddlguard.stat_rules; SELECT * FROM ddlguard.event'
ok "it is promoted" sql postgres 'SELECT pg_promote()'
sql shop 'DROP TABLE large' >/dev/null
is "and records from then on" "$(events shop 'statement' "statement LIKE 'DROP TABLE%' AND decided_at > (SELECT pg_postmaster_start_time())")" "DROP TABLE large"
ok "and stops at once" within 5 node_stop standby
node_use main
ok "as does the primary" within 5 node_stop main
is "nothing crashed but what was killed" "$(logged 'was terminated by signal')" 2

done_testing
