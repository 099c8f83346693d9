#!/usr/bin/env bash
# Approvals where servers and protocols matter: what a fingerprint sees, statements that commit by themselves,
# messages of the protocol, the server log, dumps and copies.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
here=$(dirname "${BASH_SOURCE[0]}")
wire=$here/wire

cluster_create
node_stop main
node_conf main <<<'max_prepared_transactions = 2'
node_start main
psql -Xq <<'SQL'
CREATE EXTENSION ddlguard;
CREATE ROLE deploy LOGIN;
GRANT ALL ON SCHEMA public TO deploy;
CREATE TABLE orders AS SELECT i AS id, i AS user_id FROM generate_series(1, 200000) i;
CREATE TABLE users AS SELECT i AS id FROM generate_series(1, 200000) i;
CREATE TABLE events (id int) PARTITION BY RANGE (id);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (1000000);
INSERT INTO events SELECT id FROM users;
ALTER TABLE orders OWNER TO deploy;
-- Rules that mind statements that have to be alone, for the sake of the test.
INSERT INTO ddlguard.policy (priority, rule, action) VALUES (1, 'drop_recently_used', 'log'),
  (2, 'non_idempotent_statement', 'reject'), (2, 'large_table_ddl', 'reject');
SQL
approve() { sql postgres "SELECT string_agg(statement, '; ') FROM ddlguard.approve(\$approve\$$1\$approve\$, 'OPS-1'${2:-})"; }
left() { sql postgres "SELECT string_agg(uses_left::text, ' ' ORDER BY id) FROM ddlguard.approval"; }
forget() { sql postgres 'DELETE FROM ddlguard.approval'; }

# The corpus of migrations, written otherwise and changed by one token.
"$here/fingerprints.pl" "$top"/test/corpus/*.sql >"$scratch/asked.sql"
is "what makes a fingerprint, and what does not" \
  "$({ echo 'BEGIN;'; cat "$scratch/asked.sql"; cat <<'SQL'; } | psql -XqAt 2>&1
SELECT kind, count(*) > 1000, count(*) FILTER (WHERE (ddlguard.fingerprint(original) = ddlguard.fingerprint(variant)) <> (kind = 'written'))
  FROM asked GROUP BY kind ORDER BY kind;
SELECT min(original), min(variant) FROM asked
 WHERE (ddlguard.fingerprint(original) = ddlguard.fingerprint(variant)) <> (kind = 'written') HAVING count(*) > 0;
SQL
)" $'changed|t|0\nwritten|t|0'
is "constants by value and kind, names by meaning" "$(psql -XqAt <<'SQL'
SELECT ddlguard.fingerprint(a) = ddlguard.fingerprint(b) FROM (VALUES
  ($q$SELECT 'it''s'$q$, $q$select $$it's$$$q$), ($q$SELECT 'a'$q$, $q$SELECT E'\x61'$q$), ('SELECT a', 'SELECT "a"'),
  ('SELECT a <> b', 'SELECT a != b'), ('SELECT 1;;', 'SELECT 1'), ('PREPARE p (int) AS DELETE FROM t', 'DELETE FROM t'),
  ('SELECT a', 'SELECT "A"'), ('SELECT name', 'SELECT "name"'), ('SELECT 1.0', 'SELECT 1.00'), ($q$SELECT 'a'$q$, 'SELECT a'),
  ('SELECT 1; SELECT 2', 'SELECT 1 SELECT 2'), ('SELECT ab', 'SELECT a b'), ($q$SELECT 'ab'$q$, $q$SELECT 'a' || 'b'$q$)) v(a, b);
SQL
)" $'t\nt\nt\nt\nt\nt\nf\nf\nf\nf\nf\nf\nf'
like "what is no SQL" "$(sql postgres "SELECT ddlguard.fingerprint('SELECT ''a')")" '42601: unterminated quoted string'

# Statements that commit by themselves: the use is gone when they have begun.
alone='CREATE INDEX CONCURRENTLY orders_user ON orders (user_id)'
like "CREATE INDEX CONCURRENTLY without an approval" "$(sql postgres "$alone")" '^ERROR:  DG001'
others='DROP INDEX CONCURRENTLY orders_user; VACUUM FULL users; ALTER TABLE events DETACH PARTITION events_1 CONCURRENTLY'
is "a script of such statements is approved" "$(approve "$alone; $others")" "$alone; $others"
like "in a transaction block PostgreSQL refuses it" "$(sql postgres "BEGIN; $alone")" 'ERROR:  25001'
is "and the use is given back" "$(left)" '1 1 1 1'
is "CREATE INDEX CONCURRENTLY" "$(sql postgres "$alone")" ''
is "the index is valid" "$(sql postgres "SELECT indisvalid FROM pg_index WHERE indexrelid = 'orders_user'::regclass")" t
is "the use is gone" "$(left)" '0 1 1 1'
like "and cannot be had again" "$(sql postgres "$alone")" 'does not apply: it has been used'
like "DROP INDEX CONCURRENTLY, not within a transaction block" "$(sql postgres 'BEGIN; DROP INDEX CONCURRENTLY orders_user')" 'ERROR:  25001'
is "nor in a pipeline" "$("$wire" 'P::SELECT 1' B:: E: 'P::DROP INDEX CONCURRENTLY orders_user' B:: E: S)" 'SELECT 1 25001 I'
is "the use is given back" "$(left)" '0 1 1 1'
is "DROP INDEX CONCURRENTLY" "$(sql postgres 'DROP INDEX CONCURRENTLY orders_user')" ''
is "the index is gone" "$(sql postgres "SELECT to_regclass('orders_user')")" ''
is "and so is the use" "$(left)" '0 0 1 1'
psql -Xq -c "SET ddlguard.mode = off" -c 'CREATE INDEX orders_user ON orders (user_id)'
approve 'DROP INDEX CONCURRENTLY orders_user' >"$scratch/null"
is "DROP INDEX CONCURRENTLY by the extended protocol" "$("$wire" 'P::DROP INDEX CONCURRENTLY orders_user' B:: E: S)" 'DROP INDEX I'
is "VACUUM FULL" "$(sql postgres 'VACUUM FULL users')" ''
is "DETACH PARTITION CONCURRENTLY" "$(sql postgres 'ALTER TABLE events DETACH PARTITION events_1 CONCURRENTLY')" ''
is "all are used" "$(left)" '0 0 0 0 0'
psql -Xq -c 'CREATE DATABASE other'
is "DROP DATABASE is approved" "$(approve 'DROP DATABASE other')" 'DROP DATABASE other'
is "DROP DATABASE" "$(sql postgres 'DROP DATABASE other')" ''
is "and its use is gone" "$(left)" '0 0 0 0 0 0'
is "PostgreSQL warns of nothing on the way" "$(grep -c WARNING "$scratch/main/log" || true)" 0
forget

# Two builds at the same time, each with an approval: neither waits for the other's use.
approve 'CREATE INDEX CONCURRENTLY a ON orders (id); CREATE INDEX CONCURRENTLY b ON users (id)' >"$scratch/null"
sql postgres 'CREATE INDEX CONCURRENTLY a ON orders (id)' >"$scratch/a" &
other=$!
is "one of two concurrent builds" "$(sql postgres 'CREATE INDEX CONCURRENTLY b ON users (id)')" ''
wait "$other"
is "the other one" "$(cat "$scratch/a")" ''
is "both are used" "$(left)" '0 0'
forget

# Any message of the protocol; each statement by its own text.
approve 'ALTER TABLE orders DROP COLUMN user_id' ', uses => 5' >"$scratch/null"
is "parse, bind, execute" "$("$wire" Q:BEGIN 'P::alter table ORDERS drop column user_id' B:: E: S Q:ROLLBACK)" $'BEGIN T\nALTER TABLE T\nROLLBACK I'
is "in a string with others" "$("$wire" 'Q:BEGIN; /* now */ ALTER TABLE orders DROP COLUMN user_id ; SELECT 1; ROLLBACK')" 'BEGIN ALTER TABLE SELECT 1 ROLLBACK I'
is "a string with more than that" "$("$wire" 'Q:BEGIN; ALTER TABLE orders DROP COLUMN user_id; DROP TABLE users' 'Q:ROLLBACK')" $'BEGIN ALTER TABLE DG001 E\nROLLBACK I'
is "prepared, and executed twice" \
  "$("$wire" 'P:s:ALTER TABLE orders DROP COLUMN user_id' Q:BEGIN B::s E: S Q:ROLLBACK Q:BEGIN B::s E: S Q:ROLLBACK)" \
  $'BEGIN T\nALTER TABLE T\nROLLBACK I\nBEGIN T\nALTER TABLE T\nROLLBACK I'
is "nothing of it is used" "$(left)" 5

is "a prepared transaction has it while it waits" "$(sql postgres "BEGIN; ALTER TABLE orders DROP COLUMN user_id; PREPARE TRANSACTION 'p'")" ''
like "others wait in vain" "$(sql postgres "SET lock_timeout = '100ms'; ALTER TABLE orders DROP COLUMN user_id")" 'waiting for approval [0-9]+, which another session is using'
sql postgres "ROLLBACK PREPARED 'p'"
is "and gives it back" "$(left)" 5

# A text that was parsed under other settings is not what was approved; from 19 on there are no other settings.
if (($(sql postgres 'SHOW server_version_num') < 190000)); then
  approve "ALTER TABLE orders DROP COLUMN user_id, ALTER id SET DEFAULT length('a\\\\b')" >"$scratch/null"
  is "what runs is not what the text says" "$(psql -XqAt <<'SQL' 2>&1 | grep -oE 'DG001|what runs is not what the text says|dropped'
CREATE OR REPLACE FUNCTION quoted() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  ALTER TABLE orders DROP COLUMN user_id, ALTER id SET DEFAULT length('a\\b');
  RAISE WARNING 'dropped';
END $$;
\set VERBOSITY verbose
SET escape_string_warning = off;
SET standard_conforming_strings = off;
SELECT quoted();
RESET standard_conforming_strings;
SELECT quoted();
\c
BEGIN;
SELECT quoted();
ROLLBACK;
SQL
)" $'DG001\nDG001\nwhat runs is not what the text says\ndropped'
  sql postgres 'DELETE FROM ddlguard.approval WHERE uses_left = 1'
fi

# The record.
is "as deploy" "$(PGUSER=deploy sql postgres 'BEGIN; ALTER TABLE orders DROP COLUMN user_id; ROLLBACK')" ''
like "the server log has who approved it and why" \
  "$(grep 'ddlguard approved' "$scratch/main/log" | tail -n 1)" 'session user "deploy".*reason "approval [0-9]+ by postgres: OPS-1"; statement: ALTER TABLE'
sql postgres "SET ddlguard.log_format = json; BEGIN; ALTER TABLE orders DROP COLUMN user_id; ROLLBACK" >"$scratch/null"
like "as JSON too" "$(grep '"ddlguard":"approved"' "$scratch/main/log")" '"reason":"approval [0-9]+ by postgres: OPS-1"'

written() { [[ $(sql postgres "SELECT count(*) FROM ddlguard.event WHERE response = 'approved' AND session_user_name = 'deploy'") -gt 0 ]]; }
for ((i = 0; i < 100; i++)); do written && break; sleep 0.1; done
is "and so has the table of events" "$(sql postgres "SELECT DISTINCT outcome, e.reason, approval_id = a.id
  FROM ddlguard.event e, ddlguard.approval a WHERE response = 'approved' AND session_user_name = 'deploy'")" 'rolled back|OPS-1|t'

# A copy of the database has the record, and not the right.
psql -Xq -c 'CREATE DATABASE copy TEMPLATE postgres'
like "a copied database" "$(sql copy 'ALTER TABLE orders DROP COLUMN user_id')" 'does not apply: it was given in another database \("postgres"\)'
pg_dump -Fc -f "$scratch/dump" postgres
psql -Xq -c 'CREATE DATABASE restored'
PGOPTIONS='-c ddlguard.mode=off' pg_restore --exit-on-error -d restored "$scratch/dump"
like "a restored dump" "$(sql restored 'ALTER TABLE orders DROP COLUMN user_id')" 'does not apply: it was given in another database'
record="SELECT id, statement, uses_left, approver, reason, findings, database_name FROM ddlguard.approval ORDER BY id"
is "its record is the same" "$(sql restored "$record")" "$(sql postgres "$record")"
like "and goes on after it" "$(sql restored "SELECT approval_id > (SELECT max(id) FROM ddlguard.approval WHERE reason = 'OPS-1') FROM ddlguard.approve('DROP TABLE orders', 'x')")" '^t$'
is "where it was given it still holds" "$(sql postgres 'ALTER TABLE orders DROP COLUMN user_id')" ''
is "used up by one" "$(left)" 4

# A crash in the middle gives the use back.
approve 'DROP TABLE users' >"$scratch/null"
{ echo 'BEGIN; DROP TABLE users; SELECT pg_backend_pid();'; sleep 30; } | psql -XqAt >"$scratch/pid" 2>&1 &
sleeper=$!
until [[ -s $scratch/pid ]]; do sleep 0.1; done
as_server "$bindir/pg_ctl" --silent --pgdata="$scratch/main/data" --mode=immediate stop
kill "$sleeper" 2>/dev/null || true
node_start main
is "after a crash the use is there again" "$(left)" '4 1'
is "and can be used" "$(sql postgres 'DROP TABLE users')" ''
is "once" "$(left)" '4 0'

done_testing
