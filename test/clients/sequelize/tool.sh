# Sequelize's CLI: each statement is a transaction of its own, unless the migration passes one around.
shows='message detail'
changes='index required type drop'

prepare() { mkdir migrations; }
write() { # write NAME FUNCTION
  printf 'module.exports = {\n  up: %s,\n  down: async () => {}\n}\n' "$2" >"migrations/$1.js"
}
deploy() { sequelize db:migrate --url "$DATABASE_URL"; }
deploy_bypassing() { PGOPTIONS=$BYPASS_OPTIONS sequelize db:migrate --url "$DATABASE_URL"; }

init() {
  write 1_init "async (q, { BIGINT, INTEGER, STRING, TEXT }) => {
    const id = { type: BIGINT, primaryKey: true, autoIncrement: true }
    await q.createTable('users', { id, email: { type: TEXT, allowNull: false }, name: TEXT })
    await q.createTable('orders', {
      id, user_id: { type: BIGINT, allowNull: false, references: { model: 'users', key: 'id' } },
      total: { type: INTEGER, allowNull: false }, note: STRING(40)
    })
  }"
}
change() {
  case $1 in
    index) write 2_index "(q) => q.addIndex('orders', ['user_id'])" ;;
    required) write 2_required "(q, { TEXT }) => q.addColumn('orders', 'currency', { type: TEXT, allowNull: false })" ;;
    type) write 5_type "(q, { BIGINT }) => q.changeColumn('orders', 'total', { type: BIGINT, allowNull: false })" ;;
    drop) write 6_drop "(q) => q.removeColumn('orders', 'note')" ;;
  esac
}
forget() { rm -f migrations/[256]_"$1".js; }
fix_index() { write 2_index "(q) => q.addIndex('orders', ['user_id'], { concurrently: true })"; }
allow_inside() {
  write 5_type "(q, { BIGINT }) => q.sequelize.transaction(async (transaction) => {
    await q.sequelize.query(\"SET LOCAL ddlguard.bypass = 'TICKET-2'\", { transaction })
    await q.changeColumn('orders', 'total', { type: BIGINT, allowNull: false }, { transaction })
  })"
}
stage_check() {
  case $1 in
    1) write 3_check "(q) => q.sequelize.query('ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0) NOT VALID')" ;;
    2) write 4_validate "(q) => q.sequelize.query('ALTER TABLE orders VALIDATE CONSTRAINT orders_total_check')" ;;
  esac
}
