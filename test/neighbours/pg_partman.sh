# Makes partitions ahead of time and drops old ones, from a function or from its background worker.
# shellcheck shell=bash disable=SC2034
package=postgresql-$major-partman
created=pg_partman
preload=pg_partman_bgw
conf="pg_partman_bgw.interval = 1
pg_partman_bgw.role = 'partman'
pg_partman_bgw.dbname = 'shop'"

create() {
  psql -Xq -c 'CREATE ROLE partman LOGIN SUPERUSER; CREATE SCHEMA partman'
  passes "CREATE EXTENSION pg_partman" "CREATE EXTENSION pg_partman SCHEMA partman"
}

logged() {
  local tries=200
  until grep -qE "$1" "$scratch/$node/log"; do
    ((tries-- > 0)) || return 1
    sleep 0.1
  done
}
partitions() { sql "SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass"; }
days_old() { sql "SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass AND inhrelid::regclass::text ~ to_char(now() - interval '$1 days', 'YYYY_?MM_?DD')"; }
everyday() {
  local kind=native step=daily made
  if ((major > 15)); then kind=range step='1 day'; fi
  psql -Xq <<'END'
CREATE TABLE events (at timestamptz NOT NULL, payload text) PARTITION BY RANGE (at);
CREATE INDEX ON events (at);
END
  ok "a table becomes one that it manages" psql -Xqc "SELECT partman.create_parent(p_parent_table := 'public.events', p_control := 'at',
    p_type := '$kind', p_interval := '$step', p_premake := 4, p_start_partition := (now() - interval '9 days')::date::text)"
  psql -Xq -c "INSERT INTO events SELECT now() - i * interval '1 minute', i::text FROM generate_series(1, 12000) i"
  made=$(partitions)
  psql -Xq -c "UPDATE partman.part_config SET premake = 8, infinite_time_partitions = true WHERE parent_table = 'public.events'"
  is "maintenance by hand makes more" "$(sql "SELECT partman.run_maintenance('public.events')"; partitions)" "
$((made + 4))"
  psql -Xq -c "UPDATE partman.part_config SET premake = 10 WHERE parent_table = 'public.events'"
  ok "so does its background worker" within 20 "SELECT count(*) = $((made + 6)) FROM pg_inherits WHERE inhparent = 'events'::regclass"

  psql -Xq -c "UPDATE partman.part_config SET retention = '5 days', retention_keep_table = false WHERE parent_table = 'public.events'"
  like "retention, which drops what has rows, is refused" "$(sql "SELECT partman.run_maintenance('public.events')")" 'drop_(table|recently_used)|detach'
  is "and nothing is lost" "$(sql 'SELECT count(*) FROM events')" 12000
  ok "the worker says so in the log" logged 'ERROR: .*(drop_table|drop_recently_used|detach)'
  # As docs/neighbours.md says.
  psql -Xq -c "INSERT INTO ddlguard.policy (priority, rule, schema_name, relation_name, role_name, action, comment)
    VALUES (10, '*', 'public', 'events%', 'partman', 'allow', 'retention by pg_partman')"
  ok "with a policy row for its role the worker drops them" within 20 "SELECT count(*) < 8000 FROM events"
  refused "dropping a partition by somebody else" "DO \$\$ BEGIN EXECUTE (SELECT 'DROP TABLE ' || inhrelid::regclass FROM pg_inherits
    WHERE inhparent = 'events'::regclass AND pg_relation_size(inhrelid) > 0 LIMIT 1); END \$\$"
}
drop() {
  psql -Xq -c 'SET ddlguard.mode = off' -c 'DROP TABLE events CASCADE' -c "DELETE FROM partman.part_config" -c "DROP TABLE IF EXISTS partman.template_public_events"
}
after() { psql -Xq -c 'DROP SCHEMA partman'; }
