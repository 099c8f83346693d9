/*
 * See cache.h.
 *
 * Staleness: the relcache callback counts, and looks nothing up.  The count is noted after the lock
 * on the table is had and before the first row is read, so what commits while we read makes the
 * cache stale again at once.  A writer's rows become visible before its invalidation is sent, so
 * a reader that misses them is told afterwards.
 *
 * Reading uses a new catalog snapshot, never the transaction's: SET TRANSACTION ISOLATION LEVEL must
 * still be possible afterwards, and a REPEATABLE READ transaction must see what was committed since it
 * began.  Tolerated: in a SERIALIZABLE transaction the read counts as a read of the table, so such a
 * transaction may be asked to retry when another one changes policies.
 */
#include "policy/cache.h"

#include "analysis/attempt.h"
#include "pg/catalog.h"
#include "pg/debug_point.h"
#include "pg/text.h"
#include "policy/argument.h"
#include "policy/settings.h"

namespace ddlguard {

namespace {

struct Rows {
  MemoryContext context;
  Oid table;
  uint64 generation;
  PolicyRow *rows;
  int count;
  bool complete;      /* no row was invalid */
  int64 invalid_id;   /* of one that was; 0: it had none */
  int by_application; /* rows that allow, and ask for an application_name */
  int refusing;       /* rows that reject */
};

Rows *rows = nullptr;
PolicyView *view = nullptr;
uint64 generation = 1;
Oid watched = InvalidOid;

void RelationChanged(Datum, Oid relation) {
  if (relation == watched || !OidIsValid(relation)) ++generation;
}

void DropView() {
  if (view == nullptr) return;
  MemoryContext context = view->context;
  view = nullptr;
  MemoryContextDelete(context);
}

/* ---- reading the table ---- */

enum Column : int {
  c_id,
  c_priority,
  c_rule,
  c_schema_name,
  c_relation_name,
  c_role_name,
  c_application_name,
  c_action,
  c_argument,
  c_min_rows,
  c_min_bytes,
  c_max_blocking,
  c_lock_hold,
  c_no_bypass,
  c_expires_at,
  c_comment,
  kColumns
};

constexpr TypedColumn kColumn[kColumns] = {
    {"id", INT8OID},
    {"priority", INT4OID},
    {"rule", TEXTOID},
    {"schema_name", TEXTOID},
    {"relation_name", TEXTOID},
    {"role_name", TEXTOID},
    {"application_name", TEXTOID},
    {"action", TEXTOID},
    {"argument", TEXTOID},
    {"min_rows", INT8OID},
    {"min_bytes", INT8OID},
    {"max_blocking", INTERVALOID},
    {"lock_hold", INTERVALOID},
    {"no_bypass", BOOLOID},
    {"expires_at", TIMESTAMPTZOID},
    {"comment", TEXTOID},
};

/* A month has 30 days here, and a day 24 hours. */
int64 MillisecondsOf(const Interval &interval) {
  const double days = interval.month * static_cast<double>(DAYS_PER_MONTH) + interval.day;
  const double milliseconds = days * SECS_PER_DAY * 1000 + static_cast<double>(interval.time) / 1000;
  return milliseconds >= INT_MAX ? INT_MAX : static_cast<int64>(milliseconds);
}

struct Fields {
  Datum values[kColumns];
  bool nulls[kColumns];
  bool too_long = false;

  /* A value moved out to the TOAST table is not fetched: that would wait for a lock on it. */
  const char *Text(Column column) {
    if (nulls[column]) return nullptr;
    if (VARATT_IS_EXTERNAL(DatumGetPointer(values[column]))) {
      too_long = true;
      return nullptr;
    }
    return TextDatumGetCString(values[column]);
  }
  int64 Milliseconds(Column column) const {
    return nulls[column] ? -1 : MillisecondsOf(*DatumGetIntervalP(values[column]));
  }
  int64 Bigint(Column column) const { return nulls[column] ? -1 : DatumGetInt64(values[column]); }
};

/* Into context; garbage goes to the current one.  False when the row is not one that the table's
 * trigger would have let in. */
bool ParseRow(Fields &fields, MemoryContext context, PolicyRow *row) {
  for (Column column : {c_id, c_priority, c_no_bypass})
    if (fields.nulls[column]) return false;
  for (Column column : {c_max_blocking, c_lock_hold})
    if (!fields.nulls[column] && fields.Milliseconds(column) < 0) return false;
  for (Column column : {c_min_rows, c_min_bytes})
    if (!fields.nulls[column] && DatumGetInt64(fields.values[column]) < 0) return false;
  row->id = DatumGetInt64(fields.values[c_id]);
  row->priority = DatumGetInt32(fields.values[c_priority]);
  const char *comment = fields.Text(c_comment);
  fields.too_long = false; /* a comment may be, and is then not shown */
  const char *rule = fields.Text(c_rule);
  const char *action = fields.Text(c_action);
  const char *argument = fields.Text(c_argument);
  const char *schema = fields.Text(c_schema_name);
  const char *relation = fields.Text(c_relation_name);
  const char *role = fields.Text(c_role_name);
  const char *application = fields.Text(c_application_name);
  if (fields.too_long || rule == nullptr || action == nullptr) return false;
  if (!ParseScope(rule, &row->scope) || !ParseAction(action, &row->action)) return false;
  for (const char *pattern : {schema, relation, role, application})
    if (PatternFault(pattern) != nullptr) return false;
  if (ArgumentFault(RuleOfScope(row->scope), argument) != nullptr) return false;

  MemoryContextSwitchTo(context);
  row->argument = argument == nullptr ? nullptr : pstrdup(argument);
  row->comment = comment == nullptr ? nullptr : pstrdup(comment);
  row->schema = ParsePattern(schema);
  row->relation = ParsePattern(relation);
  row->role = ParsePattern(role);
  row->application = ParsePattern(application);
  row->min_rows = fields.Bigint(c_min_rows);
  row->min_bytes = fields.Bigint(c_min_bytes);
  row->max_blocking = fields.Milliseconds(c_max_blocking);
  row->lock_hold = fields.Milliseconds(c_lock_hold);
  row->no_bypass = DatumGetBool(fields.values[c_no_bypass]);
  row->expires_at = fields.nulls[c_expires_at] ? DT_NOEND : DatumGetTimestampTz(fields.values[c_expires_at]);
  return true;
}

int ByOrder(const void *a, const void *b) {
  auto left = static_cast<const PolicyRow *>(a);
  auto right = static_cast<const PolicyRow *>(b);
  if (left->priority != right->priority) return left->priority < right->priority ? -1 : 1;
  if (left->id != right->id) return left->id < right->id ? -1 : 1;
  return 0;
}

/* Reads the table, on which the lock is held, into a new context. */
Rows *ReadRows(Relation relation, const AttrNumber *attnums) {
  MemoryContext caller = CurrentMemoryContext;
  MemoryContext context = AllocSetContextCreate(caller, "ddlguard policy rows", ALLOCSET_DEFAULT_SIZES);
  MemoryContext list = AllocSetContextCreate(caller, "ddlguard policy list", ALLOCSET_DEFAULT_SIZES);
  MemoryContext scratch = AllocSetContextCreate(list, "ddlguard policy row", ALLOCSET_SMALL_SIZES);

  auto *fresh = static_cast<Rows *>(MemoryContextAllocZero(context, sizeof(Rows)));
  fresh->context = context;
  fresh->table = RelationGetRelid(relation);
  fresh->generation = generation;
  fresh->complete = true;

  MemoryContextSwitchTo(list);
  Array<PolicyRow> read;
  SysScanDesc scan = systable_beginscan(relation, InvalidOid, false, nullptr, 0, nullptr);
  while (HeapTuple tuple = systable_getnext(scan)) {
    MemoryContextSwitchTo(scratch);
    Fields fields;
    for (int c = 0; c < kColumns; ++c)
      fields.values[c] = heap_getattr(tuple, attnums[c], RelationGetDescr(relation), &fields.nulls[c]);
    PolicyRow row;
    bool valid = ParseRow(fields, context, &row);
    MemoryContextSwitchTo(list);
    if (valid && row.action == Action::allow && row.application.kind != Pattern::Kind::any) ++fresh->by_application;
    if (valid && row.action == Action::reject) ++fresh->refusing;
    MemoryContextReset(scratch);
    if (valid) {
      read.Add(row);
      continue;
    }
    fresh->complete = false;
    fresh->invalid_id = fields.nulls[c_id] ? 0 : DatumGetInt64(fields.values[c_id]);
    ereport(LOG, (errmsg("row %lld of ddlguard.policy is not valid", static_cast<long long>(fresh->invalid_id))));
  }
  DebugPoint(Stage::reading_policy);
  systable_endscan(scan);

  fresh->count = read.count;
  fresh->rows = static_cast<PolicyRow *>(MemoryContextAlloc(context, sizeof(PolicyRow) * (read.count + 1)));
  for (int i = 0; i < read.count; ++i) fresh->rows[i] = read[i];
  if (fresh->count > 1) qsort(fresh->rows, fresh->count, sizeof(PolicyRow), ByOrder);
  for (int i = 0; i < fresh->count; ++i) fresh->rows[i].ordinal = i;

  MemoryContextSwitchTo(caller);
  MemoryContextDelete(list);
  return fresh;
}

enum class Load { done, locked, unreadable };

struct Loading {
  Oid table;
  Rows *fresh;
  const char *failure;
};

void ReadTable(void *context) {
  auto *loading = static_cast<Loading *>(context);
  Relation relation = RelationIdGetRelation(loading->table);
  if (relation == nullptr) {
    loading->failure = "it has just been dropped";
    return;
  }
  AttrNumber attnums[kColumns];
  if (relation->rd_rel->relkind == RELKIND_RELATION &&
      FindColumns(RelationGetDescr(relation), kColumn, kColumns, attnums))
    loading->fresh = ReadRows(relation, attnums);
  else loading->failure = "its columns are not those of this version of ddlguard";
  RelationClose(relation);
}

/* Makes the rows current when that is possible at once.  A table that is damaged on disk is an answer too, so
 * it is read in a subtransaction; a parallel query, which allows none, only asks for status(). */
Load LoadRows(Oid table, const char **failure) {
  if (!ConditionalLockRelationOid(table, AccessShareLock)) {
    *failure = kPoliciesLocked;
    return Load::locked;
  }
  Loading loading = {table, nullptr, nullptr};
  if (IsInParallelMode()) ReadTable(&loading);
  else if (const char *error = Attempt(ReadTable, &loading)) loading = {table, nullptr, error};
  UnlockRelationOid(table, AccessShareLock);
  *failure = loading.failure;
  if (loading.fresh == nullptr) return Load::unreadable;

  Rows *fresh = loading.fresh;
  MemoryContextSetParent(fresh->context, CacheMemoryContext);
  DropView();
  Rows *old = rows;
  rows = fresh;
  if (old != nullptr) MemoryContextDelete(old->context);
  return Load::done;
}

}  // namespace

const PolicyView *ViewFor(Oid table, const Asker &asker, const char **failure) {
  *failure = nullptr;
  WatchRelation(table);
  if (rows == nullptr || rows->table != table || rows->generation != generation) {
    switch (LoadRows(table, failure)) {
      case Load::done:
        break;
      case Load::locked: /* what this backend read last stays in force */
        if (rows == nullptr || rows->table != table) return nullptr;
        break;
      case Load::unreadable:
        return nullptr;
    }
    *failure = nullptr;
  }
  /* A row that says reject may be the one that is damaged. */
  if (!rows->complete && CurrentFailMode() == FailMode::closed) {
    *failure = Format("row {} is not valid", rows->invalid_id);
    return nullptr;
  }

  TimestampTz now = GetCurrentTimestamp();
  if (view == nullptr || now >= view->valid_until || !Equal(view->application, asker.application) ||
      !Equal(view->role, asker.role)) {
    PolicyView *built = BuildView(rows->rows, rows->count, asker, now);
    MemoryContextSetParent(built->context, CacheMemoryContext);
    DropView();
    view = built;
  }
  return view;
}

const PolicyView *CurrentView() {
  if (view == nullptr || rows == nullptr || rows->generation != generation) return nullptr;
  if (!rows->complete && CurrentFailMode() == FailMode::closed) return nullptr;
  if (view->valid_until != DT_NOEND && view->valid_until <= GetCurrentTimestamp()) return nullptr;
  if (!Equal(view->application, application_name)) return nullptr;
  const Oid user = GetSessionUserId();
  if (view->user != user) {
    if (!Equal(view->role, GetUserNameFromId(user, true))) return nullptr;
    view->user = user;
  }
  return view;
}

int CachedRowsByApplication() { return rows == nullptr ? 0 : rows->by_application; }
int CachedRefusingRows() { return rows == nullptr ? 0 : rows->refusing; }
int CachedRowCount() { return rows == nullptr ? 0 : rows->count; }
uint64 PolicyGeneration() { return generation; }

void WatchRelation(Oid table) {
  if (watched == table) return;
  watched = table;
  ++generation; /* nothing was heard about this one so far */
}

void CacheInit() { CacheRegisterRelcacheCallback(RelationChanged, static_cast<Datum>(0)); }

}  // namespace ddlguard
