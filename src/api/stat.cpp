/*
 * The counters as rows: ddlguard.rule_counters() and ddl_counters(), read through views stat_rules and
 * stat_ddl, and ddlguard.stat_reset().
 */
#include <initializer_list>

#include "api/row.h"
#include "observe/aftermath.h"
#include "observe/counters.h"
#include "observe/shmem.h"

using namespace ddlguard;

namespace {

int64 Read(const pg_atomic_uint64 &counter) {
  return static_cast<int64>(pg_atomic_read_u64(const_cast<pg_atomic_uint64 *>(&counter)));
}

void AddMilliseconds(RowBuilder &row, const pg_atomic_uint64 &counter) {
  row.Float(static_cast<double>(Read(counter)) / 1e6);
}

/* In the order of the views. */
void AddResponses(RowBuilder &row, const pg_atomic_uint64 *responses) {
  for (Response each : {Response::refused, Response::would_refuse, Response::bypassed, Response::approved,
                        Response::warned, Response::would_warn, Response::logged})
    row.Bigint(Read(responses[static_cast<int>(each)]));
}

void AddResetAt(RowBuilder &row) { row.Add(TimestampTzGetDatum(Read(shared.counters->reset_at))); }

}  // namespace

DDLGUARD_FUNCTION(ddlguard_rule_counters) {
  ReturnSetInfo *result = BeginRows(fcinfo);
  for (int i = 0; i < RuleCount(); ++i) {
    const Rule &rule = RuleAt(i);
    RowBuilder row;
    row.Text(rule.id);
    AddResponses(row, shared.counters->rules[static_cast<int>(rule.why)].responses);
    AddResetAt(row);
    row.Store(result);
  }
  return static_cast<Datum>(0);
}

DDLGUARD_FUNCTION(ddlguard_ddl_counters) {
  ReturnSetInfo *result = BeginRows(fcinfo);
  for (const StatementCounters &cell : shared.counters->statements) {
    Oid database;
    CommandTag tag;
    if (!CellSubject(cell, &database, &tag)) continue;
    const bool overflow = !OidIsValid(database);
    if (overflow && Read(cell.judged) == 0) continue;
    RowBuilder row;
    row.Add(ObjectIdGetDatum(database), overflow);
    row.Text(overflow ? nullptr : GetCommandTagName(tag));
    row.Bigint(Read(cell.judged));
    AddResponses(row, cell.responses);
    AddMilliseconds(row, cell.analysis);
    AddMilliseconds(row, cell.longest_analysis);
    AddMilliseconds(row, cell.lock_wait);
    AddMilliseconds(row, cell.longest_lock_wait);
    AddMilliseconds(row, cell.lock_hold);
    AddMilliseconds(row, cell.longest_lock_hold);
    row.Bigint(Read(cell.lost));
    AddResetAt(row);
    row.Store(result);
  }
  return static_cast<Datum>(0);
}

DDLGUARD_FUNCTION(ddlguard_stat_reset) {
  ResetCounters();
  ResetAftermath();
  PG_RETURN_VOID();
}
