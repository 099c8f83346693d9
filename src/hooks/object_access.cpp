/*
 * The net: what reaches the act although no frame foresaw it.
 *
 * object_access_hook sees every new heap and index before one tuple is written to it, every drop and
 * every truncation, by OID and under the lock, whatever statement or C code led there.  The heap that
 * a rewrite fills is called pg_temp_<oid of the original>.  Rows made by the statement are not visible
 * yet, so they are read with SnapshotSelf.
 *
 * Extensions are told apart too: libraries that let ordinary users drop one (pgextwlist) change the role
 * below the guard, which saw a statement that PostgreSQL would refuse.
 *
 * The same hook tells the ledger which objects are new in this transaction.
 */
#include "hooks/hooks.h"

#include "analysis/named_object.h"
#include "observe/event.h"
#include "pg/catalog.h"
#include "pg/debug_point.h"
#include "pg/expression.h"
#include "pg/text.h"
#include "policy/coverage.h"
#include "policy/settings.h"
#include "runtime/concurrently.h"

namespace ddlguard {

int64 prediction_misses = 0;

namespace {

object_access_hook_type next_object_access_hook = nullptr;

bool Covers(const Target *target, Oid relation) {
  return target != nullptr && (target->oid == relation || target->descendants.Contains(relation));
}

/* Did a running statement foresee work of at least this weight on the relation? */
bool Foreseen(Oid relation, Work work) {
  for (const Frame *frame = current_frame; frame != nullptr; frame = frame->outer) {
    if (frame->analysis->whole_database) return true;
    for (const Effect &effect : frame->analysis->effects)
      if (effect.work >= work && (Covers(effect.target, relation) || Covers(effect.other, relation))) return true;
  }
  return false;
}

/* Did a running statement foresee that the relation loses its rows or goes away? */
bool LossForeseen(Oid relation) {
  for (const Frame *frame = current_frame; frame != nullptr; frame = frame->outer)
    for (const Effect &effect : frame->analysis->effects)
      if (Covers(effect.target, relation)) return true;
  return false;
}

bool ExtensionLossForeseen(Oid extension) {
  for (const Frame *frame = current_frame; frame != nullptr; frame = frame->outer)
    for (const Effect &effect : frame->analysis->effects)
      if (effect.target != nullptr && effect.target->classid == ExtensionRelationId && effect.target->oid == extension)
        return true;
  return false;
}

/* The approval that a running statement has used and that covers the verdict; null when none does. */
const Approval *ApprovalOver(const Verdict &verdict) {
  for (const Frame *frame = current_frame; frame != nullptr; frame = frame->outer)
    if (frame->approval != nullptr && CoverageFault(*frame->approval, verdict) == nullptr) return frame->approval;
  return nullptr;
}

/* Judges one effect that nobody foresaw; the prediction has missed it. */
void Catch(Why why, const ObjectAddress &object, Work work, const char *column) {
  MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "ddlguard net", ALLOCSET_SMALL_SIZES);
  MemoryContext old = MemoryContextSwitchTo(memory);
  const char *query = current_frame != nullptr ? current_frame->source->Text() : debug_query_string;
  if (query == nullptr) query = ""; /* a background worker */
  const Source source = {query};
  Analysis a(query, TransactionLedger());
  a.alone = current_frame != nullptr && current_frame->analysis->alone;
  const Target *target = TargetOf(a, object);
  if (target != nullptr && target->Live()) {
    a.Add({.why = why, .target = target, .lock = AccessExclusiveLock, .work = work, .column = column});
    ++prediction_misses;
    SetOccasion(
        {current_frame == nullptr ? CMDTAG_UNKNOWN : CreateCommandTag(const_cast<Node *>(current_frame->statement))});
    DebugPoint(Stage::net);
    Verdict verdict = Judge(a, &source);
    if (verdict.action != Action::allow) EnforceWithin(verdict, query, ApprovalOver(verdict));
  }
  MemoryContextSwitchTo(old);
  MemoryContextDelete(memory);
}

/* The original of a transient heap, from its name; invalid for any other name. */
Oid OriginalOf(const char *name) {
  static constexpr char kPrefix[] = "pg_temp_";
  if (strncmp(name, kPrefix, sizeof(kPrefix) - 1) != 0) return InvalidOid;
  char *end;
  unsigned long oid = strtoul(name + sizeof(kPrefix) - 1, &end, 10);
  return *end == '\0' ? static_cast<Oid>(oid) : InvalidOid;
}

struct NewRelation {
  char relkind = '\0';
  NameData name = {};
  Oid indexed = InvalidOid; /* of an index */
  bool temporary = false;
  bool filled = false; /* took over files: ALTER COLUMN ... TYPE keeps an index that way */
};

NewRelation ReadNewRelation(Oid oid) {
  NewRelation made;
  ScanKeyData key;
  Relation catalog = table_open(RelationRelationId, AccessShareLock);
  ScanKeyInit(&key, Anum_pg_class_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(oid));
  SysScanDesc scan = systable_beginscan(catalog, ClassOidIndexId, true, SnapshotSelf, 1, &key);
  if (HeapTuple tuple = systable_getnext(scan)) {
    auto form = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
    made.relkind = form->relkind;
    made.name = form->relname;
    made.temporary = form->relpersistence == RELPERSISTENCE_TEMP; /* the diff of REFRESH CONCURRENTLY */
    made.filled = form->relkind == RELKIND_INDEX && Storage(form).Blocks() > 0;
  }
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  if (made.relkind != RELKIND_INDEX) return made;

  catalog = table_open(IndexRelationId, AccessShareLock);
  ScanKeyInit(&key, Anum_pg_index_indexrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(oid));
  scan = systable_beginscan(catalog, IndexRelidIndexId, true, SnapshotSelf, 1, &key);
  if (HeapTuple tuple = systable_getnext(scan))
    made.indexed = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple))->indrelid;
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  return made;
}

void Created(Oid classid, Oid objectid, int subid, bool internal) {
  /* A default that ALTER TYPE makes anew is the one that there was. */
  if (classid != AttrDefaultRelationId || !internal) RememberCreated(classid, objectid, subid);
  if (classid != RelationRelationId || subid != 0) return;
  NewRelation made = ReadNewRelation(objectid);
  if (made.relkind == RELKIND_INDEX) {
    NoteIndexMade(NameStr(made.name));
    if (OidIsValid(made.indexed) && !made.filled && !Foreseen(made.indexed, Work::index_build))
      Catch(Why::unpredicted_index_build, {RelationRelationId, made.indexed, 0}, Work::index_build, NameStr(made.name));
  } else if (internal && !made.temporary) {
    Oid original = OriginalOf(NameStr(made.name));
    if (OidIsValid(original) && !Foreseen(original, Work::rewrite))
      Catch(Why::unpredicted_rewrite, {RelationRelationId, original, 0}, Work::rewrite, nullptr);
  }
}

void Lost(Oid relation) {
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
  if (!HeapTupleIsValid(tuple)) return;
  auto form = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
  const char relkind = form->relkind;
  /* The transient heap of a rewrite is dropped once the files are swapped; by then it looks as old as the original. */
  const bool transient = OidIsValid(form->relrewrite);
  ReleaseSysCache(tuple);
  if (transient) return;
  if (relkind != RELKIND_RELATION && relkind != RELKIND_PARTITIONED_TABLE && relkind != RELKIND_MATVIEW) return;
  if (!LossForeseen(relation)) Catch(Why::unpredicted_drop, {RelationRelationId, relation, 0}, Work::none, nullptr);
}

void Dropped(Oid classid, Oid objectid) {
  if (classid == RelationRelationId) return Lost(objectid);
  if (classid == ExtensionRelationId && !ExtensionLossForeseen(objectid))
    Catch(Why::unpredicted_drop, {classid, objectid, 0}, Work::none, nullptr);
}

void GuardObjectAccess(ObjectAccessType access, Oid classid, Oid objectid, int subid, void *argument) {
  if (next_object_access_hook != nullptr) next_object_access_hook(access, classid, objectid, subid, argument);
  switch (access) {
    case OAT_POST_CREATE:
      if (GuardActive())
        Created(classid, objectid, subid, static_cast<ObjectAccessPostCreate *>(argument)->is_internal);
      return;
    case OAT_DROP:
      if (subid == 0 && (classid == RelationRelationId || classid == ExtensionRelationId) && GuardActive())
        Dropped(classid, objectid);
      return;
    case OAT_TRUNCATE:
      if (GuardActive()) Lost(objectid);
      return;
    case OAT_POST_ALTER:
    case OAT_NAMESPACE_SEARCH:
      return;
    case OAT_FUNCTION_EXECUTE:
      return MayRunFunction(objectid);
  }
}

}  // namespace

void ObjectAccessHookInit() {
  next_object_access_hook = object_access_hook;
  object_access_hook = GuardObjectAccess;
}

}  // namespace ddlguard
