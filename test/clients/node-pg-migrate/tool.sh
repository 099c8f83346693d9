# node-pg-migrate: all pending migrations in one transaction, unless one calls pgm.noTransaction().
shows='message detail hint sqlstate'
changes='index required type drop'

prepare() { mkdir migrations; }
write() { printf 'export const up = (pgm) => { %s }\nexport const down = false\n' "$2" >"migrations/$1.js"; }
deploy() { node-pg-migrate up --no-check-order; }
deploy_bypassing() { PGOPTIONS=$BYPASS_OPTIONS node-pg-migrate up --no-check-order; }

init() {
  write 1_init "
  pgm.createTable('users', { id: 'id', email: { type: 'text', notNull: true }, name: 'text' })
  pgm.createTable('orders', { id: 'id', user_id: { type: 'integer', notNull: true, references: 'users' },
    total: { type: 'integer', notNull: true }, note: 'varchar(40)' })"
}
change() {
  case $1 in
    index) write 2_index "pgm.createIndex('orders', 'user_id')" ;;
    required) write 2_required "pgm.addColumn('orders', { currency: { type: 'text', notNull: true } })" ;;
    type) write 2_type "pgm.alterColumn('orders', 'total', { type: 'bigint' })" ;;
    drop) write 2_z_drop "pgm.dropColumn('orders', 'note')" ;;
  esac
}
forget() { rm -f "migrations/2_$1.js" "migrations/2_z_$1.js"; }
fix_index() { write 2_index "pgm.noTransaction(); pgm.createIndex('orders', 'user_id', { concurrently: true })"; }
allow_inside() {
  write "2_$1" "
  pgm.sql(\"SET LOCAL ddlguard.bypass = 'TICKET-2'\")
  pgm.alterColumn('orders', 'total', { type: 'bigint' })"
}
stage_check() {
  case $1 in
    1) write 3_check "pgm.sql('ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0) NOT VALID')" ;;
    2) write 4_validate "pgm.sql('ALTER TABLE orders VALIDATE CONSTRAINT orders_total_check')" ;;
  esac
}
