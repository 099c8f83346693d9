#!/usr/bin/env bash
# Extension scripts: their own objects are nobody's business, tables that were there before are.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cluster_create
share=$("$bindir/pg_config" --sharedir)/extension

# extension NAME VERSION [FROM] <<<SCRIPT
extension() {
  cat >"$share/$1--${3:+$3--}$2.sql"
  printf "default_version = '1'\nrelocatable = false\ntrusted = true\n" >"$share/$1.control"
}
extension own 1 <<'SQL'
CREATE TABLE own_table AS SELECT i AS id FROM generate_series(1, 200000) i;
ALTER TABLE own_table ADD PRIMARY KEY (id), ADD COLUMN n serial;
CREATE INDEX ON own_table (n);
SELECT pg_extension_config_dump('own_table', '');
SQL
extension own 2 1 <<'SQL'
ALTER TABLE own_table ALTER id TYPE bigint;
SQL
extension shapes 1 <<'SQL'
CREATE TYPE shape AS ENUM ('round', 'square');
CREATE FUNCTION area(shape) RETURNS float8 LANGUAGE sql AS 'SELECT 1';
CREATE VIEW shapes AS SELECT id FROM public.large;
SQL
extension shapes 2 1 <<'SQL'
DROP FUNCTION area(shape);
CREATE FUNCTION area(shape, size float8 DEFAULT 1) RETURNS float8 LANGUAGE sql AS 'SELECT size';
ALTER FUNCTION area(shape, float8) RENAME TO surface;
DROP TYPE shape CASCADE;
DROP VIEW shapes;
DROP FUNCTION public.of_somebody();
SQL
extension replaces 1 <<'SQL'
CREATE FUNCTION perimeter(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
CREATE VIEW perimeters AS SELECT id FROM public.large;
CREATE TYPE corner AS ENUM ('sharp');
SQL
extension replaces 2 1 <<'SQL'
ALTER EXTENSION replaces DROP FUNCTION perimeter(int);
ALTER EXTENSION replaces DROP VIEW perimeters;
ALTER EXTENSION replaces DROP TYPE corner;
DROP FUNCTION perimeter(int);
DROP VIEW perimeters;
DROP TYPE corner;
CREATE FUNCTION perimeter(int, int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT $1';
SQL
extension overloads 1 <<'SQL'
CREATE FUNCTION public.envelope(box) RETURNS box LANGUAGE sql AS 'SELECT $1';
SQL
extension meddles 1 <<'SQL'
CREATE TABLE meddles_table (id int);
ALTER TABLE public.large ALTER id TYPE bigint;
SQL
extension bypasses 1 <<'SQL'
SET LOCAL ddlguard.bypass = 'the script says so';
DROP TABLE public.large;
SQL
extension switches 1 <<'SQL'
SELECT set_config('ddlguard.mode', 'off', true);
DROP TABLE public.large;
SQL
extension hides 1 <<'SQL'
DO $$ BEGIN EXECUTE 'ALTER TABLE public.large ALTER id SET NOT NULL'; END $$;
SQL

psql -Xq <<'SQL'
CREATE EXTENSION ddlguard;
CREATE TABLE large AS SELECT i AS id FROM generate_series(1, 200000) i;
CREATE ROLE app LOGIN;
GRANT CREATE ON DATABASE postgres TO app;
GRANT CREATE ON SCHEMA public TO app;
ALTER TABLE large OWNER TO app;
SQL

is "an extension makes tables and indexes of its own" "$(sql postgres 'CREATE EXTENSION own')" ""
like "its update rewrites a table that was there before" "$(sql postgres "ALTER EXTENSION own UPDATE TO '2'")" \
  '^ERROR:  DG001: .*alter_column_type_rewrite'
is "under a bypass of the session it passes" \
  "$(sql postgres "BEGIN; SET LOCAL ddlguard.bypass = 'test'; ALTER EXTENSION own UPDATE TO '2'; COMMIT")" ""
sql postgres 'CREATE EXTENSION shapes; CREATE FUNCTION of_somebody() RETURNS int LANGUAGE sql RETURN 1' >/dev/null
like "an update drops a function that is not the extension's" "$(sql postgres "ALTER EXTENSION shapes UPDATE TO '2'")" \
  '^ERROR:  DG001: .*of_somebody.*drop_function_in_use'
sed -i '/of_somebody/d' "$share/shapes--1--2.sql"
is "what is its own it drops and replaces" "$(sql postgres "ALTER EXTENSION shapes UPDATE TO '2'" | grep ERROR)" ""
sql postgres 'CREATE EXTENSION replaces' >/dev/null
is "so it does what its script has taken out of it" "$(sql postgres "ALTER EXTENSION replaces UPDATE TO '2'")" ""
sql postgres 'CREATE FUNCTION envelope(polygon) RETURNS box LANGUAGE sql RETURN NULL::box' >/dev/null
like "a function after which calls are ambiguous" \
  "$(sql postgres 'CREATE FUNCTION envelope(circle) RETURNS box LANGUAGE sql RETURN NULL::box')" \
  '^ERROR:  DG001: .*function_signature_change'
is "an extension may bring such a function, as postgis_raster does" "$(sql postgres 'CREATE EXTENSION overloads')" ""
like "by hand that is refused" "$(sql postgres 'DROP FUNCTION of_somebody()')" '^ERROR:  DG001: .*drop_function_in_use'
like "a script rewrites somebody's table" "$(sql postgres 'CREATE EXTENSION meddles')" \
  '^ERROR:  DG001: .*alter_column_type_rewrite'
is "nothing of it is left" "$(sql postgres "SELECT to_regclass('meddles_table')")" ""
like "a script grants itself a bypass" "$(sql postgres 'CREATE EXTENSION bypasses')" '^ERROR:  DG004: .*in an extension script'
like "a script switches the guard off" "$(sql postgres 'CREATE EXTENSION switches')" '^ERROR:  DG004: .*in an extension script'
like "a script hides it in a DO block" "$(sql postgres 'CREATE EXTENSION hides')" '^ERROR:  DG001: .*set_not_null_scan'
for name in meddles bypasses switches hides; do
  like "trusted, by an ordinary user: $name" "$(PGUSER=app sql postgres "CREATE EXTENSION $name")" '^ERROR:  DG00[14]: '
done
is "the table is as it was" "$(sql postgres "SELECT count(*), min(pg_typeof(id)::text) FROM large")" '200000|integer'
like "DROP EXTENSION with what it made" "$(sql postgres 'DROP EXTENSION own')" '^ERROR:  DG001: .*drop_extension'

done_testing
