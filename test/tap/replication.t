#!/usr/bin/env bash
# Standbys and subscribers apply what the primary let through; a promoted standby guards.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cluster_create
psql -Xq <<'SQL'
CREATE EXTENSION ddlguard;
CREATE TABLE large (id bigint PRIMARY KEY);
INSERT INTO large SELECT i FROM generate_series(1, 200000) i;
CREATE PUBLICATION p FOR TABLE large;
SQL

# wait_for DATABASE QUERY: until it answers t; a minute at most.
wait_for() {
  local tries=600
  until [[ $(sql "$1" "$2") == t ]]; do
    ((tries-- > 0)) || return 1
    sleep 0.1
  done
}

as_server mkdir "$scratch/standby"
as_server "$bindir/pg_basebackup" --pgdata="$scratch/standby/data" --host="$PGHOST" --port="$PGPORT" \
  --username=postgres --checkpoint=fast --write-recovery-conf --no-sync
node_conf standby <<<"unix_socket_directories = '$scratch/standby'"
node_start standby
sql postgres "BEGIN; SET LOCAL ddlguard.bypass = 'test'; CREATE INDEX built ON large (id); COMMIT" >/dev/null
node_use standby
ok "a standby replays what the primary ran" wait_for postgres "SELECT to_regclass('built') IS NOT NULL"
is "and says that it does not guard" "$(sql postgres 'SELECT active, inactive_reason FROM ddlguard.status()')" \
  "f|server is in recovery"
like "what a standby forbids gets PostgreSQL's own error" "$(sql postgres 'DROP TABLE large')" '^ERROR:  25006: '
is "check() answers there as well" "$(sql postgres "SELECT rule, action FROM ddlguard.check('DROP TABLE large')")" \
  "drop_table|reject"

# answers KIND NAME QUERY: rows, or an error that PostgreSQL or the guard means, but nothing internal.
answers() {
  local output
  output=$(sql postgres "$3")
  like "on a standby: $1 $2" "${output:-none}" '^([^E]|E[^R]|ERROR:  (25006|22004|22023|42501|55000):)'
}
for view in $(sql postgres "SELECT oid::regclass FROM pg_class WHERE relnamespace = 'ddlguard'::regnamespace AND relkind IN ('v', 'm', 'r')"); do
  ok "on a standby: $view is read" psql -Xqc "SELECT * FROM $view" -o /dev/null -v ON_ERROR_STOP=1
done
# One that has no example here gets nulls.
while IFS='|' read -r name nulls; do
  case $name in
    check | explain | plan) arguments="'DROP TABLE large; ALTER TABLE large ADD n int NOT NULL; CREATE INDEX ON large (id)'" ;;
    explain_policy) arguments="'drop_table', 'large'" ;;
    *) arguments=$nulls ;;
  esac
  answers function "$name()" "SELECT * FROM ddlguard.$name($arguments)"
done < <(sql postgres "SELECT proname, (SELECT string_agg('NULL::' || format_type(t, NULL), ', ' ORDER BY n) FROM unnest(proargtypes) WITH ORDINALITY a (t, n))
  FROM pg_proc WHERE pronamespace = 'ddlguard'::regnamespace AND prorettype <> 'trigger'::regtype AND prokind = 'f' ORDER BY 1")
for call in check explain plan; do
  is "on a standby: $call() has an answer" "$(sql postgres "SELECT count(*) > 0 FROM ddlguard.$call('DROP TABLE large')")" t
done
is "in mode observe, too" "$(sql postgres "SET ddlguard.mode = observe; SELECT inactive_reason FROM ddlguard.status()")" "server is in recovery"

node_use main
ok "the primary knows that its locks are replayed" wait_for postgres "SELECT EXISTS (
  SELECT FROM ddlguard.check('ALTER TABLE large ADD n int') WHERE rule = 'standby_replay_conflict')"
is "but for weaker ones" "$(sql postgres "SELECT rule FROM ddlguard.check('ALTER TABLE large ALTER id SET STATISTICS 10')")" ''
node_use standby
ok "it is promoted" sql postgres 'SELECT pg_promote()'
like "and guards" "$(sql postgres 'TRUNCATE large')" '^ERROR:  DG001: '
is "with status() saying so" "$(sql postgres 'SELECT active FROM ddlguard.status()')" t
ok "and keeps its own record" wait_for postgres "SELECT count(*) = 1 FROM ddlguard.event WHERE statement = 'TRUNCATE large' AND outcome = 'refused'"
node_stop standby

# From a guarded publisher to a guarded subscriber, and another table the other way.
node_use main
primary=$PGHOST
node_init subscriber
node_start subscriber
node_use subscriber
psql -Xq <<SQL
CREATE EXTENSION ddlguard;
CREATE TABLE large (id bigint PRIMARY KEY);
CREATE SUBSCRIPTION s CONNECTION 'host=$primary port=5432 user=postgres dbname=postgres' PUBLICATION p;
SQL
ok "the subscriber copies the table" wait_for postgres "SELECT count(*) = 200000 FROM large"
like "and guards it" "$(sql postgres 'ALTER TABLE large ADD n serial')" '^ERROR:  DG001: '
node_use main
sql postgres 'UPDATE large SET id = -id' >/dev/null
node_use subscriber
ok "it applies a change of every row" wait_for postgres "SELECT count(*) = 200000 FROM large WHERE id < 0"
node_use main
sql postgres "BEGIN; SET LOCAL ddlguard.bypass = 'test'; TRUNCATE large; COMMIT" >/dev/null
node_use subscriber
ok "and applies a TRUNCATE that its own users would be refused" wait_for postgres "SELECT count(*) = 0 FROM large"

is "what depends on nothing passes on either side" "$(sql postgres 'ALTER TABLE large ADD note text'; node_use main; sql postgres 'ALTER TABLE large ADD note text')" ""
node_use subscriber
psql -Xq <<'SQL'
CREATE TABLE back (id bigint PRIMARY KEY);
INSERT INTO back SELECT i FROM generate_series(1, 200000) i;
CREATE PUBLICATION q FOR TABLE back;
SQL
subscriber=$PGHOST
node_use main
psql -Xq <<SQL
CREATE TABLE back (id bigint PRIMARY KEY);
CREATE SUBSCRIPTION t CONNECTION 'host=$subscriber port=5432 user=postgres dbname=postgres' PUBLICATION q;
SQL
ok "the other way: the first publisher copies a table, too" wait_for postgres "SELECT count(*) = 200000 FROM back"
like "and guards its copy" "$(sql postgres 'ALTER TABLE back DROP COLUMN id')" '^ERROR:  DG001: '
like "both publishers keep their publications whole: one" "$(sql postgres 'ALTER PUBLICATION p DROP TABLE large')" '^ERROR:  DG001: .*alter_publication_removes_tables'
node_use subscriber
like "and the other" "$(sql postgres 'ALTER PUBLICATION q DROP TABLE back')" '^ERROR:  DG001: .*alter_publication_removes_tables'
sql postgres 'DELETE FROM back WHERE id > 100' >/dev/null
node_use main
ok "a change of most rows comes back" wait_for postgres "SELECT count(*) = 100 FROM back"
is "no worker was stopped by the guard" "$(grep -hE '(logical replication|apply) worker.*DG0|background worker "logical replication (apply |tablesync )?worker.*exited with exit code 1' "$scratch"/*/log || true)" ""

node_use subscriber
# A trigger that applies run, and DDL in its function: with the rights of the table's owner, but not past the guard.
psql -Xq <<'SQL'
CREATE TABLE kept AS SELECT i AS id FROM generate_series(1, 1000) i;
CREATE FUNCTION harmless() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN EXECUTE format('CREATE TABLE public.made_%s (id int)', NEW.id); RETURN NEW; END $$;
CREATE FUNCTION dangerous() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DROP TABLE public.kept; RETURN NEW; END $$;
CREATE TRIGGER t BEFORE INSERT ON large FOR EACH ROW EXECUTE FUNCTION harmless();
ALTER TABLE large ENABLE REPLICA TRIGGER t;
SQL
node_use main
sql postgres 'INSERT INTO large VALUES (1)' >/dev/null
node_use subscriber
ok "harmless DDL in a trigger runs when a change is applied" wait_for postgres "SELECT to_regclass('made_1') IS NOT NULL"
psql -Xq -c 'CREATE TRIGGER u BEFORE INSERT ON large FOR EACH ROW EXECUTE FUNCTION dangerous(); ALTER TABLE large ENABLE REPLICA TRIGGER u'
node_use main
sql postgres 'INSERT INTO large VALUES (2)' >/dev/null
node_use subscriber
refused() { grep -q 'ERROR: .*public.kept.*(drop_table)' "$scratch/subscriber/log"; }
refusal() { for ((i = 0; i < 600; ++i)); do refused && return; sleep 0.1; done; return 1; }
ok "dangerous DDL is refused, and the server log says so" refusal
is "the table is there" "$(sql postgres 'SELECT count(*) FROM kept')" 1000
psql -Xq -c "INSERT INTO ddlguard.policy (priority, rule, role_name, action, comment) VALUES (1, '*', 'postgres', 'allow', 'owner of the subscription')"
ok "a row for the owner of the subscription lets it be applied" wait_for postgres "SELECT to_regclass('kept') IS NULL AND count(*) = 2 FROM large"

done_testing
