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
node_use main
ok "the primary knows that its locks are replayed" wait_for postgres "SELECT EXISTS (
  SELECT FROM ddlguard.check('ALTER TABLE large ADD n int') WHERE rule = 'standby_replay_conflict')"
is "but for weaker ones" "$(sql postgres "SELECT rule FROM ddlguard.check('ALTER TABLE large ALTER id SET STATISTICS 10')")" ''
node_use standby
ok "it is promoted" sql postgres 'SELECT pg_promote()'
like "and guards" "$(sql postgres 'TRUNCATE large')" '^ERROR:  DG001: '
is "with status() saying so" "$(sql postgres 'SELECT active FROM ddlguard.status()')" t
node_stop standby

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
