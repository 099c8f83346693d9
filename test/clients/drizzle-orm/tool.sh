# drizzle-orm's migrate(), called by the application: as drizzle-kit, but its caller gets the whole error.
source "$CLIENTS/drizzle-kit/tool.sh"
shows='message detail hint sqlstate'

prepare() { cp "$CLIENTS"/drizzle-kit/{drizzle.config.ts,schema.ts} .; }
deploy() { node migrate.mjs; }
