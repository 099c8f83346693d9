# Counts what was run, utility statements included.
# shellcheck shell=bash disable=SC2034
package=postgresql-$major
created=pg_stat_statements
preload=pg_stat_statements

everyday() {
  sql 'SELECT pg_stat_statements_reset()' >/dev/null
  passes "an index is built concurrently" 'CREATE INDEX CONCURRENTLY counted ON large (n)'
  passes "and goes" 'DROP INDEX CONCURRENTLY counted'
  is "each is counted once" "$(sql "SELECT sum(calls) FROM pg_stat_statements WHERE query LIKE '%CONCURRENTLY%'")" 2
  refused "a blocking one" 'CREATE INDEX counted ON large (n)'
  is "and not counted" "$(sql "SELECT count(*) FROM pg_stat_statements WHERE query LIKE 'CREATE INDEX counted%'")" 0
  passes "a table is made, filled and gone in one transaction" 'BEGIN; CREATE TABLE t AS SELECT 1; DROP TABLE t; COMMIT'
}
