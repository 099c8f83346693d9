#!/usr/bin/env bash
# The guard's roles in more than one database and cluster; what was there before CREATE EXTENSION; what is told in
# the server log of those who change or loosen the guard; roundabout ways in.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cluster_create
node_conf main <<<"max_prepared_transactions = 5"
node_stop main
node_start main
roles() {
  sql postgres "SELECT rolname, rolcanlogin FROM pg_roles WHERE rolname LIKE 'ddlguard%' ORDER BY 1;
    SELECT parname, grantee::regrole, privilege_type, is_grantable FROM pg_parameter_acl, aclexplode(paracl) WHERE grantee <> 10 ORDER BY 2"
}
made='ddlguard_admin|f
ddlguard_reader|f
ddlguard.bypass|ddlguard_admin|SET|t'

# ---- roles ----
databases=(one two three four five six seven eight)
for database in "${databases[@]}"; do psql -Xq -c "CREATE DATABASE $database"; done
pids=()
for database in "${databases[@]}"; do
  psql -XAtq -v ON_ERROR_STOP=1 -d "$database" -c 'CREATE EXTENSION ddlguard' >"$scratch/$database.out" 2>&1 &
  pids+=($!)
done
failed=0
for pid in "${pids[@]}"; do wait "$pid" || failed=$((failed + 1)); done
is "eight databases make the extension at the same time" "$failed $(cat "$scratch"/*.out)" "0 "
is "and the roles once" "$(roles)" "$made"
psql -Xq -c 'CREATE ROLE chief LOGIN; GRANT ddlguard_admin TO chief; REVOKE SET ON PARAMETER ddlguard.bypass FROM ddlguard_admin'
psql -Xq -c 'CREATE DATABASE nine'
is "the next database tells who has their rights there" \
  "$(sql nine 'CREATE EXTENSION ddlguard' | sed 's/^WARNING:  [0-9A-Z]*: //; /^LOCATION\|^CONTEXT/d')" \
  'role "ddlguard_admin" was there before; its members have its rights in this database too: chief'
is "and does not give back what a DBA took away" "$(sql nine "SELECT count(*) FROM pg_parameter_acl, aclexplode(paracl) WHERE grantee <> 10")" 0
psql -Xq -c 'GRANT SET ON PARAMETER ddlguard.bypass TO ddlguard_admin WITH GRANT OPTION'
is "an admin configures the guard" "$(PGUSER=chief sql nine "UPDATE ddlguard.policy SET comment = 'seen' WHERE rule = 'blocking'; SELECT comment FROM ddlguard.policy WHERE rule = 'blocking'")" seen
is "DROP EXTENSION leaves the roles" "$(sql nine "SET ddlguard.bypass = 'test'; DROP EXTENSION ddlguard"; roles)" "$made"
like "which belong to the cluster" "$(sql postgres 'DROP ROLE ddlguard_admin')" '^ERROR:  2BP01: .*depend'

# ---- dump and restore, into a cluster that has no such roles ----
psql -Xq -d one -c "INSERT INTO ddlguard.policy (priority, rule, action, comment) VALUES (7, 'drop_table', 'warn', 'ours')"
psql -Xq -d one -c "GRANT SELECT ON ddlguard.policy TO chief"
pg_dumpall --globals-only >"$scratch/globals.sql"
pg_dump -Fc -f "$scratch/one.dump" one
acl="SELECT relacl FROM pg_class WHERE oid = 'ddlguard.policy'::regclass; SELECT nspacl FROM pg_namespace WHERE nspname = 'ddlguard'"
before=$(sql one "$acl")
node_init other
node_start other
node_use other
psql -Xq -c 'CREATE DATABASE bare'
PGOPTIONS='-c ddlguard.mode=off' pg_restore -d bare "$scratch/one.dump" 2>"$scratch/bare.err" || true
is "a dump without the globals makes the roles" "$(roles)" "$made"
like "and misses no more than the roles of others" "$(grep '^pg_restore: error' "$scratch/bare.err")" 'role "chief" does not exist'
is "its policies are there" "$(sql bare "SELECT comment FROM ddlguard.policy WHERE priority = 7")" ours
node_stop other
node_init third
node_start third
node_use third
globals=$(psql -Xq -v ON_ERROR_STOP=1 -f <(grep -v 'ROLE postgres' "$scratch/globals.sql") 2>&1 || true)
is "pg_dumpall's globals are restored" "$globals" ""
is "with the roles and what they may set" "$(roles)" "$made"
psql -Xq -c 'CREATE DATABASE full_one'
ok "and the database after them" env PGOPTIONS='-c ddlguard.mode=off' pg_restore --exit-on-error -d full_one "$scratch/one.dump"
is "with the privileges that it had" "$(sql full_one "$acl")" "$before"
is "its members are admins there" "$(PGUSER=chief sql full_one "DELETE FROM ddlguard.policy WHERE priority = 7 RETURNING comment")" ours
node_stop third
node_use main

# ---- what was there before ----
psql -Xq -c 'CREATE DATABASE ten' -c 'CREATE ROLE mallory LOGIN' -c 'GRANT CREATE ON DATABASE ten TO mallory'
PGUSER=mallory psql -Xq -d ten -c 'CREATE SCHEMA ddlguard'
like "a schema of somebody else" "$(sql ten 'CREATE EXTENSION ddlguard')" '^ERROR:  55000: schema "ddlguard" was there before and belongs to role "mallory"'
psql -Xq -d ten -c 'ALTER SCHEMA ddlguard OWNER TO postgres; GRANT CREATE ON SCHEMA ddlguard TO mallory'
PGUSER=mallory psql -Xq -d ten -c "CREATE FUNCTION ddlguard.check(varchar) RETURNS text LANGUAGE sql AS 'SELECT session_user::text'"
like "a function in it" "$(sql ten 'CREATE EXTENSION ddlguard')" '^ERROR:  55000: schema "ddlguard" was there before and is not empty'
psql -Xq -d ten -c 'DROP FUNCTION ddlguard.check(varchar)'
psql -Xq -d ten <<'SQL'
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO mallory;
ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO mallory;
ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO mallory;
SET client_min_messages = error;
CREATE EXTENSION ddlguard;
SQL
is "neither grants on the schema nor default privileges outlive CREATE EXTENSION" \
  "$(sql ten "SELECT has_schema_privilege('mallory', 'ddlguard', 'CREATE'), has_table_privilege('mallory', 'ddlguard.policy', 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER'),
    has_function_privilege('mallory', 'ddlguard.policy_check()', 'EXECUTE'), has_sequence_privilege('mallory', 'ddlguard.policy_id_seq', 'USAGE')")" 'f|f|f|f'
node_init fourth
node_start fourth
node_use fourth
psql -Xq -c 'CREATE ROLE ddlguard_admin LOGIN'
like "a role of that name that can log in" "$(sql postgres 'CREATE EXTENSION ddlguard')" '^ERROR:  55000: role "ddlguard_admin" was there before and is more than a group'
is "then there is nothing of the extension" "$(sql postgres "SELECT count(*) FROM pg_roles WHERE rolname = 'ddlguard_reader'; SELECT count(*) FROM pg_extension WHERE extname = 'ddlguard'")" $'0\n0'
node_stop fourth
node_use main

# ---- what is told ----
log() { grep -F "$1" "$scratch/main/log" | tail -n 1; }
psql -Xq -d one -c "UPDATE ddlguard.policy SET action = 'log' WHERE priority = 7"
like "a changed policy, with what it was and is" "$(log 'ddlguard changed: UPDATE')" \
  'ddlguard.policy was \([0-9]+,7,drop_table,.*,warn,.* is \([0-9]+,7,drop_table,.*,log,.*session user postgres.*statement: UPDATE ddlguard.policy'
PGUSER=chief psql -Xq -d one -c "DELETE FROM ddlguard.policy WHERE priority = 7"
like "whoever does it" "$(log 'ddlguard changed: DELETE')" 'session user chief'
psql -Xq -d one -c "BEGIN; UPDATE ddlguard.policy SET action = 'allow' WHERE rule = 'destructive'; ROLLBACK"
like "also when he takes it back" "$(log 'ddlguard changed: UPDATE')" 'destructive.* is .*allow'
psql -Xq -d one -c "SET ddlguard.log_format = json; UPDATE ddlguard.policy SET comment = E'a \"b\"\nc' WHERE rule = '*'"
like "as one line of JSON" "$(log '"ddlguard":"changed"' | sed 's/.*LOG:  //' | perl -MJSON::PP -e '$r = decode_json(<STDIN>); print "$r->{operation} $r->{table} $r->{session_user} ", $r->{after} =~ /\n/ ? "True" : "False"')" \
  'UPDATE ddlguard.policy postgres True'
psql -Xq -d one -c 'SET ddlguard.mode = off'
like "a session that switches the guard off" "$(log 'ddlguard loosened')" 'ddlguard.mode from enforce to off; session user postgres'
PGOPTIONS='-c ddlguard.mode=observe' psql -Xq -d one -c 'SELECT' >/dev/null
like "or comes without it" "$(log 'ddlguard loosened')" 'ddlguard.mode from enforce to observe; session user postgres'
count=$(grep -c 'ddlguard loosened' "$scratch/main/log")
psql -Xq -d one -c 'SET ddlguard.mode = enforce'
is "not one that keeps it" "$(grep -c 'ddlguard loosened' "$scratch/main/log")" "$count"
sql one "TRUNCATE ddlguard.policy" >/dev/null
sql one "BEGIN; SET LOCAL ddlguard.bypass = 'clean slate'; TRUNCATE ddlguard.policy; ROLLBACK" >/dev/null
like "a TRUNCATE, which takes a bypass" "$(log 'ddlguard changed: TRUNCATE')" 'ddlguard.policy; session user postgres'

# ---- roundabout ways ----
psql -Xq -d one <<'SQL'
CREATE TABLE large AS SELECT i AS id FROM generate_series(1, 200000) i;
GRANT CREATE ON SCHEMA public TO mallory;
ALTER TABLE large OWNER TO mallory;
CREATE EXTENSION dblink;
CREATE EXTENSION postgres_fdw;
CREATE SERVER self FOREIGN DATA WRAPPER postgres_fdw OPTIONS (dbname 'one');
SQL
like "through dblink to itself" "$(sql one "SELECT dblink_exec('host=$PGHOST dbname=one user=mallory', 'DROP TABLE large')")" '^ERROR:  DG001: '
like "of a transaction that will be prepared" \
  "$(PGUSER=mallory sql one "BEGIN; ALTER TABLE large ALTER id TYPE bigint; PREPARE TRANSACTION 'x'")" '^ERROR:  DG001: '
like "as another role, which only superusers become" "$(PGUSER=mallory sql one 'SET SESSION AUTHORIZATION chief')" '^ERROR:  42501: '
like "with a library of one's own" "$(PGUSER=mallory sql one "LOAD '/tmp/mine.so'")" '^ERROR:  42501: '
like "with a setting of the connection" "$(PGUSER=mallory sql 'dbname=one options=-cddlguard.fail_mode=open' 'SELECT 1')" 'permission denied to set parameter'
psql -Xq -d one -c "CREATE ROLE \"o'\"\"b\\\$%_\" LOGIN; GRANT mallory TO \"o'\"\"b\\\$%_\""
like "under a name with quotes" "$(PGUSER="o'\"b\\\$%_" sql one 'DROP TABLE large')" '^ERROR:  DG001: '
psql -Xq -d one -c "INSERT INTO ddlguard.policy (priority, rule, role_name, action) VALUES (1, 'drop_table', 'deploy\\_prod', 'allow')"
psql -Xq -d one -c 'CREATE ROLE deployxprod LOGIN IN ROLE mallory'
like "under a name like that of an exempt role" "$(PGUSER=deployxprod sql one 'DROP TABLE large')" '^ERROR:  DG001: '
psql -Xq -d one -c "INSERT INTO ddlguard.policy (priority, rule, application_name, action) VALUES (1, 'truncate', 'flyway', 'allow')"
is "under the application_name of a row that allows (its author was warned)" \
  "$(PGAPPNAME=flyway PGUSER=mallory sql one 'BEGIN; TRUNCATE large; ROLLBACK'; sql one 'SELECT warning FROM ddlguard.status()')" \
  '1 policy rows allow by application_name, which any client can set'

# ---- what other sessions do is told as pg_stat_activity tells it ----
psql -Xq -d one -c "DELETE FROM ddlguard.policy WHERE priority = 1" \
  -c "INSERT INTO ddlguard.policy (priority, rule, action, argument) VALUES (1, 'lock_conflict_with_long_transaction', 'warn', '0')"
psql -XAtq -d one -c 'BEGIN; LOCK TABLE large IN ROW SHARE MODE; SELECT pg_sleep(100)' >/dev/null 2>&1 &
holder=$!
holding="SELECT pid FROM pg_locks WHERE relation = 'large'::regclass AND mode = 'RowShareLock'"
for ((i = 0; i < 600; ++i)); do
  [[ -z $(sql one "$holding") ]] || break
  sleep 0.1
done
conflict() {
  sql one "SELECT detail FROM ddlguard.check('ALTER TABLE large ADD x int') WHERE rule = 'lock_conflict_with_long_transaction'" | grep '^Fact'
}
like "a DBA sees for how long the holder has been at it" "$(conflict)" 'seconds after its transaction began'
like "another role that there is one" "$(PGUSER=mallory conflict)" 'process [0-9]+ holds a conflicting lock\.$'
sql one "SELECT pg_terminate_backend(pid) FROM ($holding) _" >/dev/null
wait "$holder" || true

done_testing
