# The knex CLI: all pending migrations in one transaction, unless one of them sets transaction: false.
shows='message'
changes='index required type drop'

prepare() { mkdir migrations; }
write() { # write NAME FUNCTION [CONFIG]
  printf 'exports.up = %s\nexports.down = async () => {}\n%s\n' "$2" "${3:-}" >"migrations/$1.js"
}
deploy() { knex migrate:latest; }
deploy_bypassing() { PGOPTIONS=$BYPASS_OPTIONS knex migrate:latest; }

init() {
  write 1_init "(knex) => knex.schema
  .createTable('users', (t) => { t.bigIncrements('id'); t.text('email').notNullable(); t.text('name') })
  .createTable('orders', (t) => {
    t.bigIncrements('id'); t.bigInteger('user_id').notNullable().references('id').inTable('users')
    t.integer('total').notNullable(); t.string('note', 40) })"
}
change() {
  case $1 in
    index) write 2_index "(knex) => knex.schema.alterTable('orders', (t) => t.index('user_id'))" ;;
    required) write 2_required "(knex) => knex.schema.alterTable('orders', (t) => t.text('currency').notNullable())" ;;
    type) write 2_type "(knex) => knex.schema.alterTable('orders', (t) => t.bigInteger('total').notNullable().alter({ alterNullable: false }))" ;;
    drop) write 2_z_drop "(knex) => knex.schema.alterTable('orders', (t) => t.dropColumn('note'))" ;;
  esac
}
forget() { rm -f "migrations/2_$1.js" "migrations/2_z_$1.js"; }
fix_index() {
  write 2_index "(knex) => knex.raw('CREATE INDEX CONCURRENTLY orders_user_id_index ON orders (user_id)')" \
    'exports.config = { transaction: false }'
}
allow_inside() {
  write "2_$1" "async (knex) => {
    await knex.raw(\"SET LOCAL ddlguard.bypass = 'TICKET-2'\")
    await knex.schema.alterTable('orders', (t) => t.bigInteger('total').notNullable().alter({ alterNullable: false }))
  }"
}
stage_check() {
  case $1 in
    1) write 3_check "(knex) => knex.raw('ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0) NOT VALID')" ;;
    2) write 4_validate "(knex) => knex.raw('ALTER TABLE orders VALIDATE CONSTRAINT orders_total_check')" ;;
  esac
}
