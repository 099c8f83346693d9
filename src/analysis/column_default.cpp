/*
 * ALTER COLUMN ... SET DEFAULT and DROP DEFAULT.
 *
 * Another default is harmless for what is stored.  It breaks writers when a required column has none any
 * more, also where a view's default has filled the column of its table, and when a unique column draws from a
 * sequence that is behind the one it drew from before.
 */
#include "analysis/mend.h"
#include "analysis/objects.h"
#include "analysis/proof.h"
#include "analysis/view_writes.h"
#include "pg/catalog.h"
#include "pg/expression.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

struct Column {
  AttrNumber attnum = InvalidAttrNumber; /* invalid: of the script */
  bool required = false;                 /* NOT NULL, with a default now */
  bool has_default = false;
};

Column ReadColumn(const Analysis &a, Oid table, const char *name) {
  Column column;
  HeapTuple tuple = SearchSysCacheAttName(table, name);
  if (HeapTupleIsValid(tuple)) {
    auto attribute = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
    column.attnum = attribute->attnum;
    column.has_default = attribute->atthasdef;
    column.required = attribute->attnotnull && attribute->atthasdef && attribute->attgenerated == '\0' &&
                      StaysNotNull(a, table, name);
    ReleaseSysCache(tuple);
    return column;
  }
  for (const ScriptColumn &added : a.ledger.columns)
    if (added.relation == table && Equal(added.column, name)) column.required = added.required;
  return column;
}

/* The sequence in nextval('name'), which a cast may wrap; invalid for everything else. */
Oid SequenceDrawnFrom(const Node *raw) {
  if (IsA(raw, TypeCast)) return SequenceDrawnFrom(reinterpret_cast<const TypeCast *>(raw)->arg);
  if (!IsA(raw, FuncCall)) return InvalidOid;
  auto *call = reinterpret_cast<const FuncCall *>(raw);
  if (!Equal(strVal(llast(call->funcname)), "nextval") || list_length(call->args) != 1) return InvalidOid;
  const RangeVar *name = NameInLiteral(static_cast<const Node *>(linitial(call->args)));
  return name == nullptr ? InvalidOid : RangeVarGetRelid(name, NoLock, true);
}

/* The sequence that the column's default draws from now. */
Oid SequenceNow(Oid table, AttrNumber attnum) {
  Oid sequence = InvalidOid;
  const Oid default_oid = GetAttrDefaultOid(table, attnum);
  if (!OidIsValid(default_oid)) return sequence;
  Relation catalog = table_open(DependRelationId, AccessShareLock);
  ScanKeyData key[2];
  ScanKeyInit(&key[0], Anum_pg_depend_classid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(AttrDefaultRelationId));
  ScanKeyInit(&key[1], Anum_pg_depend_objid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(default_oid));
  SysScanDesc scan = systable_beginscan(catalog, DependDependerIndexId, true, nullptr, 2, key);
  while (HeapTuple tuple = systable_getnext(scan)) {
    auto form = reinterpret_cast<Form_pg_depend>(GETSTRUCT(tuple));
    if (form->refclassid == RelationRelationId && get_rel_relkind(form->refobjid) == RELKIND_SEQUENCE)
      sequence = form->refobjid;
  }
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  return sequence;
}

/* Is the column alone the key of a unique index over all rows? */
bool IsUnique(Oid table, AttrNumber attnum) {
  Relation rel = OpenUnlocked(table);
  if (rel == nullptr) return false;
  List *indexes = RelationGetIndexList(rel);
  CloseUnlocked(rel);
  ListCell *cell;
  foreach (cell, indexes) {
    HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(cell)));
    if (!HeapTupleIsValid(tuple)) continue;
    auto form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
    const bool unique = form->indisunique && form->indisvalid && form->indnkeyatts == 1 &&
                        form->indkey.values[0] == attnum && heap_attisnull(tuple, Anum_pg_index_indpred, nullptr);
    ReleaseSysCache(tuple);
    if (unique) return true;
  }
  return false;
}

/* Will the new sequence give values that the old one gave already? */
bool FallsBehind(Oid new_sequence, Oid old_sequence) {
  HeapTuple tuple = SearchSysCache1(SEQRELID, ObjectIdGetDatum(new_sequence));
  if (!HeapTupleIsValid(tuple)) return false;
  auto form = reinterpret_cast<Form_pg_sequence>(GETSTRUCT(tuple));
  const int64 increment = form->seqincrement;
  int64 next = form->seqstart, last;
  ReleaseSysCache(tuple);
  if (SequenceLastValue(new_sequence, &next)) next += increment;
  return SequenceLastValue(old_sequence, &last) && (increment > 0 ? next <= last : next >= last);
}

}  // namespace

void AnalyzeColumnDefault(Analysis &a, const Target *table, const AlterTableCmd *cmd, LOCKMODE lock) {
  const Column column = ReadColumn(a, table->oid, cmd->name);
  Effect effect = {.target = table, .lock = lock, .column = cmd->name};
  if (a.Wants(Why::change_default) && (cmd->def != nullptr || column.has_default)) {
    effect.why = Why::change_default;
    a.Add(effect);
    effect.why = Why::lock_only;
  }
  if (IsNullLiteral(cmd->def)) {
    const bool required = column.required || (table->relkind == RELKIND_VIEW && column.has_default &&
                                              FillsRequiredColumn(table->oid, column.attnum));
    if (required) effect.why = Why::drop_default_on_not_null;
  } else if (column.attnum > 0) {
    const Oid drawn = SequenceDrawnFrom(cmd->def);
    const Oid now = OidIsValid(drawn) ? SequenceNow(table->oid, column.attnum) : InvalidOid;
    const Target *sequence = OidIsValid(now) && drawn != now ? a.Look(drawn) : nullptr;
    const bool known =
        sequence != nullptr && !a.ledger.ObjectAdded(SequenceRelationId, sequence->schema, sequence->name);
    if (known && IsUnique(table->oid, column.attnum) && FallsBehind(drawn, now)) {
      effect.why = Why::default_draws_used_values;
      effect.fact = Format("{} is behind {}", get_rel_name(drawn), get_rel_name(now));
    }
  }
  /* Tools that convert a column drop its default first, and set it again last. */
  if (effect.why == Why::drop_default_on_not_null &&
      (a.ledger.script || !CreatedInTransaction(AttrDefaultRelationId, table->oid, column.attnum)))
    AddMendable(a, effect, {.object = {RelationRelationId, table->oid, column.attnum}});
  else a.Add(effect);
}

}  // namespace ddlguard
