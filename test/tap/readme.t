#!/usr/bin/env bash
# What README shows is what happens: its psql sessions are run, and every line of them must come out.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# part statements|results: of the fenced blocks; a statement goes from its prompt to the ; that ends a line outside $$
part() {
  awk -v wanted="$1" '
    /^```$/ { fenced = !fenced; next }
    !fenced || /^$/ { next }
    sub(/^shop=> /, "") { statement = 1 }
    wanted == (statement ? "statements" : "results") { print }
    gsub(/[$][$]/, "") % 2 { quoted = !quoted }
    /;$/ && !quoted { statement = 0 }' "$top/README.md"
}

cluster_create
psql -Xq <<'SQL'
CREATE TABLE orders AS SELECT i AS id, i AS customer_id FROM generate_series(1, 1000000) i;
CREATE TABLE users AS SELECT i AS id, 'user' || i AS email FROM generate_series(1, 300000) i;
ALTER TABLE orders ADD COLUMN user_id bigint;
VACUUM ANALYZE;
CREATE EXTENSION ddlguard;
SQL
output=$(part statements | psql -X 2>&1 | sed -E 's/ +$//')
while IFS= read -r line; do
  ok "README: ${line:0:60}" grep -qxF -e "$line" <<<"$output"
done < <(part results)

done_testing
