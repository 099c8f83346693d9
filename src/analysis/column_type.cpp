/*
 * ALTER COLUMN ... TYPE: what it costs and what it breaks.
 *
 * The heap: the coercion is planned as ATPrepAlterColumnType plans it and walked as
 * ATColumnChangeRequiresRewrite walks it.  Indexes: kept only under the conditions of
 * CheckIndexCompatible.  CHECK constraints on the column are dropped and added again, which reads
 * every row; foreign keys are made again, which locks the other table and, after a rewrite, checks
 * every referencing row.  What the same statement drops is gone before.
 */
#include "analysis/analysis.h"

#include "analysis/enums.h"
#include "analysis/mend.h"
#include "analysis/proof.h"
#include "pg/catalog.h"
#include "pg/expression.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

struct TypeChange {
  Analysis &a;
  const Target *table;
  const ColumnDef *definition;
  const char *column;
  AttrNumber attnum;
  Oid old_type, new_type;
  int32 old_typmod, new_typmod;
  Oid old_collation, new_collation;
  LOCKMODE lock;

  void Add(Why why, Work work, Size size, const Target *other = nullptr) const {
    a.Add({.why = why,
           .target = table,
           .lock = lock,
           .work = work,
           .size = size,
           .column = column,
           .other = other,
           .node = reinterpret_cast<const Node *>(definition)});
  }
};

/* Walks down the casts that keep the bits; anything else computes new values. */
bool ChangesBits(Node *expr, AttrNumber attnum) {
  for (;;) {
    if (IsA(expr, Var)) return reinterpret_cast<Var *>(expr)->varattno != attnum;
    if (IsA(expr, RelabelType)) {
      expr = reinterpret_cast<Node *>(reinterpret_cast<RelabelType *>(expr)->arg);
    } else if (IsA(expr, CoerceToDomain)) {
      auto *domain = reinterpret_cast<CoerceToDomain *>(expr);
      if (DomainIsConstrained(domain->resulttype)) return true;
      expr = reinterpret_cast<Node *>(domain->arg);
    } else if (IsA(expr, FuncExpr)) {
      auto *call = reinterpret_cast<FuncExpr *>(expr);
      if (call->funcid != F_TIMESTAMPTZ_TIMESTAMP && call->funcid != F_TIMESTAMP_TIMESTAMPTZ) return true;
      if (TimestampTimestampTzRequiresRewrite()) return true;
      expr = static_cast<Node *>(linitial(call->args));
    } else {
      return true;
    }
  }
}

/* Does the change write every row anew?  Unknown columns (of the script) count as yes. */
bool RequiresRewrite(const TypeChange &change, Relation rel, bool *refused) {
  Node *expr;
  if (change.definition->raw_default != nullptr) {
    expr = AnalyseExpression(rel, change.definition->raw_default, EXPR_KIND_ALTER_COL_TRANSFORM);
    if (expr == nullptr) return true;
  } else {
    expr = reinterpret_cast<Node *>(
        makeVar(1, change.attnum, change.old_type, change.old_typmod, change.old_collation, 0));
  }
  ParseState *pstate = make_parsestate(nullptr);
  expr = coerce_to_target_type(pstate, expr, exprType(expr), change.new_type, change.new_typmod, COERCION_ASSIGNMENT,
                               COERCE_IMPLICIT_CAST, -1);
  *refused = expr == nullptr;
  if (expr == nullptr) return false;
  assign_expr_collations(pstate, expr);
  return ChangesBits(PlanExpression(change.table->oid, expr), change.attnum);
}

bool MentionsColumn(HeapTuple index, AttrNumber attribute, AttrNumber attnum) {
  bool isnull;
  Datum source = SysCacheGetAttr(INDEXRELID, index, attribute, &isnull);
  if (isnull) return false;
  Bitmapset *columns = nullptr;
  pull_varattnos(static_cast<Node *>(stringToNode(TextDatumGetCString(source))), 1, &columns);
  return bms_is_member(attnum - FirstLowInvalidHeapAttributeNumber, columns);
}

oidvector *OidVector(HeapTuple index, AttrNumber attribute) {
  bool isnull;
  return reinterpret_cast<oidvector *>(DatumGetPointer(SysCacheGetAttr(INDEXRELID, index, attribute, &isnull)));
}

/* The operator class that the index column gets when its definition is read again for the new type. */
Oid NewOperatorClass(Oid old_class, Oid access_method, Oid old_type, Oid new_type) {
  if (GetDefaultOpClass(old_type, access_method) != old_class) return old_class;
  return GetDefaultOpClass(new_type, access_method);
}

bool KeyStaysCompatible(const TypeChange &change, HeapTuple tuple, int key, Oid access_method) {
  Oid old_class = OidVector(tuple, Anum_pg_index_indclass)->values[key];
  if (NewOperatorClass(old_class, access_method, change.old_type, change.new_type) != old_class) return false;
  Oid collation = OidVector(tuple, Anum_pg_index_indcollation)->values[key];
  if (collation == change.old_collation && change.new_collation != change.old_collation) return false;
  return !IsPolymorphicType(get_opclass_input_type(old_class)) || change.old_type == change.new_type;
}

/* Must this index be built again although the heap stays? */
bool IndexIsRebuilt(const TypeChange &change, Oid index, AttrNumber attnum) {
  HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
  if (!HeapTupleIsValid(tuple)) return false;
  auto form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
  bool in_expression =
      MentionsColumn(tuple, Anum_pg_index_indexprs, attnum) || MentionsColumn(tuple, Anum_pg_index_indpred, attnum);
  bool depends = in_expression, rebuilt = in_expression;
  Oid access_method = AccessMethodOf(index);
  for (int i = 0; i < form->indnatts; ++i) {
    if (form->indkey.values[i] != attnum) continue;
    depends = true;
    if (i < form->indnkeyatts && !KeyStaysCompatible(change, tuple, i, access_method)) rebuilt = true;
  }
  const bool plain =
      heap_attisnull(tuple, Anum_pg_index_indexprs, nullptr) && heap_attisnull(tuple, Anum_pg_index_indpred, nullptr);
  if (depends && (!plain || !form->indisvalid)) rebuilt = true;
  ReleaseSysCache(tuple);
  return rebuilt;
}

bool IsChecked(const Analysis &a, Oid relation, AttrNumber attnum) {
  bool checked = false;
  ForEachConstraint(relation, [&](Form_pg_constraint form, HeapTuple tuple) {
    if (form->contype != CONSTRAINT_CHECK || !form->convalidated) return;
    if (a.IsGone(ConstraintRelationId, form->oid)) return;
    AttrNumber columns[INDEX_MAX_KEYS * 4];
    int count = ConstraintColumns(tuple, Anum_pg_constraint_conkey, columns, lengthof(columns));
    for (int i = 0; i < count; ++i) checked = checked || columns[i] == attnum;
  });
  return checked;
}

/* Work without a rewrite, over the table and everything below it. */
void AddDependentWork(const TypeChange &change) {
  Size rebuilt, checked;
  auto visit = [&](Oid relation, const Size &size) {
    if (size.blocks == 0) return;
    AttrNumber attnum = get_attnum(relation, change.column);
    if (IsChecked(change.a, relation, attnum)) checked += size;
    Relation rel = OpenUnlocked(relation);
    if (rel == nullptr) return;
    List *indexes = RelationGetIndexList(rel);
    CloseUnlocked(rel);
    ListCell *cell;
    bool rebuild = false;
    foreach (cell, indexes)
      rebuild = rebuild || (!change.a.IsGone(RelationRelationId, lfirst_oid(cell)) &&
                            IndexIsRebuilt(change, lfirst_oid(cell), attnum));
    if (rebuild) rebuilt += size;
  };
  visit(change.table->oid, change.table->Own());
  if (change.table->recursed)
    for (Oid child : change.table->descendants)
      if (const Target *each = change.a.Look(child)) visit(child, each->Own());
  if (rebuilt.blocks > 0) change.Add(Why::alter_column_type_index_rebuild, Work::index_build, rebuilt);
  if (checked.blocks > 0) change.Add(Why::alter_column_type_check_rescan, Work::scan, checked);
}

bool KeyUsesColumn(Oid constraint, AttrNumber attribute, AttrNumber attnum) {
  HeapTuple tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
  if (!HeapTupleIsValid(tuple)) return false;
  AttrNumber columns[INDEX_MAX_KEYS];
  int count = ConstraintColumns(tuple, attribute, columns, INDEX_MAX_KEYS);
  ReleaseSysCache(tuple);
  for (int i = 0; i < count; ++i)
    if (columns[i] == attnum) return true;
  return false;
}

/* Foreign keys on the column, either side: the other table is locked too, and after a rewrite every
 * referencing row is checked again. */
void AddForeignKeys(const TypeChange &change, bool rewrite) {
  auto lock_other = [&](Oid other_oid, bool other_references) {
    const Target *other = change.a.Look(other_oid, true);
    if (other == nullptr || other == change.table) return;
    change.a.Add({.why = Why::alter_column_type_fk_cascade_lock,
                  .target = other,
                  .lock = AccessExclusiveLock,
                  .column = change.column,
                  .other = other});
    if (rewrite && other_references)
      change.a.Add({.why = Why::add_fk_validates,
                    .target = other,
                    .lock = AccessExclusiveLock,
                    .work = Work::scan,
                    .size = other->Tree(),
                    .other = change.table});
  };
  ForEachConstraint(change.table->oid, [&](Form_pg_constraint form, HeapTuple) {
    if (change.a.IsGone(ConstraintRelationId, form->oid)) return;
    if (form->contype == CONSTRAINT_FOREIGN && KeyUsesColumn(form->oid, Anum_pg_constraint_conkey, change.attnum))
      lock_other(form->confrelid, false);
  });
  for (Oid key : ReferencingForeignKeys(change.table->oid)) {
    if (change.a.IsGone(ConstraintRelationId, key)) continue;
    HeapTuple tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(key));
    if (!HeapTupleIsValid(tuple)) continue;
    Oid referencing = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple))->conrelid;
    ReleaseSysCache(tuple);
    if (KeyUsesColumn(key, Anum_pg_constraint_confkey, change.attnum)) lock_other(referencing, true);
  }
}

char CategoryOf(Oid type) {
  char category;
  bool preferred;
  get_type_category_preferred(type, &category, &preferred);
  return category;
}

/* Fewer values fit: a shorter limit, a smaller integer, a lower precision. */
bool Narrows(const TypeChange &change) {
  Oid old_base = getBaseType(change.old_type), new_base = getBaseType(change.new_type);
  if (old_base == new_base) {
    if (change.new_typmod < 0) return false;
    return change.old_typmod < 0 || change.new_typmod < change.old_typmod;
  }
  char category = CategoryOf(old_base);
  if (category != CategoryOf(new_base)) return false;
  if (category == TYPCATEGORY_STRING)
    return change.new_typmod >= 0 && (change.old_typmod < 0 || change.new_typmod < change.old_typmod);
  if (category != TYPCATEGORY_NUMERIC) return false;
  int16 old_length = get_typlen(old_base), new_length = get_typlen(new_base);
  return old_length > 0 && new_length > 0 && new_length < old_length;
}

/* Without USING the session's time zone decides what the old values mean. */
bool GainsOrLosesZone(const TypeChange &change) {
  if (change.definition->raw_default != nullptr) return false;
  Oid old_base = getBaseType(change.old_type), new_base = getBaseType(change.new_type);
  return (old_base == TIMESTAMPOID && new_base == TIMESTAMPTZOID) ||
         (old_base == TIMESTAMPTZOID && new_base == TIMESTAMPOID);
}

/* Would running code be surprised by the new type: another kind of value, or operators that go?
 * Widening within strings, bit strings, network addresses, times and the number types whose casts
 * are implicit is what clients take without notice. */
bool SurprisesClients(const TypeChange &change) {
  Oid old_base = getBaseType(change.old_type), new_base = getBaseType(change.new_type);
  if (old_base == new_base) return false;
  Oid old_element = get_element_type(old_base), new_element = get_element_type(new_base);
  if (OidIsValid(old_element) && OidIsValid(new_element)) {
    old_base = old_element;
    new_base = new_element;
  }
  char category = CategoryOf(old_base);
  if (category != CategoryOf(new_base)) return true;
  switch (category) {
    case TYPCATEGORY_NUMERIC:
      /* oid and the reg types count as numbers, but have hardly an operator of them. */
      return CategoryOf(new_base) == TYPCATEGORY_NUMERIC &&
             !OidIsValid(OpernameGetOprid(list_make2(makeString(pstrdup("pg_catalog")), makeString(pstrdup("+"))),
                                          new_base, new_base));
    case TYPCATEGORY_STRING:
    case TYPCATEGORY_BITSTRING:
    case TYPCATEGORY_NETWORK:
    case TYPCATEGORY_DATETIME:
    case TYPCATEGORY_TIMESPAN:
      return false;
    case TYPCATEGORY_ENUM:
      return !TakesPlaceOf(new_base, old_base);
    default:
      return true;
  }
}

/* The new type is an enum too, but without a value that the old one has. */
void AddLostValue(const TypeChange &change) {
  Oid old_base = getBaseType(change.old_type);
  if (get_typtype(old_base) != TYPTYPE_ENUM) return;
  const char *lost;
  if (!OidIsValid(change.new_type)) {
    lost = LabelMissingInScript(change.a, old_base, change.definition->typeName);
  } else {
    Oid new_base = getBaseType(change.new_type);
    if (new_base == old_base || get_typtype(new_base) != TYPTYPE_ENUM) return;
    lost = LabelMissing(old_base, new_base);
  }
  if (lost == nullptr) return;
  change.a.Add({.why = Why::enum_drop_or_recreate,
                .target = change.table,
                .lock = change.lock,
                .column = change.column,
                .fact = Format("\"{}\"", lost),
                .node = reinterpret_cast<const Node *>(change.definition)});
}

/* Of its own rows, or of those of its children too. */
bool HasStatistics(Oid relation, AttrNumber attnum) {
  for (bool inherited : {false, true})
    if (SearchSysCacheExists3(STATRELATTINH, ObjectIdGetDatum(relation), Int16GetDatum(attnum),
                              BoolGetDatum(inherited)))
      return true;
  return false;
}

}  // namespace

void AnalyzeColumnType(Analysis &a, const Target *table, const AlterTableCmd *cmd, LOCKMODE lock) {
  auto *definition = reinterpret_cast<const ColumnDef *>(cmd->def);
  if (!OidIsValid(table->oid)) return;
  const bool stored = table->relkind == RELKIND_RELATION || table->relkind == RELKIND_PARTITIONED_TABLE;
  TypeChange change = {.a = a, .table = table, .definition = definition, .column = cmd->name, .lock = lock};

  HeapTuple tuple = SearchSysCacheAttName(table->oid, cmd->name);
  if (!HeapTupleIsValid(tuple)) {
    if (a.ledger.ColumnAdded(table->oid, cmd->name) && stored)
      change.Add(Why::alter_column_type_rewrite, Work::rewrite, table->Tree());
    return;
  }
  auto attribute = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
  change.attnum = attribute->attnum;
  change.old_type = attribute->atttypid;
  change.old_typmod = attribute->atttypmod;
  change.old_collation = attribute->attcollation;
  const bool computed = IsVirtual(attribute);
  const bool inherited = attribute->attinhcount > 0;
  ReleaseSysCache(tuple);
  if (inherited && !a.ledger.script) return; /* PostgreSQL refuses it; a script may have detached the table before */

  Type type = LookupTypeName(nullptr, definition->typeName, nullptr, true);
  if (type == nullptr) { /* the script makes it: then no cast keeps the bits */
    if (stored && a.ledger.script) change.Add(Why::alter_column_type_rewrite, Work::rewrite, table->Tree());
    if (IsEnumOfScript(a, definition->typeName)) change.Add(Why::type_change_breaks_clients, Work::none, table->Tree());
    AddLostValue(change);
    return;
  }
  ReleaseSysCache(type);
  typenameTypeIdAndMod(nullptr, definition->typeName, &change.new_type, &change.new_typmod);
  change.new_collation = GetColumnDefCollation(nullptr, const_cast<ColumnDef *>(definition), change.new_type);

  Relation rel = OpenUnlocked(table->oid);
  if (rel == nullptr) return;
  bool refused = false; /* no cast, and no USING */
  const bool rewrite = RequiresRewrite(change, rel, &refused) && stored && !computed;
  CloseUnlocked(rel);
  if (refused) return;

  if (rewrite) change.Add(Why::alter_column_type_rewrite, Work::rewrite, table->Tree());
  if (stored && !rewrite) AddDependentWork(change);
  AddForeignKeys(change, rewrite);
  if ((rewrite || computed || !stored) && Narrows(change)) change.Add(Why::type_narrowing, Work::none, table->Tree());
  if (SurprisesClients(change)) change.Add(Why::type_change_breaks_clients, Work::none, table->Tree());
  AddLostValue(change);
  if (GainsOrLosesZone(change)) change.Add(Why::alter_type_timezone_reinterpretation, Work::none, table->Tree());
  if (HasStatistics(table->oid, change.attnum))
    change.Add(Why::alter_column_type_drops_statistics, Work::none, table->Tree());
}

}  // namespace ddlguard
