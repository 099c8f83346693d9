# Prisma 6: as Prisma 7, but for the versions in package.json and where the URL stands.
source "$CLIENTS/prisma7/tool.sh"

prepare() {
  cp -R "$CLIENTS"/prisma7/{prisma,schema-engine.mjs} .
  chmod 755 schema-engine.mjs
  sed -i 's/^  provider = "postgresql"/&\n  url      = env("DATABASE_URL")/' prisma/schema.prisma
}
