# Collects the predicates of queries in the executor's hooks; pg_stat_kcache, what the system counts for them.
# shellcheck shell=bash disable=SC2034
package=postgresql-$major-pg-qualstats
created=pg_qualstats
preload=pg_qualstats
conf="pg_qualstats.sample_rate = 1"

everyday() {
  sql 'SELECT count(*) FROM large WHERE n = 7' >/dev/null
  is "it has seen the predicate" "$(sql "SELECT count(*) > 0 FROM pg_qualstats WHERE lrelid = 'large'::regclass")" t
}
