/*
 * Triggers: made, dropped, renamed; and event triggers.
 *
 * A trigger runs inside the writes of running code, so what its function does to every row counts:
 * see trigger_function.h.  The function is read as text and never called.
 */
#include "analysis/drop_effects.h"
#include "analysis/filled_columns.h"
#include "analysis/named_object.h"
#include "analysis/objects.h"
#include "analysis/trigger_function.h"
#include "analysis/view_writes.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

/* What could not be written anyway is not lost. */
int16 WithoutRefused(const Target *table, int16 type) {
  if (!TRIGGER_FOR_INSTEAD(type)) return type;
  return type & ~(kWrites & ~WritesOfView(table->oid, ForeignTables::are_not_written).Open());
}

struct TriggerFunction {
  TriggerBody body;
  const char *missing_table;

  TriggerFunction(const Analysis &a, const char *source)
      : body(source), missing_table(ddlguard::MissingTable(a, source)) {}

  const char *MissingColumn(const Analysis &a, Oid table, int16 type) const {
    return TRIGGER_FOR_ROW(type) ? body.MissingColumn(a, table) : nullptr;
  }
  const char *MissingTable(int16 type) const { return (type & kWrites) != 0 ? missing_table : nullptr; }
  bool IsSane(const Analysis &a, Oid table, int16 type) const {
    return MissingColumn(a, table, type) == nullptr && MissingTable(type) == nullptr &&
           body.StopsWrites(type) == nullptr;
  }
};

/* What a trigger of this type with this function would do to the writes of the table. */
void AddFaults(Analysis &a, const Target *table, const char *trigger, int16 type, bool always,
               const TriggerFunction &function, LOCKMODE lock, LOCKMODE below = Effect::kSameLock) {
  const char *missing = function.MissingColumn(a, table->oid, type);
  const char *absent = function.MissingTable(type);
  if (missing != nullptr)
    a.Add({.why = Why::trigger_function_missing_column,
           .target = table,
           .lock = lock,
           .column = missing,
           .fact = Format("column \"{}\", which the table does not have", missing),
           .below = below});
  else if (absent != nullptr)
    a.Add({.why = Why::trigger_function_missing_column,
           .target = table,
           .lock = lock,
           .fact = Format("table \"{}\", which does not exist", absent),
           .below = below});
  const char *stops = always ? function.body.StopsWrites(WithoutRefused(table, type)) : nullptr;
  if (stops != nullptr)
    a.Add({.why = Why::trigger_refuses_writes,
           .target = table,
           .lock = lock,
           .column = trigger,
           .fact = stops,
           .below = below});
}

/* CREATE OR REPLACE TRIGGER: it may be there for other writes than before. */
void AddLostByReplacement(Analysis &a, const Target *view, const CreateTrigStmt *stmt) {
  const Oid replaced = get_trigger_oid(view->oid, stmt->trigname, true);
  if (!OidIsValid(replaced)) return;
  Array<Oid> going;
  going.Add(replaced);
  if (view->relkind != RELKIND_VIEW)
    return AddLostFills(a, a.Look(view->oid, true), going, ShareRowExclusiveLock, reinterpret_cast<const Node *>(stmt));
  const int16 before = WritesOfView(view->oid, ForeignTables::are_written).All();
  const int16 after = WritesOfView(view->oid, ForeignTables::are_written, going).All();
  const int16 given = stmt->timing == TRIGGER_TYPE_INSTEAD ? stmt->events : 0;
  AddLostWrites(a, view, before & ~after & ~given, ShareRowExclusiveLock, "nothing else carries out", "on it");
}

/* False: nobody has seen it yet. */
bool AddDropped(Analysis &a, const Target *table, Oid trigger, const char *name) {
  const bool fresh = CreatedInTransaction(TriggerRelationId, trigger, 0);
  a.Add({.why = fresh ? Why::lock_only : Why::drop_trigger,
         .target = a.Look(table->oid, true),
         .lock = AccessExclusiveLock,
         .column = name});
  return !fresh;
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
    AddFaults(a, table, stmt->trigname, TypeOf(stmt), stmt->whenClause == nullptr, {a, source}, ShareRowExclusiveLock);
  if (stmt->replace) AddLostByReplacement(a, table, stmt);
}

/*
 * A trigger that fires from now on does to the writes what a new one would.  Whether one that this transaction
 * has changed fired before is not known: many are disabled for a while and enabled again.  So are ALL of a table,
 * which is how dumps of data are loaded: to stop halfway would leave its foreign keys off.
 */
void AnalyzeEnableTrigger(Analysis &a, const Target *table, const AlterTableCmd *cmd, LOCKMODE lock, LOCKMODE below) {
  if (!OidIsValid(table->oid) || cmd->subtype == AT_EnableTrigAll) return;
  struct Enabled {
    const char *name;
    int16 type;
    Oid function;
    bool always;
  };
  Array<Enabled> enabled;
  Relation catalog = table_open(TriggerRelationId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_trigger_tgrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(table->oid));
  SysScanDesc scan = systable_beginscan(catalog, TriggerRelidNameIndexId, true, nullptr, 1, &key);
  while (HeapTuple tuple = systable_getnext(scan)) {
    auto form = reinterpret_cast<Form_pg_trigger>(GETSTRUCT(tuple));
    if (form->tgisinternal || (cmd->name != nullptr && !Equal(NameStr(form->tgname), cmd->name))) continue;
    if (form->tgenabled != TRIGGER_DISABLED && form->tgenabled != TRIGGER_FIRES_ON_REPLICA) continue;
    if (TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetXmin(tuple->t_data))) continue;
    bool no_condition;
    heap_getattr(tuple, Anum_pg_trigger_tgqual, RelationGetDescr(catalog), &no_condition);
    enabled.Add({pstrdup(NameStr(form->tgname)), form->tgtype, form->tgfoid, no_condition});
  }
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  for (const Enabled &each : enabled)
    if (const char *source = SourceOf(a, each.function))
      AddFaults(a, table, each.name, each.type, each.always, {a, source}, lock, below);
}

namespace {

struct UsingTrigger {
  Oid oid = InvalidOid; /* invalid: it is gone, or one of a partition, whose parent has it too */
  Oid table;
  int16 type;
  bool enabled;
  bool always;
  const char *name;
};

UsingTrigger ReadTrigger(Relation catalog, Oid trigger) {
  UsingTrigger found;
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_trigger_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(trigger));
  SysScanDesc scan = systable_beginscan(catalog, TriggerOidIndexId, true, nullptr, 1, &key);
  HeapTuple tuple = systable_getnext(scan);
  if (HeapTupleIsValid(tuple)) {
    auto form = reinterpret_cast<Form_pg_trigger>(GETSTRUCT(tuple));
    bool no_condition;
    heap_getattr(tuple, Anum_pg_trigger_tgqual, RelationGetDescr(catalog), &no_condition);
    found = {form->oid,    form->tgrelid,
             form->tgtype, form->tgenabled != TRIGGER_DISABLED,
             no_condition, pstrdup(NameStr(form->tgname))};
  }
  systable_endscan(scan);
  if (OidIsValid(found.oid) && get_rel_relispartition(found.table)) found.oid = InvalidOid;
  return found;
}

}  // namespace

/* Some functions are for every table of a database. */
void AnalyzeTriggerFunction(Analysis &a, Oid function, const char *source) {
  if (source == nullptr || get_func_rettype(function) != TRIGGEROID) return;
  Array<Oid> triggers;
  ForEachDependent(ProcedureRelationId, function, -1, [&](Form_pg_depend depend) {
    if (depend->classid == TriggerRelationId) triggers.Add(depend->objid);
  });
  if (triggers.Empty()) return;
  const char *old_source = SourceInPlpgsql(function);
  if (old_source == nullptr) old_source = "";
  const TriggerFunction before(a, old_source), after(a, source);
  const Assigned assigned_before = AssignedColumns(old_source), assigned_after = AssignedColumns(source);
  Relation catalog = table_open(TriggerRelationId, AccessShareLock);
  for (Oid oid : triggers) {
    const UsingTrigger trigger = ReadTrigger(catalog, oid);
    /* What is wrong already is no fault of the new body. */
    if (!OidIsValid(trigger.oid) || !before.IsSane(a, trigger.table, trigger.type)) continue;
    if (trigger.enabled && !after.IsSane(a, trigger.table, trigger.type))
      if (const Target *table = a.Look(trigger.table, true))
        AddFaults(a, table, trigger.name, trigger.type, trigger.always, after, NoLock);
    AddLostFills(a, trigger.table, oid, function, assigned_before, assigned_after);
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
  if (!AddDropped(a, table, trigger, name)) return;
  Array<Oid> going;
  going.Add(trigger);
  AddLostWriters(a, table, going);
  AddLostFills(a, a.Look(table->oid, true), going, AccessExclusiveLock);
}

void AnalyzeRenameTrigger(Analysis &a, const Target *table, Oid trigger, const char *name) {
  AddDropped(a, table, trigger, name);
}

void AnalyzeEventTrigger(Analysis &a, const char *name) {
  if (!superuser()) return; /* PostgreSQL refuses it */
  a.Add({.why = Why::create_event_trigger, .target = a.LookObject(EventTriggerRelationId, InvalidOid, nullptr, name)});
}

}  // namespace ddlguard
