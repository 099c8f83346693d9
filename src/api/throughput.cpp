/*
 * What predicted times rest on, as rows: ddlguard.learnt_throughput(), read through view throughput, and
 * ddlguard.reset_throughput().
 */
#include "observe/throughput.h"

#include "api/row.h"

using namespace ddlguard;

DDLGUARD_FUNCTION(ddlguard_throughput) {
  ReturnSetInfo *result = BeginRows(fcinfo);
  const TimestampTz since = ThroughputResetAt();
  for (int i = 0; i < kTasks; ++i) {
    const Task task = static_cast<Task>(i);
    const Pace pace = CurrentPace(task);
    RowBuilder row;
    row.Text(TaskName(task));
    row.Float(CurrentBytesPerSecond(task));
    row.Int(pace.Count());
    row.Bigint(static_cast<int64>(pace.learnt));
    row.Add(TimestampTzGetDatum(pace.last_at), pace.learnt == 0);
    row.Add(TimestampTzGetDatum(since));
    row.Store(result);
  }
  return static_cast<Datum>(0);
}

DDLGUARD_FUNCTION(ddlguard_reset_throughput) {
  ResetThroughput();
  PG_RETURN_VOID();
}
