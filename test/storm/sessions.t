#!/usr/bin/env bash
# A thousand sessions at once, each of which is refused, changes tables of its own and asks.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../tap/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../tap/lib.sh"

sessions=${DDLGUARD_SESSIONS:-1000} each=5
cluster_create
node_conf main <<END
max_connections = $((sessions + 100))
END
node_stop main
node_start main
psql -Xq -v ON_ERROR_STOP=1 <<'SQL'
CREATE EXTENSION ddlguard;
CREATE TABLE large AS SELECT i AS id FROM generate_series(1, 200000) i;
SQL
cat >"$scratch/session.sql" <<'SQL'
DO $$ BEGIN DROP TABLE large; RAISE 'not refused'; EXCEPTION WHEN SQLSTATE 'DG001' THEN NULL; END $$;
CREATE TABLE mine_:client_id (id int);
ALTER TABLE mine_:client_id ADD COLUMN name text NOT NULL;
SELECT count(*) FROM ddlguard.check('ALTER TABLE large ALTER COLUMN id TYPE bigint');
DROP TABLE mine_:client_id;
SQL
ulimit -n 4096 2>/dev/null || true
report=$(pgbench -n -c "$sessions" -j 4 -t "$each" -f "$scratch/session.sql" 2>&1) || true
like "all of them get through" "$report" "actually processed: $((sessions * each))/$((sessions * each))"
is "nothing of theirs is left" "$(sql postgres "SELECT count(*) FROM pg_class WHERE relname LIKE 'mine%'")" 0
is "the large table is" "$(sql postgres 'SELECT count(*) FROM large')" 200000
is "no process died" "$(grep -E 'terminated by signal|PANIC:' "$scratch/main/log" || true)" ""
done_testing
