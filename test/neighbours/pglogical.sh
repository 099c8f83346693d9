# Replicates tables between databases by workers of its own; DDL goes along when it is sent on purpose.
# shellcheck shell=bash disable=SC2034
package=postgresql-$major-pglogical
created=pglogical
preload=pglogical
conf="wal_level = logical
max_replication_slots = 10
max_worker_processes = 20"
# Minor versions from 2026 on trust output plugins by name.
if "$bindir/postgres" --describe-config | grep '^output_plugin_libraries' >/dev/null; then
  conf+="
output_plugin_libraries = 'pgoutput, pglogical_output'"
fi

everyday() {
  local dsn="host=$PGHOST port=5432 user=postgres dbname"
  psql -Xq <<'END'
CREATE TABLE orders (id bigint PRIMARY KEY, total numeric);
CREATE INDEX ON orders (total);
INSERT INTO orders SELECT i, i FROM generate_series(1, 200000) i;
ANALYZE orders;
END
  psql -Xq -d postgres -c 'CREATE DATABASE copy'
  psql -Xq -d copy -c 'CREATE EXTENSION ddlguard' -c 'CREATE EXTENSION pglogical' \
    -c 'CREATE TABLE orders (id bigint PRIMARY KEY, total numeric)'
  ok "the provider is set up" psql -Xqc "SELECT pglogical.create_node('provider', '$dsn=shop');
    SELECT pglogical.replication_set_add_table('default', 'orders')"
  ok "the subscriber is set up" psql -Xq -d copy -c "SELECT pglogical.create_node('subscriber', '$dsn=copy');
    SELECT pglogical.create_subscription('s', '$dsn=shop', synchronize_structure := false)"
  ok "the table is copied" within 30 'SELECT count(*) = 200000 FROM orders' copy
  ok "and follows" within 30 "SELECT status = 'replicating' FROM pglogical.show_subscription_status('s')" copy
  sql 'UPDATE orders SET total = -id WHERE id <= 10; INSERT INTO orders VALUES (200001, 1)' >/dev/null
  ok "changes arrive" within 30 'SELECT count(*) = 11 FROM orders WHERE total < 0 OR id > 200000' copy

  ok "harmless DDL is sent along" psql -Xqc "SELECT pglogical.replicate_ddl_command('ALTER TABLE public.orders ADD COLUMN note text')"
  ok "and arrives" within 30 "SELECT count(*) = 1 FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attname = 'note'" copy
  refused "dangerous DDL to be sent along" "SELECT pglogical.replicate_ddl_command('ALTER TABLE public.orders DROP COLUMN note')" drop_column
  like "on the subscriber its users are refused it" "$(sql 'ALTER TABLE orders DROP COLUMN note' copy)" 'ERROR:  DG001: .*drop_column'
  ok "with a bypass it is sent" psql -Xqc "BEGIN; SET LOCAL ddlguard.bypass = 'test';
    SELECT pglogical.replicate_ddl_command('ALTER TABLE public.orders DROP COLUMN note'); COMMIT"
  ok "and applied where it is not judged again" within 30 "SELECT count(*) = 0 FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attname = 'note'" copy
  ok "a TRUNCATE on record is applied, too" psql -Xqc "BEGIN; SET LOCAL ddlguard.bypass = 'test'; TRUNCATE orders; COMMIT"
  ok "there it is empty" within 30 'SELECT count(*) = 0 FROM orders' copy

  # With the structure: schema first, then rows, then indexes and constraints on what is filled by then.
  psql -Xq -c 'CREATE TABLE parts (id bigint PRIMARY KEY, name text); CREATE INDEX ON parts (name)' \
    -c "INSERT INTO parts SELECT i, i FROM generate_series(1, 200000) i" \
    -c "SELECT pglogical.create_replication_set('whole'); SELECT pglogical.replication_set_add_table('whole', 'parts')" >/dev/null
  # pglogical lets pg_restore do that, for which the guard is switched off as for any restore.
  psql -Xq -d postgres -c 'CREATE DATABASE whole' -c 'ALTER DATABASE whole SET ddlguard.mode = off'
  psql -Xq -d whole -c 'CREATE EXTENSION pglogical' -c "SELECT pglogical.create_node('whole', '$dsn=whole')" \
    -c "SELECT pglogical.create_subscription('w', '$dsn=shop', ARRAY['whole'], synchronize_structure := true)" >/dev/null
  ok "a database is made with its structure, indexes and all" within 90 \
    "SELECT (SELECT status = 'replicating' FROM pglogical.show_subscription_status('w'))
       AND (SELECT count(*) = 2 FROM pg_index WHERE indrelid = 'parts'::regclass)" whole
  is "rows, and the guard itself" "$(sql "SELECT count(*) FROM parts UNION ALL SELECT count(*) FROM pg_extension WHERE extname = 'ddlguard'" whole)" '200000
1'
  psql -Xq -d postgres -c 'ALTER DATABASE whole RESET ddlguard.mode'
  like "which then guards it" "$(sql 'DROP TABLE parts' whole)" 'ERROR:  DG001: '
}
drop() {
  psql -Xq -d whole -c "SELECT pglogical.drop_subscription('w')" >/dev/null
  psql -Xq -d copy -c "SELECT pglogical.drop_subscription('s')" >/dev/null
  psql -Xq -c 'SET ddlguard.mode = off' -c "SELECT pglogical.drop_node('provider')" -c 'DROP TABLE orders, parts' >/dev/null
}
after() { psql -Xq -c 'DROP SCHEMA pglogical'; }
