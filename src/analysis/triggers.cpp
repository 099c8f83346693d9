/*
 * Triggers: made, dropped, renamed; and event triggers.
 *
 * A trigger runs inside the writes of running code, so what its function does to every row counts:
 * see trigger_function.h.  The function is read as text and never called.
 */
#include "analysis/drop_effects.h"
#include "analysis/named_object.h"
#include "analysis/objects.h"
#include "analysis/trigger_function.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

int16 TypeOf(const CreateTrigStmt *stmt) {
  return static_cast<int16>(stmt->timing | stmt->events | (stmt->row ? TRIGGER_TYPE_ROW : TRIGGER_TYPE_STATEMENT));
}

/* What a trigger of this type with this function would do to the writes of the table. */
void AddFaults(Analysis &a, const Target *table, const char *trigger, int16 type, bool always, const char *source,
               LOCKMODE lock) {
  const char *missing = TRIGGER_FOR_ROW(type) ? MissingColumn(a, table->oid, source) : nullptr;
  if (missing != nullptr)
    a.Add({.why = Why::trigger_function_missing_column, .target = table, .lock = lock, .column = missing});
  const char *stops = always && !TRIGGER_FOR_INSTEAD(type) ? StopsWrites(source, type) : nullptr;
  if (stops != nullptr)
    a.Add({.why = Why::trigger_refuses_writes, .target = table, .lock = lock, .column = trigger, .fact = stops});
}

}  // namespace

void AnalyzeCreateTrigger(Analysis &a, const CreateTrigStmt *stmt) {
  const Target *table = a.Resolve(stmt->relation, ShareRowExclusiveLock);
  if (table == nullptr || !OidIsValid(table->oid)) return;
  if (pg_class_aclcheck(table->oid, ActingRole(), ACL_TRIGGER) != ACLCHECK_OK) return;
  if (!stmt->replace && OidIsValid(get_trigger_oid(table->oid, stmt->trigname, true)) && !a.ledger.script) return;
  a.Add({.why = Why::create_trigger,
         .target = a.Look(table->oid, stmt->row),
         .lock = ShareRowExclusiveLock,
         .column = stmt->trigname,
         .node = reinterpret_cast<const Node *>(stmt)});
  if (const char *source = SourceOfTrigger(a, stmt))
    AddFaults(a, table, stmt->trigname, TypeOf(stmt), stmt->whenClause == nullptr, source, ShareRowExclusiveLock);
}

void AnalyzeTriggerFunction(Analysis &a, Oid function, const char *source) {
  if (source == nullptr || get_func_rettype(function) != TRIGGEROID) return;
  const char *old_source = SourceInPlpgsql(function);
  Array<Oid> triggers;
  ForEachDependent(ProcedureRelationId, function, -1, [&](Form_pg_depend depend) {
    if (depend->classid == TriggerRelationId) triggers.Add(depend->objid);
  });
  if (triggers.Empty()) return;
  Relation catalog = table_open(TriggerRelationId, AccessShareLock);
  for (Oid trigger : triggers) {
    ScanKeyData key;
    ScanKeyInit(&key, Anum_pg_trigger_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(trigger));
    SysScanDesc scan = systable_beginscan(catalog, TriggerOidIndexId, true, nullptr, 1, &key);
    HeapTuple tuple = systable_getnext(scan);
    if (HeapTupleIsValid(tuple)) {
      auto form = reinterpret_cast<Form_pg_trigger>(GETSTRUCT(tuple));
      bool no_condition;
      heap_getattr(tuple, Anum_pg_trigger_tgqual, RelationGetDescr(catalog), &no_condition);
      const Target *table = get_rel_relispartition(form->tgrelid) ? nullptr : a.Look(form->tgrelid, true);
      /* What is wrong already is no fault of the new body. */
      const bool sane = old_source == nullptr || (MissingColumn(a, form->tgrelid, old_source) == nullptr &&
                                                  StopsWrites(old_source, form->tgtype) == nullptr);
      if (table != nullptr && sane && form->tgenabled != TRIGGER_DISABLED)
        AddFaults(a, table, pstrdup(NameStr(form->tgname)), form->tgtype, no_condition, source, NoLock);
    }
    systable_endscan(scan);
  }
  table_close(catalog, AccessShareLock);
}

void AnalyzeDropTriggerOfScript(Analysis &a, const List *name) {
  List *table_name = list_truncate(list_copy(name), list_length(name) - 1);
  if (table_name == NIL) return;
  const Target *table = a.Resolve(makeRangeVarFromNameList(table_name), NoLock);
  if (table == nullptr || !OidIsValid(table->oid)) return;
  const char *made = Format("{}.{}", table->name, strVal(llast(name)));
  if (a.ledger.ObjectAdded(TriggerRelationId, table->schema, made))
    AddLock(a, a.Look(table->oid, true), AccessExclusiveLock);
}

void AnalyzeDropTrigger(Analysis &a, const Target *table, Oid trigger, const char *name) {
  const bool fresh = CreatedInTransaction(TriggerRelationId, trigger, 0);
  a.Add({.why = fresh ? Why::lock_only : Why::drop_trigger,
         .target = a.Look(table->oid, true),
         .lock = AccessExclusiveLock,
         .column = name});
}

void AnalyzeEventTrigger(Analysis &a, const char *name) {
  if (!superuser()) return; /* PostgreSQL refuses it */
  a.Add({.why = Why::create_event_trigger, .target = a.LookObject(EventTriggerRelationId, InvalidOid, nullptr, name)});
}

}  // namespace ddlguard
