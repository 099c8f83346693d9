# psql -1 -f: one file, one transaction, no history: a migration is pending until its file is moved away.
shows='message detail hint'
changes='index required type drop'

prepare() { mkdir pending done; }
write() { cat >"pending/$1.sql"; }
apply() {
  local file
  for file in pending/*.sql; do
    [[ -e $file ]] || continue
    # CONCURRENTLY takes no transaction block.
    if grep -q CONCURRENTLY "$file"; then psql -X -v ON_ERROR_STOP=1 -f "$file" || return; else psql -X -v ON_ERROR_STOP=1 -1 -f "$file" || return; fi
    mv "$file" done/
  done
}
deploy() { apply; }
deploy_bypassing() { PGOPTIONS=$BYPASS_OPTIONS apply; }

init() {
  write 1_init <<'SQL'
CREATE TABLE users (id bigserial PRIMARY KEY, email text NOT NULL, name text);
CREATE TABLE orders (id bigserial PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, total integer NOT NULL, note varchar(40));
SQL
}
change() {
  case $1 in
    index) write 2_index <<<'CREATE INDEX orders_user_id_idx ON orders (user_id);' ;;
    required) write 2_required <<<'ALTER TABLE orders ADD COLUMN currency text NOT NULL;' ;;
    type) write 2_type <<<'ALTER TABLE orders ALTER COLUMN total TYPE bigint;' ;;
    drop) write 2_drop <<<'ALTER TABLE orders DROP COLUMN note;' ;;
  esac
}
forget() { rm -f "pending/2_$1.sql"; }
fix_index() { write 2_index <<<'CREATE INDEX CONCURRENTLY orders_user_id_idx ON orders (user_id);'; }
allow_inside() { sed -i "1i SET LOCAL ddlguard.bypass = 'TICKET-2';" "pending/2_$1.sql"; }
stage_check() {
  case $1 in
    1) write 3_check <<<'ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0) NOT VALID;' ;;
    2) write 4_validate <<<'ALTER TABLE orders VALIDATE CONSTRAINT orders_total_check;' ;;
  esac
}
