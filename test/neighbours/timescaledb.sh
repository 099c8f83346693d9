# Hypertables, whose chunks C code makes and drops without a statement; Debian builds it without the parts under
# Timescale's own licence.  Its hook comes first in either order, and keeps some statements on hypertables to
# itself: the net sees what they do, chunk by chunk.
# shellcheck shell=bash disable=SC2034
majors="17"
package=postgresql-$major-timescaledb
created=timescaledb
preload=timescaledb
conf="timescaledb.telemetry_level = off"

chunks() { sql "SELECT count(*) FROM show_chunks('readings')"; }
everyday() {
  psql -Xq -c 'CREATE TABLE readings (at timestamptz NOT NULL, sensor int, value float8)'
  ok "a table becomes a hypertable" psql -Xqc "SELECT create_hypertable('readings', 'at', chunk_time_interval => interval '1 day')"
  ok "rows make chunks" psql -Xqc "INSERT INTO readings SELECT timestamptz '2026-01-01' + i * interval '6 seconds', i % 100, i
    FROM generate_series(1, 199999) i"
  is "14 of them" "$(chunks)" 14
  passes "it is analysed" 'ANALYZE readings'
  psql -Xq -c "INSERT INTO ddlguard.policy (priority, rule, schema_name, action, min_rows, comment)
    VALUES (10, 'unpredicted_index_build', '\_timescaledb\_internal', 'reject', 10000, 'indexes on hypertables are built chunk by chunk')"
  refused "an index on it, whose chunks are large for a policy row," 'CREATE INDEX readings_sensor ON readings (sensor)' unpredicted_index_build
  refused "dropping a column" 'ALTER TABLE readings DROP COLUMN value' drop_column
  refused "a wider type" 'ALTER TABLE readings ALTER sensor TYPE bigint' alter_column_type_rewrite
  passes "a new column passes" 'ALTER TABLE readings ADD COLUMN note text'
  refused "TRUNCATE" 'TRUNCATE readings' truncate
  refused "dropping it" 'DROP TABLE readings' unpredicted_drop
  refused "dropping a chunk by hand" "DO \$\$ BEGIN EXECUTE 'DROP TABLE ' || show_chunks('readings') LIMIT 1; END \$\$" 'drop_(table|recently_used)'
  refused "drop_chunks(), which is C code," "SELECT drop_chunks('readings', timestamptz '2026-01-05')" 'unpredicted_drop|drop_table'
  is "and nothing is lost" "$(chunks), $(sql 'SELECT count(*) FROM readings')" '14, 199999'
  # As docs/neighbours.md says.
  psql -Xq -c "INSERT INTO ddlguard.policy (priority, rule, schema_name, role_name, action, comment)
    VALUES (10, 'destructive', '\_timescaledb\_internal', 'postgres', 'allow', 'retention by drop_chunks()')"
  is "with a policy row for its schema and role it passes" "$(sql "SELECT count(*) FROM drop_chunks('readings', timestamptz '2026-01-05')")" 4
  is "and drops these alone" "$(chunks)" 10
}
drop() { psql -Xq -c 'SET ddlguard.mode = off' -c 'DROP TABLE readings'; }
