/*
 * ddlguard.status(): is the guard at work for this session, and if not, why not.
 */
#include "api/row.h"
#include "hooks/hooks.h"
#include "observe/ring.h"
#include "pg/text.h"
#include "policy/policy.h"
#include "policy/settings.h"
#include "worker/state.h"

#ifndef DDLGUARD_VERSION
#define DDLGUARD_VERSION "1.0"
#endif

using namespace ddlguard;

/* pg_extension.extversion; there is no syscache for it. */
static const char *ExtensionVersion() {
  const char *version = nullptr;
  Relation catalog = table_open(ExtensionRelationId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ, CStringGetDatum("ddlguard"));
  SysScanDesc scan = systable_beginscan(catalog, ExtensionNameIndexId, true, nullptr, 1, &key);
  HeapTuple tuple = systable_getnext(scan);
  if (HeapTupleIsValid(tuple)) {
    bool isnull;
    Datum value = heap_getattr(tuple, Anum_pg_extension_extversion, RelationGetDescr(catalog), &isnull);
    if (!isnull) version = TextDatumGetCString(value);
  }
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  return version;
}

/* Of the events of this database. */
static const char *WorkerText() {
  Failure failure;
  if (RecoveryInProgress()) return "not running: server is in recovery";
  if (!LauncherRuns()) return "not running";
  if (FailureOf(MyDatabaseId, &failure))
    return Format("failing: {}", static_cast<const char *>(pstrdup(failure.message)));
  return RingWaitingFor(MyDatabaseId) == 0 ? "idle" : "writing";
}

/* What a DBA should know, and perhaps does not; null when there is nothing. */
static const char *WarningOf(const PolicySummary &policies) {
  const char *warning = nullptr;
  auto add = [&warning](const char *text) { warning = warning == nullptr ? text : Format("{}; {}", warning, text); };
  if (policies.failure != nullptr) add(Format("ddlguard.policy cannot be read: {}", policies.failure));
  if (CurrentFailMode() == FailMode::open) add("ddlguard.fail_mode is open: what cannot be judged runs");
  if (policies.readable && policies.refusing == 0) add("no row of ddlguard.policy rejects anything");
  Failure failure;
  if (FailureOf(MyDatabaseId, &failure)) {
    const char *message = pstrdup(failure.message);
    add(Format("events cannot be written to ddlguard.event: {}", message));
  }
  const uint64 lost = RingLost();
  if (lost > 0) add(Format("{} events are not on record, since the ring was full or a writer gave them up", lost));
  if (policies.by_application > 0)
    add(Format("{} policy rows allow by application_name, which any client can set", policies.by_application));
  return warning;
}

DDLGUARD_FUNCTION(ddlguard_status) {
  const char *inactive = GuardInactiveReason();
  PolicySummary policies = SummarizePolicies(CurrentAsker());

  RowBuilder row;
  row.Text(DDLGUARD_VERSION);
  row.Text(ExtensionVersion());
  row.Bool(inactive == nullptr);
  row.Text(inactive);
  row.Text(ModeName(CurrentMode()));
  row.Text(BypassReason());
  row.Bool(policies.exempted_by != 0);
  if (policies.exempted_by != 0) row.Bigint(policies.exempted_by);
  else row.Null();
  if (policies.readable) row.Int(policies.rows);
  else row.Null();
  row.Bigint(prediction_misses);
  if (policies.readable) row.Int(policies.conventions);
  else row.Null();
  row.Text(WorkerText());
  row.Int(RingWaitingFor(MyDatabaseId));
  row.Bigint(static_cast<int64>(RingLost()));
  row.Text(FailModeName(CurrentFailMode()));
  row.Text(WarningOf(policies));
  return row.Return(fcinfo);
}
