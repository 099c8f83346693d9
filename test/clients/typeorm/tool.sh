# TypeORM: its CLI.  migration:generate writes what its diff finds; each file has a transaction of its own, unless its
# class has transaction = false.
shows='message detail hint sqlstate'
changes='index required type drop'

prepare() { mkdir migrations; }
deploy() { typeorm migration:run -d datasource.js; }
deploy_bypassing() { PGOPTIONS=$BYPASS_OPTIONS typeorm migration:run -d datasource.js; }

# The time in the name gives the order.
generate() { typeorm migration:generate -d datasource.js -o -t "$1" "migrations/$2"; }
write() { # write TIME NAME SQL [FIELD]
  cat >"migrations/$1-$2.js" <<END
module.exports = class $2$1 {
  ${4:-}
  async up(queryRunner) { for (const sql of [$3]) await queryRunner.query(sql) }
  async down() {}
}
END
}

init() { generate 1700000000001 Init; }
change() {
  case $1 in
    index) sed -i "s/indices: \[.*\]/indices: [{ columns: ['user'] }]/" entities.js && generate 1700000000002 Index ;;
    required) sed -i "s,// more,currency: { type: 'text' }," entities.js && generate 1700000000002 Required ;;
    # The diff would drop the column and add it anew.
    type)
      sed -i "s/type: 'int'/type: 'bigint'/" entities.js
      write 1700000000005 Type "'ALTER TABLE orders ALTER COLUMN total TYPE bigint'" ;;
    drop) sed -i '/note:/d' entities.js && generate 1700000000006 Drop ;;
  esac
}
forget() {
  cp "$CLIENTS/typeorm/entities.js" .
  rm migrations/*-"${1^}.js"
}
fix_index() {
  sed -i 's/CREATE INDEX/CREATE INDEX CONCURRENTLY/; s/^ *name = .*/transaction = false/' migrations/*-Index.js
}
allow_inside() { sed -i "s/ of \[/ of [\"SET LOCAL ddlguard.bypass = 'TICKET-2'\", /" migrations/*-"${1^}.js"; }
stage_check() {
  case $1 in
    1) write 1700000000003 Check "'ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0) NOT VALID'" ;;
    2) write 1700000000004 Validate "'ALTER TABLE orders VALIDATE CONSTRAINT orders_total_check'" ;;
  esac
}
