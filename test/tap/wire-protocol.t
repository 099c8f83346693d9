#!/usr/bin/env bash
# The guard judges when a statement is executed, whatever messages of the protocol brought it there, and
# whatever was allowed when it was parsed or bound.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
wire=$top/test/tap/wire

cluster_create
psql -Xq <<'SQL'
CREATE EXTENSION ddlguard;
CREATE TABLE large AS SELECT i AS id FROM generate_series(1, 200000) i;
CREATE TABLE growing (id int);
CREATE TABLE filling (id int);
CREATE FUNCTION change_large() RETURNS void LANGUAGE plpgsql AS $$ BEGIN ALTER TABLE large ALTER id SET NOT NULL; END $$;
SQL

is "simple query" "$("$wire" 'Q:DROP TABLE large')" 'DG001 I'
is "simple query of many statements" "$("$wire" 'Q:BEGIN; SELECT 1; DROP TABLE large; COMMIT')" 'BEGIN SELECT 1 DG001 E'
is "parse, bind, execute" "$("$wire" 'P::DROP TABLE large' B:: E: S)" 'DG001 I'
is "a pipeline in one transaction" \
  "$("$wire" P::BEGIN B:: E: 'P::INSERT INTO growing VALUES (1)' B:: E: 'P::DROP TABLE large' B:: E: P::COMMIT B:: E: S Q:ROLLBACK)" \
  $'BEGIN INSERT 0 1 DG001 E\nROLLBACK I'
is "a pipeline without one is undone as a whole" \
  "$("$wire" 'P::INSERT INTO growing VALUES (1)' B:: E: 'P::DROP TABLE large' B:: E: S)" 'INSERT 0 1 DG001 I'
is "nothing of it is left" "$(sql postgres 'SELECT count(*) FROM growing')" 0
is "parsed under a bypass, executed without" \
  "$("$wire" "Q:SET ddlguard.bypass = 'test'" 'P:s:DROP TABLE large' S 'Q:RESET ddlguard.bypass' B::s E: S)" \
  $'SET I\nI\nRESET I\nDG001 I'
is "bound under a bypass, executed without" \
  "$("$wire" Q:BEGIN "Q:SET LOCAL ddlguard.bypass = 'test'" 'P:s:DROP TABLE large' B:p:s S "Q:SET LOCAL ddlguard.bypass = ''" E:p S)" \
  $'BEGIN T\nSET T\nT\nSET T\nDG001 E'
is "parsed in mode off, executed in mode enforce" \
  "$("$wire" 'Q:SET ddlguard.mode = off' 'P:s:TRUNCATE large' S 'Q:SET ddlguard.mode = enforce' B::s E: S)" $'SET I\nI\nSET I\nDG001 I'
is "executed again when the table has filled" \
  "$("$wire" 'P:s:TRUNCATE filling' B::s E: S 'Q:INSERT INTO filling SELECT generate_series(1, 1000)' B::s E: S)" \
  $'TRUNCATE TABLE I\nINSERT 0 1000 I\nDG001 I'
is "function call message" "$("$wire" "F:$(sql postgres "SELECT 'change_large()'::regprocedure::oid")")" 'DG001 I'
like "a walsender that was asked for SQL" "$(sql 'dbname=postgres replication=database' 'DROP TABLE large')" '^ERROR:  DG001: '
like "settings in the startup packet, by somebody who may not" \
  "$(psql -Xq -c 'CREATE ROLE app LOGIN' && PGUSER=app PGOPTIONS='-c ddlguard.mode=off' sql postgres 'SELECT 1')" \
  'permission denied to set parameter'
is "the table is there" "$(sql postgres 'SELECT count(*) FROM large')" 200000

done_testing
