#!/usr/bin/env bash
# pg_dump and pg_restore of a guarded database with large tables, and pg_upgrade.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cluster_create
psql -Xq <<'SQL'
CREATE DATABASE shop;
\c shop
CREATE EXTENSION ddlguard;
CREATE TABLE users AS SELECT i AS id, i % 7 AS kind FROM generate_series(1, 200000) i;
CREATE TABLE orders AS SELECT i AS id, i AS user_id FROM generate_series(1, 200000) i;
SET ddlguard.mode = off;
ALTER TABLE users ADD PRIMARY KEY (id), ALTER kind SET NOT NULL;
ALTER TABLE orders ADD PRIMARY KEY (id), ADD FOREIGN KEY (user_id) REFERENCES users;
CREATE INDEX ON orders (user_id);
INSERT INTO ddlguard.policy (priority, rule, relation_name, action, comment)
  VALUES (5, 'create_index_blocking', 'orders', 'allow', 'by the DBA');
INSERT INTO ddlguard.policy (rule, action, argument) VALUES ('index_too_many_columns', 'warn', '3');
UPDATE ddlguard.policy SET min_rows = 50000, min_bytes = NULL WHERE rule = 'blocking';
DELETE FROM ddlguard.policy WHERE rule = 'maintenance';
SELECT count(*) FROM ddlguard.approve('TRUNCATE orders', 'a dump is a record of it', uses => 3) \gset
SQL
state() {
  sql "$1" "SELECT priority, rule, relation_name, action, argument, min_rows, min_bytes, comment FROM ddlguard.policy ORDER BY 1, 2, 3;
    SELECT conname, conrelid::regclass::text, convalidated FROM pg_constraint WHERE conrelid::regclass::text IN ('users', 'orders') ORDER BY 1;
    SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid::regclass::text IN ('users', 'orders') ORDER BY 1;
    SELECT count(*) FROM users; SELECT count(*) FROM orders; SELECT statement, uses_left, approver, findings FROM ddlguard.approval"
}
# The worker writes them a moment later.
recorded() { # recorded DATABASE MORE_THAN
  local tries=300
  until [[ $(sql "$1" "SELECT count(*) > $2 FROM ddlguard.event WHERE outcome = 'refused'") == t ]]; do
    ((tries-- > 0)) || return 1
    sleep 0.1
  done
}
# The audit trail goes on growing in every copy.
events() { sql "$1" "SELECT to_jsonb(e) FROM ddlguard.event e WHERE id <= $last_event ORDER BY id"; }
sql shop "BEGIN; SET LOCAL ddlguard.bypass = 'OPS-2'; TRUNCATE orders; ROLLBACK" >/dev/null
for _ in 1 2; do sql shop 'DROP TABLE orders' >/dev/null; done
ok "events are recorded" recorded shop 1
before=$(state shop)
last_event=$(sql shop 'SELECT max(id) FROM ddlguard.event')
events_before=$(events shop)
like "a bypass among them" "$events_before" OPS-2
pg_dump -Fc -f "$scratch/shop.dump" shop

restore() {
  psql -Xq -c "CREATE DATABASE $1"
  PGOPTIONS=$2 pg_restore --exit-on-error -d "$1" "${@:3}" "$scratch/shop.dump"
}
ok "restored with the guard off" restore off '-c ddlguard.mode=off'
is "everything is back, the DBA's policy rows and no others" "$(state off)" "$before"
is "and the record" "$(events off)" "$events_before"
ok "restored with a bypass, by two jobs" restore bypass '-c ddlguard.bypass=restore' --jobs=2
is "everything is back again" "$(state bypass)" "$before"
is "the record, too" "$(events bypass)" "$events_before"
like "without either, an index on a filled table is refused" "$(restore plain '' 2>&1 || true)" 'ADD CONSTRAINT|CREATE INDEX'
like "a restored guard is at work" "$(sql off 'DROP TABLE orders')" '^ERROR:  DG001: '
ok "it goes on recording" recorded off 2
like "approvals are a record there" "$(sql off 'TRUNCATE orders')" 'does not apply: it was given in another database'
is "and can be given" "$(sql off "SELECT n.statement FROM ddlguard.approval o, ddlguard.approve(o.statement, 'again') n")" 'TRUNCATE orders'
is "to hold" "$(sql off 'BEGIN; TRUNCATE orders; ROLLBACK')" ''

psql -Xq -c 'CREATE ROLE deploy LOGIN; CREATE ROLE app LOGIN; GRANT SET ON PARAMETER ddlguard.bypass TO deploy'
psql -Xq -d off -c 'ALTER TABLE orders OWNER TO deploy'
like "a role without the right cannot set a bypass" \
  "$(PGUSER=app PGOPTIONS='-c ddlguard.bypass=x' sql off 'SELECT 1')" 'permission denied to set parameter'
like "nor switch the guard off" "$(PGUSER=deploy sql off 'SET ddlguard.mode = off')" 'permission denied to set parameter'
is "one that was granted it can, from the connection string" \
  "$(sql "dbname=off user=deploy options='-c ddlguard.bypass=OPS-1'" 'ALTER TABLE orders DROP COLUMN user_id')" ""
ok "and the server log has the reason" grep -q 'OPS-1' "$scratch/main/log"

# As its owner, who may read nothing of the guard's tables.
psql -Xq -c 'CREATE ROLE owner LOGIN' -c 'CREATE ROLE reader LOGIN' -c 'CREATE DATABASE owned OWNER owner'
psql -Xq -d owned -c 'CREATE EXTENSION ddlguard' -c 'GRANT ddlguard_reader TO reader'
dump_as() { { pg_dump --username="$1" --file="$scratch/owned.sql" "${@:2}" owned || true; } 2>&1; }
is "the owner of a database dumps its schema" "$(dump_as owner --schema-only)" ""
is "and its data, without the guard's" "$(dump_as owner --exclude-table-data='ddlguard.*')" ""
like "the guard's are not his to read" "$(dump_as owner)" 'permission denied for table'
is "ddlguard_reader is enough for all of it" "$(dump_as reader)" ""
psql -Xq -d owned -U owner -c 'CREATE TABLE orders (id bigserial PRIMARY KEY, user_id bigint)'
is "a dump without the extension" "$(dump_as owner --schema-only --exclude-schema=ddlguard --extension=plpgsql)" ""
psql -Xq -c 'CREATE DATABASE owned_test OWNER owner'
psql -Xq -d owned_test -c 'CREATE EXTENSION ddlguard'
is "is loaded by the owner where it is already" "$(psql -Xq -d owned_test -U owner -v ON_ERROR_STOP=1 -f "$scratch/owned.sql" -o /dev/null 2>&1)" ""

psql -Xq -c 'DROP DATABASE plain' -c 'DROP DATABASE owned' -c 'DROP DATABASE owned_test'
node_stop main
node_init new
ok "pg_upgrade" as_server "$bindir/pg_upgrade" --old-datadir="$scratch/main/data" --new-datadir="$scratch/new/data" \
  --old-bindir="$bindir" --new-bindir="$bindir" --username=postgres --socketdir="$scratch/new" --no-sync
node_start new
node_use new
is "everything is there after pg_upgrade" "$(state shop)" "$before"
is "with the record" "$(events shop)" "$events_before"
like "approvals are a record in the new cluster" "$(sql shop 'TRUNCATE orders')" 'does not apply: it was given in another database'
like "and guarded" "$(sql shop 'DROP TABLE orders')" '^ERROR:  DG001: '

done_testing
