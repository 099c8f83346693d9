# Prisma Migrate: one file is one simple query, so one implicit transaction; CONCURRENTLY must stand alone
# in its file.  After a refusal the migration counts as failed until `migrate resolve --rolled-back`.
shows='message detail hint'
changes='index required type drop'
export CHECKPOINT_DISABLE=1 PRISMA_HIDE_UPDATE_MESSAGE=1 PRISMA_SCHEMA_ENGINE_BINARY=$PWD/schema-engine.mjs

prepare() { chmod 755 schema-engine.mjs; }
deploy() { prisma migrate deploy; }
deploy_bypassing() {
  prisma migrate resolve --rolled-back "$(latest)" && DATABASE_URL=$DATABASE_URL?$BYPASS_URL prisma migrate deploy
}
latest() { basename "$(ls -d prisma/migrations/[0-9]* | tail -n 1)"; }
stamp() { # names carry the second
  sleep 1
  date +%Y%m%d%H%M%S
}
write() { # write NAME SQL: a migration by hand
  local name
  name=$(stamp)_$1
  mkdir "prisma/migrations/$name"
  printf '%s\n' "$2" >"prisma/migrations/$name/migration.sql"
}
# generate NAME: as migrate dev does after an edit of the model, in a development database; there and in the
# shadow database the whole history is replayed under the guard.
generate() {
  local development=${PGDATABASE}_development
  stamp >/dev/null
  psql -X -q -d postgres -c "DROP DATABASE IF EXISTS $development" -c "CREATE DATABASE $development"
  (
    export DATABASE_URL=${DATABASE_URL%/*}/$development
    prisma migrate deploy || true
    prisma migrate dev --create-only --name "$1" || true
  ) >generated 2>&1
  [[ $(latest) == *_$1 ]] || { cat generated; return 1; }
}

init() { generate init; }
change() {
  cp prisma/schema.prisma schema.before
  case $1 in
    index) sed -i 's/^  user .*/&\n\n  @@index([userId])/' prisma/schema.prisma ;;
    required) sed -i 's/^  total .*/&\n  currency String/' prisma/schema.prisma ;;
    type) sed -i 's/^  total .*/  total  BigInt/' prisma/schema.prisma ;;
    drop) sed -i '/^  note /d' prisma/schema.prisma ;;
  esac
  generate "$1"
}
forget() {
  prisma migrate resolve --rolled-back "$(latest)" || return
  rm -r "prisma/migrations/$(latest)"
  mv schema.before prisma/schema.prisma
}
fix_index() {
  prisma migrate resolve --rolled-back "$(latest)" >/dev/null 2>&1
  sed -i 's/CREATE INDEX/CREATE INDEX CONCURRENTLY/' "prisma/migrations/$(latest)/migration.sql"
}
allow_inside() {
  prisma migrate resolve --rolled-back "$(latest)" >/dev/null 2>&1
  sed -i "1i SET LOCAL ddlguard.bypass = 'TICKET-2';" "prisma/migrations/$(latest)/migration.sql"
}
stage_check() {
  case $1 in
    1) write check 'ALTER TABLE "Order" ADD CONSTRAINT "Order_total_check" CHECK ("total" >= 0) NOT VALID;' ;;
    2) write validate 'ALTER TABLE "Order" VALIDATE CONSTRAINT "Order_total_check";' ;;
  esac
}
