# Indexes that exist for the planner alone.
# shellcheck shell=bash disable=SC2034
package=postgresql-$major-hypopg
created=hypopg

everyday() {
  like "a hypothetical index passes, for it is none" \
    "$(sql "SELECT hypopg_create_index('CREATE INDEX ON large (n)'); EXPLAIN SELECT FROM large WHERE n = 7")" 'btree_large_n'
}
