/*
 * See blockers.h.  PostgreSQL's own views are asked, with the rights of the current user.
 */
#include "runtime/blockers.h"

#include "analysis/attempt.h"
#include "pg/activity.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

/* $1: the relation; $2: modes that conflict, as pg_locks spells them; $3: how many. */
constexpr char kQuery[] =
    "SELECT CASE WHEN l.pid IS NULL THEN pg_catalog.format('prepared transaction %L of role %I', p.gid, p.owner)"
    "       ELSE pg_catalog.format('process %s', l.pid)"
    "         OPERATOR(pg_catalog.||) CASE WHEN a.backend_type OPERATOR(pg_catalog.<>) 'client backend'"
    "                                      THEN pg_catalog.format(' (%s)', a.backend_type)"
    "                                      WHEN a.usename IS NULL THEN ''"
    "                                      ELSE pg_catalog.format(' (role %I)', a.usename) END END,"
    "       pg_catalog.concat("
    "         'holds ', l.modes,"
    "         CASE WHEN a.application_name OPERATOR(pg_catalog.<>) ''"
    "              THEN pg_catalog.format(', application \"%s\"', a.application_name) END,"
    "         CASE WHEN a.state IS NOT NULL THEN ', ' OPERATOR(pg_catalog.||) a.state END,"
    "         pg_catalog.format(', transaction open for %s s', pg_catalog.trunc(EXTRACT(epoch FROM"
    "           pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) COALESCE(a.xact_start, p.prepared))::numeric, 1)),"
    "         CASE WHEN a.xact_start IS NOT NULL AND a.query OPERATOR(pg_catalog.<>) ''"
    "              THEN ', query: ' OPERATOR(pg_catalog.||)"
    "                   pg_catalog.rtrim(pg_catalog.left(pg_catalog.regexp_replace(a.query, '\\s+', ' ', 'g'), 200), '; ') END),"
    "       CASE WHEN l.pid IS NULL THEN pg_catalog.format('ROLLBACK PREPARED %L', p.gid)"
    "            WHEN a.backend_type OPERATOR(pg_catalog.=) 'client backend'"
    "            THEN pg_catalog.format('SELECT pg_terminate_backend(%s)', l.pid) END"
    "  FROM (SELECT h.pid, h.virtualtransaction, pg_catalog.string_agg(pg_catalog.upper(pg_catalog.regexp_replace("
    "               pg_catalog.replace(h.mode, 'Lock', ''), '(?!^)([A-Z])', ' \\1', 'g')), ' and ') AS modes"
    "          FROM pg_catalog.pg_locks h"
    "         WHERE h.locktype OPERATOR(pg_catalog.=) 'relation' AND h.granted"
    "           AND h.relation OPERATOR(pg_catalog.=) $1 AND h.mode OPERATOR(pg_catalog.=) ANY ($2)"
    "           AND h.database OPERATOR(pg_catalog.=) (SELECT d.oid FROM pg_catalog.pg_database d"
    "                                                   WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())"
    "           AND (h.pid IS NULL OR h.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid())"
    "         GROUP BY h.pid, h.virtualtransaction) l"
    "  LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid OPERATOR(pg_catalog.=) l.pid"
    "  LEFT JOIN pg_catalog.pg_prepared_xacts p ON l.pid IS NULL AND p.transaction::text OPERATOR(pg_catalog.=)"
    "            pg_catalog.split_part(l.virtualtransaction, '/', 2)"
    " ORDER BY COALESCE(a.xact_start, p.prepared) NULLS FIRST LIMIT $3";

constexpr int kMostBlockers = 5;

struct Asking {
  Oid relation;
  LOCKMODE mode;
  MemoryContext memory; /* of what is found */
  Blockers found;
};

char *Cell(const Asking &asking, int row, int column) {
  const char *text = SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column);
  return text == nullptr ? nullptr : MemoryContextStrdup(asking.memory, text);
}

void Ask(void *context) {
  auto *asking = static_cast<Asking *>(context);
  Datum modes[MAX_LOCKMODES];
  int count = 0;
  for (LOCKMODE mode = AccessShareLock; mode <= AccessExclusiveLock; ++mode)
    if (DoLockModesConflict(asking->mode, mode))
      modes[count++] = CStringGetTextDatum(GetLockmodeName(DEFAULT_LOCKMETHOD, mode));
  Oid types[] = {OIDOID, TEXTARRAYOID, INT4OID};
  Datum values[] = {ObjectIdGetDatum(asking->relation),
                    PointerGetDatum(construct_array(modes, count, TEXTOID, -1, false, TYPALIGN_INT)),
                    Int32GetDatum(kMostBlockers)};
  pgstat_clear_snapshot();
  PushActiveSnapshot(GetTransactionSnapshot());
  SPI_connect();
  SPI_execute_with_args(kQuery, lengthof(types), types, values, nullptr, true, 0);
  Blockers &found = asking->found;
  for (int i = 0; i < static_cast<int>(SPI_processed); ++i) {
    const char *who = Cell(*asking, i, 1);
    MemoryContext old = MemoryContextSwitchTo(asking->memory);
    const char *line = Format("{}: {}.", who, Cell(*asking, i, 2));
    found.detail = found.detail == nullptr ? line : Format("{}\n{}", found.detail, line);
    MemoryContextSwitchTo(old);
    if (i > 0) continue;
    found.first = who;
    found.remedy = Cell(*asking, i, 3);
  }
  SPI_finish();
  PopActiveSnapshot();
}

}  // namespace

Blockers FindBlockers(Oid relation, LOCKMODE mode) {
  Asking asking = {relation, mode, CurrentMemoryContext, {}};
  if (Attempt(Ask, &asking) == nullptr) return asking.found;
  /* The views are not for this user. */
  Blockers found;
  for (const LockHolder &holder : ConflictingHolders(relation, mode)) {
    found.first = holder.pid == 0 ? "a prepared transaction" : Format("process {}", holder.pid);
    break;
  }
  return found;
}

const char *NameOfRelation(Oid relation) {
  const char *name = get_rel_name(relation);
  if (name == nullptr) return Format("relation with OID {}", relation);
  const char *schema = get_namespace_name(get_rel_namespace(relation));
  return schema == nullptr ? name : Format("{}.{}", schema, name);
}

}  // namespace ddlguard
