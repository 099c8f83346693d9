/*
 * ALTER TYPE ... of enum values.  See enums.h.
 *
 * A new value is harmless: nobody can hold it yet.  Another label for an old value breaks the code that
 * sends or compares the old one.
 */
#include "analysis/enums.h"

#include "analysis/dependency.h"
#include "analysis/named_object.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

template <typename Visit>
void ForEachLabel(Oid type, Visit visit) {
  Relation catalog = table_open(EnumRelationId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_enum_enumtypid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(type));
  SysScanDesc scan = systable_beginscan(catalog, EnumTypIdLabelIndexId, true, nullptr, 1, &key);
  while (HeapTuple tuple = systable_getnext(scan))
    visit(static_cast<const char *>(NameStr(reinterpret_cast<Form_pg_enum>(GETSTRUCT(tuple))->enumlabel)));
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
}

}  // namespace

Array<const char *> LabelsOf(Oid type) {
  Array<const char *> labels;
  ForEachLabel(type, [&](const char *label) { labels.Add(pstrdup(label)); });
  return labels;
}

bool HasLabel(Oid type, const char *label) {
  return SearchSysCacheExists2(ENUMTYPOIDNAME, ObjectIdGetDatum(type), CStringGetDatum(label));
}

bool HasLabel(const List *labels, const char *label) {
  for (const String *each : Each<const String>(labels))
    if (Equal(strVal(each), label)) return true;
  return false;
}

Oid AlterableType(Analysis &a, const List *names) {
  NamedObject type = FindObject(a, OBJECT_TYPE, reinterpret_cast<const Node *>(names), NoLock);
  if (!type.Found() || IsNew(a, type.target) || !MayAlter(type)) return InvalidOid;
  return type.address.objectId;
}

const char *LabelMissing(Oid old_enum, Oid new_enum) {
  const char *missing = nullptr;
  ForEachLabel(old_enum, [&](const char *label) {
    if (missing == nullptr && !HasLabel(new_enum, label)) missing = pstrdup(label);
  });
  return missing;
}

static const ScriptEnum *EnumOfScript(const Analysis &a, const TypeName *type) {
  if (!a.ledger.script || type->names == NIL || type->arrayBounds != NIL) return nullptr;
  const RangeVar *name = makeRangeVarFromNameList(type->names);
  return a.ledger.FindEnum(SchemaOfNew(name), name->relname);
}

bool IsEnumOfScript(const Analysis &a, const TypeName *type) { return EnumOfScript(a, type) != nullptr; }

const char *LabelMissingInScript(const Analysis &a, Oid old_enum, const TypeName *new_enum) {
  const ScriptEnum *made = EnumOfScript(a, new_enum);
  if (made == nullptr) return nullptr;
  const char *missing = nullptr;
  ForEachLabel(old_enum, [&](const char *label) {
    if (missing == nullptr && !HasLabel(made->labels, label)) missing = pstrdup(label);
  });
  return missing;
}

namespace {

/* Did the last ANALYZE read every row that is there now? */
bool AnalyseSawAll(const Target *table) {
  if (table->Own().rows > 300.0 * Min(default_statistics_target, 100)) return false;
  PgStat_StatTabEntry *statistics = pgstat_fetch_stat_tabentry(table->oid);
  return statistics == nullptr || ModifiedSinceAnalyze(statistics) == 0;
}

/* May the column hold the label?  No, when ANALYZE saw every row and the label was not there. */
bool ColumnMayHold(const Target *table, AttrNumber attnum, Oid label) {
  if (!AnalyseSawAll(table)) return true;
  const Oid relation = table->oid;
  HeapTuple tuple =
      SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(relation), Int16GetDatum(attnum), BoolGetDatum(false));
  if (!HeapTupleIsValid(tuple)) return true;
  auto form = reinterpret_cast<Form_pg_statistic>(GETSTRUCT(tuple));
  const float nulls = form->stanullfrac;
  const float distinct = form->stadistinct;
  bool may_hold = nulls < 1;
  AttStatsSlot slot;
  if (may_hold &&
      get_attstatsslot(&slot, tuple, STATISTIC_KIND_MCV, InvalidOid, ATTSTATSSLOT_VALUES | ATTSTATSSLOT_NUMBERS)) {
    float covered = nulls;
    bool seen = false;
    for (int i = 0; i < slot.nvalues; ++i) seen |= DatumGetObjectId(slot.values[i]) == label;
    for (int i = 0; i < slot.nnumbers; ++i) covered += slot.numbers[i];
    bool complete = distinct > 0 && slot.nvalues >= static_cast<int>(distinct) && covered > 0.9999F;
    may_hold = seen || !complete;
    free_attstatsslot(&slot);
  }
  ReleaseSysCache(tuple);
  return may_hold;
}

}  // namespace

/* ADD VALUE is harmless: nobody can hold the new value yet. */
void AnalyzeAlterEnum(Analysis &a, const AlterEnumStmt *stmt) {
  if (stmt->oldVal == nullptr) return;
  Oid type = AlterableType(a, stmt->typeName);
  if (!OidIsValid(type)) return;
  HeapTuple tuple = SearchSysCache2(ENUMTYPOIDNAME, ObjectIdGetDatum(type), CStringGetDatum(stmt->oldVal));
  if (!HeapTupleIsValid(tuple)) return;
  Oid label = reinterpret_cast<Form_pg_enum>(GETSTRUCT(tuple))->oid;
  ReleaseSysCache(tuple);
  if (!a.ledger.script && SearchSysCacheExists2(ENUMTYPOIDNAME, ObjectIdGetDatum(type), CStringGetDatum(stmt->newVal)))
    return; /* PostgreSQL refuses it */
  for (const TypeUse &use : UsesOfType(type)) {
    char relkind = get_rel_relkind(use.relation);
    if (relkind != RELKIND_RELATION && relkind != RELKIND_MATVIEW && relkind != RELKIND_FOREIGN_TABLE) continue;
    const Target *table = a.Look(use.relation);
    if (table == nullptr || !table->Live()) continue;
    if (use.type == type && !ColumnMayHold(table, use.attnum, label)) continue;
    ObjectAddress address = {TypeRelationId, type, 0};
    a.Add({.why = Why::enum_rename_value,
           .target = TargetOf(a, address),
           .column = stmt->oldVal,
           .other = table,
           .fact = Format("{}.{} uses the type", table->name, ColumnName(use.relation, use.attnum)),
           .node = reinterpret_cast<const Node *>(stmt)});
    return;
  }
}

}  // namespace ddlguard
