/*
 * Whether a function is in use, from the server's own counters.
 *
 * pg_stat_user_functions counts calls when track_functions says so.  What was not counted proves something
 * only where it would have been counted: not when the setting is this session's own, not for functions in
 * SQL, which the planner may put into the query, and not soon after a reset of the statistics.
 */
#include "analysis/dependency.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

constexpr int64 kQuietDay = 24 * 60 * 60 * USECS_PER_SEC;

bool CallsAreCounted(Oid function) {
  HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
  if (!HeapTupleIsValid(tuple)) return false;
  const Oid language = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple))->prolang;
  const bool aggregate = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple))->prokind == PROKIND_AGGREGATE;
  ReleaseSysCache(tuple);
  if (aggregate || language == SQLlanguageId || language == INTERNALlanguageId) return false;
  const char *setting = GetConfigOptionResetString("track_functions");
  if (!Equal(setting, "all") && (!Equal(setting, "pl") || language == ClanguageId)) return false;
  PgStat_StatDBEntry *database = pgstat_fetch_stat_dbentry(MyDatabaseId);
  return database != nullptr &&
         (database->stat_reset_timestamp == 0 || database->stat_reset_timestamp < GetCurrentTimestamp() - kQuietDay);
}

}  // namespace

bool MayBeCalled(Oid function, const char **calls) {
  if (!IsCallable(function)) return false;
  PgStat_StatFuncEntry *counted = pgstat_fetch_stat_funcentry(function);
  const int64 count = counted == nullptr ? 0 : CallsOf(counted);
  if (count > 0 && calls != nullptr) *calls = Format("it was called {} times since statistics were reset", count);
  return count > 0 || !CallsAreCounted(function);
}

}  // namespace ddlguard
