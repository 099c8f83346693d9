# Types, operators and some six hundred functions; hstore beside it.
# shellcheck shell=bash disable=SC2034
package=postgresql-$major-postgis-3
created="hstore postgis postgis_topology"

everyday() {
  psql -Xq <<'END'
CREATE TABLE places (id bigint PRIMARY KEY, at geometry(Point, 4326), tags hstore);
INSERT INTO places SELECT i, ST_SetSRID(ST_MakePoint(i % 360 - 180, i % 180 - 90), 4326), hstore('n', i::text) FROM generate_series(1, 200000) i;
ANALYZE places;
END
  refused "a spatial index on a filled table" 'CREATE INDEX places_at ON places USING gist (at)' create_index_blocking
  passes "built concurrently it passes" 'CREATE INDEX CONCURRENTLY places_at ON places USING gist (at)'
  passes "as does one for hstore" 'CREATE INDEX CONCURRENTLY places_tags ON places USING gin (tags)'
  is "and answers" "$(sql "SELECT count(*) > 0 FROM places WHERE at && ST_MakeEnvelope(0, -90, 9, -80, 4326)")" t
  like "AddGeometryColumn() passes" "$(sql "SELECT AddGeometryColumn('public', 'places', 'area', 4326, 'POLYGON', 2)")" 'public.places.area'
  refused "DropGeometryColumn()" "SELECT DropGeometryColumn('public', 'places', 'area')" drop_column
  refused "UpdateGeometrySRID(), which rewrites" "SELECT UpdateGeometrySRID('public', 'places', 'at', 3857)" alter_column_type_rewrite
  ok "a topology is made" psql -Xqc "SELECT topology.CreateTopology('city', 4326)"
  refused "and dropped" "SELECT topology.DropTopology('city')"
  like "postgis_extensions_upgrade() passes" "$(sql 'SELECT postgis_extensions_upgrade()')" 'Upgrade|up.to.date|completed'
}
drop() { psql -Xq -c 'SET ddlguard.mode = off' -c "SELECT topology.DropTopology('city')" -c 'DROP TABLE places' >/dev/null 2>&1; }
after() { psql -Xq -c 'DROP SCHEMA topology'; }
