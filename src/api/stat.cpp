/*
 * The counters as rows: ddlguard.rule_counters() and ddl_counters(), read through views stat_rules and
 * stat_ddl, and ddlguard.stat_reset().
 */
#include <initializer_list>

#include "api/function.h"
#include "observe/counters.h"
#include "observe/shmem.h"

using namespace ddlguard;

namespace {

struct StatRow {
  static constexpr int kMaxColumns = 16;
  Datum values[kMaxColumns];
  bool nulls[kMaxColumns];
  int count = 0;

  void Put(Datum value, bool null = false) {
    values[count] = value;
    nulls[count++] = null;
  }
  void Count(const pg_atomic_uint64 &counter) {
    Put(Int64GetDatum(static_cast<int64>(pg_atomic_read_u64(const_cast<pg_atomic_uint64 *>(&counter)))));
  }
  void Milliseconds(const pg_atomic_uint64 &counter) {
    Put(Float8GetDatum(static_cast<double>(pg_atomic_read_u64(const_cast<pg_atomic_uint64 *>(&counter))) / 1e6));
  }
  /* In the order of the views: refused, would refuse, bypassed, approved, warned, would warn, logged. */
  void Responses(const pg_atomic_uint64 *responses) {
    for (Response each : {Response::refused, Response::would_refuse, Response::bypassed, Response::approved,
                          Response::warned, Response::would_warn, Response::logged})
      Count(responses[static_cast<int>(each)]);
  }
  void Return(FunctionCallInfo fcinfo) {
    auto *result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
    tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
  }
};

Datum ResetAt() {
  return TimestampTzGetDatum(static_cast<TimestampTz>(pg_atomic_read_u64(&shared.counters->reset_at)));
}

}  // namespace

DDLGUARD_FUNCTION(ddlguard_rule_counters) {
  InitMaterializedSRF(fcinfo, 0);
  for (int i = 0; i < RuleCount(); ++i) {
    const Rule &rule = RuleAt(i);
    StatRow row;
    row.Put(CStringGetTextDatum(rule.id));
    row.Responses(shared.counters->rules[static_cast<int>(rule.why)].responses);
    row.Put(ResetAt());
    row.Return(fcinfo);
  }
  return static_cast<Datum>(0);
}

DDLGUARD_FUNCTION(ddlguard_ddl_counters) {
  InitMaterializedSRF(fcinfo, 0);
  for (const StatementCounters &cell : shared.counters->statements) {
    Oid database;
    CommandTag tag;
    if (!CellSubject(cell, &database, &tag)) continue;
    const bool overflow = !OidIsValid(database);
    if (overflow && pg_atomic_read_u64(const_cast<pg_atomic_uint64 *>(&cell.judged)) == 0) continue;
    StatRow row;
    row.Put(ObjectIdGetDatum(database), overflow);
    row.Put(CStringGetTextDatum(GetCommandTagName(tag)), overflow);
    row.Count(cell.judged);
    row.Responses(cell.responses);
    row.Milliseconds(cell.analysis);
    row.Milliseconds(cell.longest_analysis);
    row.Count(cell.lost);
    row.Put(ResetAt());
    row.Return(fcinfo);
  }
  return static_cast<Datum>(0);
}

DDLGUARD_FUNCTION(ddlguard_stat_reset) {
  ResetCounters();
  PG_RETURN_VOID();
}
