/*
 * Triggers of ddlguard.policy and ddlguard.policy_baseline.  They are ENABLE ALWAYS: neither
 * session_replication_role nor a restore skips them.
 *
 *   policy_check     BEFORE INSERT OR UPDATE, each row: refuses rows that could never work, and keeps
 *                    column installed honest.
 *   policy_changed   AFTER each statement: sends the invalidation that makes every session read the
 *                    table again.
 *   policy_restored  BEFORE INSERT on policy_baseline, each row: see the SQL script, "Dump and restore".
 */
#include "api/function.h"
#include "pg/catalog.h"
#include "pg/text.h"
#include "policy/argument.h"
#include "policy/cache.h"

using namespace ddlguard;

struct NewRow {
  HeapTuple tuple;
  TupleDesc desc;

  int Attnum(const char *column) const {
    int attnum = SPI_fnumber(desc, column);
    if (attnum <= 0)
      ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN), errmsg("ddlguard.policy has no column \"%s\"", column)));
    return attnum;
  }
  Datum Get(const char *column, bool *isnull) const { return heap_getattr(tuple, Attnum(column), desc, isnull); }
  const char *Text(const char *column) const {
    bool isnull;
    Datum value = Get(column, &isnull);
    return isnull ? nullptr : TextDatumGetCString(value);
  }
};

/* The rule id that somebody may have meant; null when none is near. */
static const char *NearestRule(const char *text) {
  int length = strlen(text);
  if (length > 60) return nullptr;
  const char *nearest = nullptr;
  int limit = 5;
  for (int i = 0; i < RuleCount(); ++i) {
    const char *id = RuleAt(i).id;
    int distance = varstr_levenshtein_less_equal(text, length, id, strlen(id), 1, 1, 1, limit, true);
    if (distance >= limit) continue;
    limit = distance;
    nearest = id;
  }
  return nearest;
}

static void CheckRule(const char *rule) {
  Scope scope;
  if (rule == nullptr || ParseScope(rule, &scope)) return;
  const char *nearest = NearestRule(rule);
  ereport(
      ERROR,
      (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown rule \"%s\" in ddlguard.policy", rule),
       errdetail("Column rule takes a rule id, one of the groups blocking, destructive, compatibility, transaction, "
                 "locking, maintenance, convention, or *."),
       nearest == nullptr ? errhint("View ddlguard.rules lists the rules.")
                          : errhint("Perhaps you meant \"%s\". View ddlguard.rules lists the rules.", nearest)));
}

static void CheckArgument(const char *rule, const char *argument) {
  Scope scope;
  if (rule == nullptr || !ParseScope(rule, &scope)) return;
  const char *fault = ArgumentFault(RuleOfScope(scope), argument);
  if (fault == nullptr) return;
  ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                  argument == nullptr
                      ? errmsg("missing argument for rule \"%s\" in ddlguard.policy", rule)
                      : errmsg("invalid argument \"%.70s\" for rule \"%s\" in ddlguard.policy", argument, rule),
                  errdetail_internal("%s", fault), errhint("View ddlguard.rules tells what each rule takes.")));
}

static void CheckAction(const char *action) {
  Action parsed;
  if (action == nullptr || ParseAction(action, &parsed)) return;
  ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown action \"%s\" in ddlguard.policy", action),
                  errdetail("Column action takes allow, log, warn or reject.")));
}

static void CheckPattern(const NewRow &row, const char *column, bool may_be_empty) {
  const char *pattern = row.Text(column);
  if (pattern == nullptr) return;
  if (*pattern == '\0' && !may_be_empty)
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("empty %s in ddlguard.policy", column),
                    errdetail("It would match nothing; NULL matches any.")));
  if (const char *fault = PatternFault(pattern))
    ereport(
        ERROR,
        (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
         errmsg("invalid %s \"%.70s\" in ddlguard.policy: the pattern %s", column, pattern, fault),
         errdetail("It is a pattern as LIKE takes it: %% and _ are wildcards, \\ makes the next character literal.")));
}

static void CheckThreshold(const NewRow &row, const char *column) {
  bool isnull;
  Datum value = row.Get(column, &isnull);
  if (isnull || DatumGetInt64(value) >= 0) return;
  ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                  errmsg("negative %s %lld in ddlguard.policy", column, static_cast<long long>(DatumGetInt64(value))),
                  errdetail("A threshold is zero or more; NULL means none.")));
}

static void CheckMaxBlocking(const NewRow &row) {
  bool isnull;
  Datum value = row.Get("max_blocking", &isnull);
  if (isnull) return;
  Interval zero = {0, 0, 0};
  if (DatumGetBool(DirectFunctionCall2(interval_gt, value, IntervalPGetDatum(&zero)))) return;
  ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("max_blocking in ddlguard.policy must be positive"),
                  errdetail("NULL means none.")));
}

/* Looked up without SQL, since a row that is not restored has a new id: the usual insert costs no
 * query and needs no right to delete. */
static bool IsInstalledRow(Relation policy, int64 id, AttrNumber id_attnum, AttrNumber installed_attnum) {
  Oid index = PrimaryKeyIndex(policy);
  ScanKeyData key;
  ScanKeyInit(&key, id_attnum, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(id));
  SysScanDesc scan = systable_beginscan(policy, index, OidIsValid(index), nullptr, 1, &key);
  bool installed = false;
  while (HeapTuple tuple = systable_getnext(scan)) {
    bool isnull;
    Datum value = heap_getattr(tuple, installed_attnum, RelationGetDescr(policy), &isnull);
    installed = installed || (!isnull && DatumGetBool(value));
  }
  systable_endscan(scan);
  return installed;
}

/* A restored row takes the place of the default row with its id. */
static void RemoveInstalledRow(int64 id) {
  SPI_connect();
  Oid types[] = {INT8OID};
  Datum values[] = {Int64GetDatum(id)};
  SPI_execute_with_args("DELETE FROM ONLY ddlguard.policy WHERE id = $1 AND installed", 1, types, values, nullptr,
                        false, 0);
  SPI_finish();
}

DDLGUARD_FUNCTION(ddlguard_policy_check) {
  TriggerData *trigger = TriggerOf(fcinfo, "policy_check");
  bool update = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event);
  NewRow row = {update ? trigger->tg_newtuple : trigger->tg_trigtuple, RelationGetDescr(trigger->tg_relation)};

  CheckRule(row.Text("rule"));
  CheckArgument(row.Text("rule"), row.Text("argument"));
  CheckAction(row.Text("action"));
  CheckPattern(row, "schema_name", false);
  CheckPattern(row, "relation_name", false);
  CheckPattern(row, "role_name", false);
  CheckPattern(row, "application_name", true);
  CheckThreshold(row, "min_rows");
  CheckThreshold(row, "min_bytes");
  CheckMaxBlocking(row);
  if (InOwnScript()) return PointerGetDatum(row.tuple);

  bool isnull;
  if (!update) {
    Datum id = row.Get("id", &isnull);
    if (!isnull && IsInstalledRow(trigger->tg_relation, DatumGetInt64(id), row.Attnum("id"), row.Attnum("installed")))
      RemoveInstalledRow(DatumGetInt64(id));
  }
  int attnum = row.Attnum("installed");
  Datum value = BoolGetDatum(false);
  isnull = false;
  return PointerGetDatum(heap_modify_tuple_by_cols(row.tuple, row.desc, 1, &attnum, &value, &isnull));
}

DDLGUARD_FUNCTION(ddlguard_policy_changed) {
  TriggerData *trigger = TriggerOf(fcinfo, "policy_changed");
  CacheInvalidateRelcache(trigger->tg_relation);
  return Datum{};
}

/* The lock keeps a parallel restore, which may be copying rows at the same time, out of a deadlock. */
DDLGUARD_FUNCTION(ddlguard_policy_restored) {
  TriggerData *trigger = TriggerOf(fcinfo, "policy_restored");
  if (InOwnScript()) return PointerGetDatum(trigger->tg_trigtuple);
  LockRelationOid(PolicyRelation(), ShareRowExclusiveLock);
  SPI_connect();
  SPI_execute("DELETE FROM ONLY ddlguard.policy WHERE installed", false, 0);
  SPI_finish();
  return Datum{}; /* the baseline keeps the row that CREATE EXTENSION wrote */
}
