# dbmate: each file in a transaction of its own, unless its "migrate:up" says transaction:false.
shows='message sqlstate'
changes='index required type drop'

prepare() { mkdir -p db/migrations; }
write() { printf -- '-- migrate:up %s\n%s;\n-- migrate:down\n' "${3:-}" "$2" >"db/migrations/$1.sql"; }
up() { DATABASE_URL="$DATABASE_URL?sslmode=disable${1:-}" dbmate --no-dump-schema up; }
deploy() { up; }
deploy_bypassing() { up "&$BYPASS_URL"; }

init() {
  write 1_init 'CREATE TABLE users (id bigserial PRIMARY KEY, email text NOT NULL, name text);
CREATE TABLE orders (id bigserial PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, total integer NOT NULL, note varchar(40))'
}
change() {
  case $1 in
    index) write 2_index 'CREATE INDEX orders_user_id ON orders (user_id)' ;;
    required) write 2_required 'ALTER TABLE orders ADD COLUMN currency text NOT NULL' ;;
    type) write 5_type 'ALTER TABLE orders ALTER COLUMN total TYPE bigint' ;;
    drop) write 6_drop 'ALTER TABLE orders DROP COLUMN note' ;;
  esac
}
forget() { rm db/migrations/?_"$1".sql; }
fix_index() { write 2_index 'CREATE INDEX CONCURRENTLY orders_user_id ON orders (user_id)' transaction:false; }
allow_inside() { sed -i "1a SET LOCAL ddlguard.bypass = 'TICKET-2';" db/migrations/?_"$1".sql; }
stage_check() {
  case $1 in
    1) write 3_check 'ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0) NOT VALID' ;;
    2) write 4_validate 'ALTER TABLE orders VALIDATE CONSTRAINT orders_total_check' ;;
  esac
}
