# Rewrites a table beside itself: trigger, copy, indexes, then C code swaps the files and the old ones are dropped.
# shellcheck shell=bash disable=SC2034
package=postgresql-$major-repack
created=pg_repack

# Refused at its last step it would try again for ever.
repack() { timeout 60 pg_repack --dbname=shop --no-kill-backend "$@"; }
file() { sql "SELECT pg_relation_filenode('$1')"; }
everyday() {
  local before
  psql -Xq <<'END'
CREATE TABLE bloated (id bigint PRIMARY KEY, note text);
INSERT INTO bloated SELECT i, 'note ' || i FROM generate_series(1, 200000) i;
CREATE INDEX CONCURRENTLY bloated_note ON bloated (note);
DELETE FROM bloated WHERE id % 4 = 0;
ANALYZE bloated;
END
  before=$(file bloated)
  ok "pg_repack rewrites a table" repack --table=bloated
  is "its rows are there" "$(sql 'SELECT count(*), sum(id) FROM bloated')" "150000|$((200000 * 200001 / 2 - 50000 * 50001 * 2))"
  is "in new files" "$([[ $(file bloated) != "$before" ]] && echo new)" new
  before=$(file bloated_note)
  ok "pg_repack rewrites its indexes alone" repack --table=bloated --only-indexes
  is "in new files, too" "$([[ $(file bloated_note) != "$before" ]] && echo new)" new
  is "it leaves no table and no trigger" "$(sql "SELECT count(*) FROM pg_class WHERE relnamespace = 'repack'::regnamespace AND relkind = 'r'
    UNION ALL SELECT count(*) FROM pg_trigger WHERE tgrelid = 'bloated'::regclass")" "0
0"
}
drop() { psql -Xq -c 'SET ddlguard.mode = off' -c 'DROP TABLE bloated'; }
