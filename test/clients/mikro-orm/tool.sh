# MikroORM: its CLI.  migration:create writes what its diff finds; all pending files in one transaction, except those
# that say they are not transactional.
shows='message detail hint sqlstate'
changes='index required type drop'

prepare() { mkdir migrations; }
deploy() { mikro-orm migration:up; }
deploy_bypassing() { PGOPTIONS=$BYPASS_OPTIONS mikro-orm migration:up; }

generate() { MIGRATION=$1 mikro-orm migration:create; }
write() { # write NAME SQL...
  local name=$1 sql
  shift
  {
    echo "exports.M$name = class extends require('@mikro-orm/migrations').Migration {"
    echo '  async up() {'
    for sql in "$@"; do echo "    this.addSql(\`$sql\`)"; done
    printf '  }\n}\n'
  } >"migrations/$name.js"
}

init() { generate 1_init; }
change() {
  case $1 in
    index) sed -i "s/indexes: \[.*\]/indexes: [{ properties: ['user'] }]/" entities.js && generate 2_index ;;
    required) sed -i "s,// more,currency: { type: 'text' }," entities.js && generate 2_required ;;
    type) sed -i "s/total: { type: 'integer'/total: { type: 'bigint'/" entities.js && generate 5_type ;;
    drop) sed -i '/note:/d' entities.js && generate 6_drop ;;
  esac
}
forget() {
  cp "$CLIENTS/mikro-orm/entities.js" .
  rm migrations/[256]_"$1".js
}
fix_index() {
  sed -i 's/create index/create index concurrently/; s/^ *async up/  isTransactional() { return false }\n&/' migrations/2_index.js
}
allow_inside() { sed -i "s/^ *async up() {/&\n    this.addSql(\`SET LOCAL ddlguard.bypass = 'TICKET-2'\`)/" migrations/5_type.js; }
stage_check() {
  case $1 in
    1) write 3_check 'ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0) NOT VALID' ;;
    2) write 4_validate 'ALTER TABLE orders VALIDATE CONSTRAINT orders_total_check' ;;
  esac
}
