# drizzle-kit: all pending migrations in one transaction, cut at its breakpoints, with no way out of it: an
# index is built concurrently beside the migrator, and the migration then says IF NOT EXISTS.
# drizzle-kit migrate keeps the error to itself: the exit code is all that its user gets.
shows=''
changes='index required type drop'

prepare() { :; }
deploy() { drizzle-kit migrate; }
deploy_bypassing() { PGOPTIONS=$BYPASS_OPTIONS deploy; }
latest() { ls drizzle/0*.sql | tail -n 1; }
generate() { drizzle-kit generate --name "$1" >generated 2>&1 && [[ $(latest) == *_$1.sql ]]; }
write() { drizzle-kit generate --custom --name "$1" >/dev/null 2>&1 && printf '%s\n' "$2" >"$(latest)"; }

init() { generate init; }
change() {
  rm -rf before
  mkdir before && cp -R drizzle schema.ts before/
  case $1 in
    index) sed -i "s#/\* indexes \*/#index('orders_user_id_idx').on(t.userId)#" schema.ts ;;
    required) sed -i 's/^  total: .*/&\n  currency: text().notNull(),/' schema.ts ;;
    type) sed -i "s/^  total: .*/  total: bigint({ mode: 'number' }).notNull(),/" schema.ts ;;
    drop) sed -i '/^  note: /d' schema.ts ;;
  esac
  generate "$1"
}
forget() { rm -rf drizzle schema.ts && mv before/* .; }
fix_index() {
  psql -X -q -c 'CREATE INDEX CONCURRENTLY orders_user_id_idx ON orders (user_id)'
  sed -i 's/CREATE INDEX/CREATE INDEX IF NOT EXISTS/' "$(latest)"
}
allow_inside() { sed -i "1i SET LOCAL ddlguard.bypass = 'TICKET-2';\n--> statement-breakpoint" "$(latest)"; }
stage_check() {
  case $1 in
    1) write check 'ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0) NOT VALID;' ;;
    2) write validate 'ALTER TABLE orders VALIDATE CONSTRAINT orders_total_check;' ;;
  esac
}
