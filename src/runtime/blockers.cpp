/*
 * See blockers.h.  PostgreSQL's own views are asked, with the rights of the current user.
 */
#include "runtime/blockers.h"

#include "analysis/attempt.h"
#include "pg/activity.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

/* Of a row of pg_stat_activity a: "process 4711 (role app)". */
#define PROCESS                                                                                            \
  "pg_catalog.concat('process ', a.pid, CASE WHEN a.backend_type OPERATOR(pg_catalog.<>) 'client backend'" \
  " THEN pg_catalog.format(' (%s)', a.backend_type)"                                                       \
  " WHEN a.usename IS NOT NULL THEN pg_catalog.format(' (role %I)', a.usename) END)"

/* And what it does. */
#define ACTIVITY                                                                               \
  "pg_catalog.concat("                                                                         \
  " CASE WHEN a.application_name OPERATOR(pg_catalog.<>) ''"                                   \
  " THEN pg_catalog.format(', application \"%s\"', a.application_name) END,"                   \
  " CASE WHEN a.state IS NOT NULL THEN pg_catalog.concat(', ', a.state) END,"                  \
  " CASE WHEN a.xact_start IS NOT NULL"                                                        \
  " THEN pg_catalog.format(', transaction open for %s s', pg_catalog.trunc(EXTRACT(epoch FROM" \
  "   pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) a.xact_start)::numeric, 1)) END,"    \
  " CASE WHEN a.xact_start IS NOT NULL AND a.query OPERATOR(pg_catalog.<>) ''"                 \
  " THEN pg_catalog.concat(', query: ', pg_catalog.rtrim(pg_catalog.left("                     \
  "   pg_catalog.regexp_replace(a.query, '\\s+', ' ', 'g'), 200), '; ')) END)"

/* $1: the relation; $2: modes that conflict, as pg_locks spells them; $3: how many. */
constexpr char kHolders[] =
    "SELECT CASE WHEN l.pid IS NULL THEN pg_catalog.format('prepared transaction %L of role %s', p.gid, p.owner)"
    "            ELSE " PROCESS
    " END,"
    "       pg_catalog.concat('holds ', l.modes, CASE WHEN l.pid IS NULL THEN pg_catalog.concat("
    "         ', prepared at ', p.prepared) ELSE " ACTIVITY
    " END),"
    "       CASE WHEN l.pid IS NULL THEN pg_catalog.format('ROLLBACK PREPARED %L', p.gid)"
    "            WHEN a.backend_type OPERATOR(pg_catalog.=) 'client backend'"
    "            THEN pg_catalog.format('SELECT pg_terminate_backend(%s)', l.pid) END"
    "  FROM (SELECT h.pid, h.virtualtransaction, pg_catalog.string_agg(pg_catalog.upper(pg_catalog.regexp_replace("
    "               pg_catalog.replace(h.mode, 'Lock', ''), '(?!^)([A-Z])', ' \\1', 'g')), ' and ') AS modes"
    "          FROM pg_catalog.pg_locks h"
    "         WHERE h.locktype OPERATOR(pg_catalog.=) 'relation' AND h.granted"
    "           AND h.relation OPERATOR(pg_catalog.=) $1 AND h.mode OPERATOR(pg_catalog.=) ANY ($2)"
    "           AND h.database OPERATOR(pg_catalog.=) (SELECT d.oid FROM pg_catalog.pg_database d"
    "                                       WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())"
    "           AND (h.pid IS NULL OR h.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid())"
    "         GROUP BY h.pid, h.virtualtransaction) l"
    "  LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid OPERATOR(pg_catalog.=) l.pid"
    "  LEFT JOIN (SELECT t.virtualtransaction, x.* FROM pg_catalog.pg_locks t JOIN pg_catalog.pg_prepared_xacts x"
    "               ON t.locktype OPERATOR(pg_catalog.=) 'transactionid' AND t.pid IS NULL"
    "              AND t.transactionid OPERATOR(pg_catalog.=) x.transaction) p"
    "    ON l.pid IS NULL AND p.virtualtransaction OPERATOR(pg_catalog.=) l.virtualtransaction"
    " ORDER BY COALESCE(a.xact_start, p.prepared) NULLS FIRST LIMIT $3";

/* $1: process ids; $2: how many. */
constexpr char kProcesses[] = "SELECT " PROCESS ", pg_catalog.ltrim(" ACTIVITY
                              ", ', '), NULL"
                              "  FROM pg_catalog.pg_stat_activity a WHERE a.pid OPERATOR(pg_catalog.=) ANY ($1)"
                              " ORDER BY a.xact_start NULLS FIRST LIMIT $2";

constexpr int kMostBlockers = 5;

struct Query {
  const char *text;
  int count; /* of parameters */
  Oid types[3];
  Datum values[3];
  MemoryContext memory; /* of what is found */
  Blockers found;
};

char *Cell(const Query &query, int row, int column) {
  const char *text = SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column);
  return text == nullptr ? nullptr : MemoryContextStrdup(query.memory, text);
}

void Ask(void *context) {
  auto *query = static_cast<Query *>(context);
  pgstat_clear_snapshot();
  PushActiveSnapshot(GetTransactionSnapshot());
  SPI_connect();
  SPI_execute_with_args(query->text, query->count, query->types, query->values, nullptr, true, 0);
  Blockers &found = query->found;
  for (int i = 0; i < static_cast<int>(SPI_processed); ++i) {
    const char *who = Cell(*query, i, 1);
    MemoryContext old = MemoryContextSwitchTo(query->memory);
    const char *line = Format("{}: {}.", who, Cell(*query, i, 2));
    found.detail = found.detail == nullptr ? line : Format("{}\n{}", found.detail, line);
    MemoryContextSwitchTo(old);
    if (i > 0) continue;
    found.first = who;
    found.remedy = Cell(*query, i, 3);
  }
  SPI_finish();
  PopActiveSnapshot();
}

Datum ArrayOf(Datum *values, int count, Oid type, int length, bool by_value) {
  return PointerGetDatum(construct_array(values, count, type, length, by_value, TYPALIGN_INT));
}

}  // namespace

Blockers FindBlockers(Oid relation, LOCKMODE mode) {
  Datum modes[MAX_LOCKMODES];
  int count = 0;
  for (LOCKMODE each = AccessShareLock; each <= AccessExclusiveLock; ++each)
    if (DoLockModesConflict(mode, each))
      modes[count++] = CStringGetTextDatum(GetLockmodeName(DEFAULT_LOCKMETHOD, each));
  Query query = {kHolders,
                 3,
                 {OIDOID, TEXTARRAYOID, INT4OID},
                 {ObjectIdGetDatum(relation), ArrayOf(modes, count, TEXTOID, -1, false), Int32GetDatum(kMostBlockers)},
                 CurrentMemoryContext,
                 {}};
  if (Attempt(Ask, &query) == nullptr) return query.found;
  /* The views are not for this user. */
  Blockers found;
  const Array<LockHolder> holders = ConflictingHolders(relation, mode);
  if (!holders.Empty())
    found.first = holders[0].pid == 0 ? "a prepared transaction" : Format("process {}", holders[0].pid);
  return found;
}

const char *DescribeProcesses(const Array<int> &pids) {
  Array<Datum> values;
  for (int pid : pids) values.Add(Int32GetDatum(pid));
  Query query = {kProcesses,
                 2,
                 {INT4ARRAYOID, INT4OID},
                 {ArrayOf(values.data, values.count, INT4OID, sizeof(int32), true), Int32GetDatum(kMostBlockers)},
                 CurrentMemoryContext,
                 {}};
  const char *failure = Attempt(Ask, &query);
  const char *prepared = pids.Contains(0) ? "prepared transactions: view pg_prepared_xacts." : nullptr;
  if (failure != nullptr || query.found.detail == nullptr) return prepared;
  return prepared == nullptr ? query.found.detail : Format("{}\n{}", query.found.detail, prepared);
}

const char *NameOfRelation(Oid relation) {
  const char *name = get_rel_name(relation);
  if (name == nullptr) return Format("relation with OID {}", relation);
  const char *schema = get_namespace_name(get_rel_namespace(relation));
  return schema == nullptr ? name : Format("{}.{}", schema, name);
}

}  // namespace ddlguard
