/*
 * ADD CONSTRAINT and SET NOT NULL: which rows PostgreSQL reads to believe a new constraint, and
 * which index it builds.  Partitions that already carry an equal validated constraint are adopted
 * without work.  Foreign keys are in foreign_key.cpp.
 */
#include "analysis/constraint.h"

#include "analysis/add_column.h"
#include "analysis/analysis.h"
#include "analysis/known_values.h"
#include "analysis/proof.h"
#include "analysis/statement.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

Array<AttrNumber> ColumnNumbers(Oid relation, const List *names) {
  Array<AttrNumber> numbers;
  for (Node *name : Each<Node>(names)) numbers.Add(get_attnum(relation, strVal(name)));
  return numbers;
}

namespace {

bool HasConstraint(Oid relation, char type, const char *name) {
  bool found = false;
  ForEachConstraint(relation, [&](Form_pg_constraint form, HeapTuple) {
    if (form->contype == type && form->convalidated && Equal(NameStr(form->conname), name)) found = true;
  });
  return found;
}

/* The ledger of a script does not follow RENAME CONSTRAINT, which frees a name. */
bool ScriptRenamed(const Ledger &ledger, const char *constraint) {
  for (int i = 0; ledger.script && i < ledger.next; ++i) {
    auto *stmt =
        reinterpret_cast<const RenameStmt *>(static_cast<const RawStmt *>(list_nth(ledger.statements, i))->stmt);
    if (IsA(stmt, RenameStmt) && stmt->renameType == OBJECT_TABCONSTRAINT && Equal(stmt->subname, constraint))
      return true;
  }
  return false;
}

/*
 * PostgreSQL refuses a name that a constraint of the table has before it reads a row (an equal CHECK that was
 * inherited becomes the table's own, unread), and so a second primary key, and a key whose index would have the
 * name of another relation.  Scripts that may run twice catch that: EXCEPTION WHEN duplicate_object.
 */
bool IsTaken(const NewConstraint &n) {
  if (!OidIsValid(n.table->oid)) return false;
  const char *name = n.constraint->conname;
  if (name != nullptr) {
    const Oid namesake = get_relation_constraint_oid(n.table->oid, name, true);
    if (OidIsValid(namesake) && !n.a.IsGone(ConstraintRelationId, namesake) && !ScriptRenamed(n.a.ledger, name))
      return true;
  }
  const bool primary = n.constraint->contype == CONSTR_PRIMARY;
  if (n.constraint->indexname != nullptr ||
      !(primary || n.constraint->contype == CONSTR_UNIQUE || n.constraint->contype == CONSTR_EXCLUSION))
    return false;
  if (name != nullptr) {
    const NewName index = LookUpNewName(n.a, n.table->schema, n.table->namespace_oid, name);
    if (index.taken && !n.a.IsGone(RelationRelationId, index.oid)) return true;
  }
  Relation rel = primary ? OpenUnlocked(n.table->oid) : nullptr;
  if (rel == nullptr) return false;
  const Oid key = PrimaryKeyIndex(rel);
  CloseUnlocked(rel);
  return OidIsValid(key) && !n.a.IsGone(RelationRelationId, key) && !n.a.ledger.Dropped(key);
}

bool AddsColumns(const AlterTableStmt *stmt) {
  for (const AlterTableCmd *cmd : Each<AlterTableCmd>(stmt->cmds))
    if (cmd->subtype == AT_AddColumn) return true;
  return false;
}

/* Writers that leave the column out are refused from now on, unless they are already. */
void AddIfUnfilled(Analysis &a, const Target *table, const AlterTableStmt *stmt, const char *column, LOCKMODE lock) {
  HeapTuple tuple = SearchSysCacheAttName(table->oid, column);
  if (!HeapTupleIsValid(tuple)) return;
  auto attribute = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
  bool filled = attribute->atthasdef || attribute->attidentity != '\0';
  ReleaseSysCache(tuple);
  for (const AlterTableCmd *each : Each<AlterTableCmd>(stmt->cmds))
    if (each->subtype == AT_ColumnDefault && Equal(each->name, column)) filled = each->def != nullptr;
  if (filled || NotNullEnforced(a, table->oid, column, stmt)) return;
  a.Add({.why = Why::set_not_null_without_default, .target = table, .lock = lock, .column = column});
}

/* CHECK (column IS NOT NULL) requires the column as NOT NULL does, also while it is NOT VALID. */
void AddRequiredByCheck(const NewConstraint &n, const Node *raw) {
  if (raw == nullptr) return;
  if (IsA(raw, BoolExpr)) {
    auto *both = reinterpret_cast<const BoolExpr *>(raw);
    if (both->boolop == AND_EXPR)
      for (const Node *each : Each<Node>(both->args)) AddRequiredByCheck(n, each);
    return;
  }
  if (!IsA(raw, NullTest) || !IsA(reinterpret_cast<const NullTest *>(raw)->arg, ColumnRef)) return;
  auto *column = reinterpret_cast<const ColumnRef *>(reinterpret_cast<const NullTest *>(raw)->arg);
  auto *name = static_cast<Node *>(llast(column->fields));
  if (IsA(name, String) && SaysNotNull(raw, strVal(name))) AddIfUnfilled(n.a, n.table, n.stmt, strVal(name), n.lock);
}

bool IsFalse(const Node *condition) {
  if (!IsA(condition, Const)) return false;
  auto *constant = reinterpret_cast<const Const *>(condition);
  return constant->consttype == BOOLOID && !constant->constisnull && !DatumGetBool(constant->constvalue);
}

/* A child's constraint of the same name is merged (or, when it differs, refused by PostgreSQL). */
void AddCheck(const NewConstraint &n) {
  bool never = false; /* fulfilled */
  Node *condition = nullptr;
  if (OidIsValid(n.table->oid)) {
    Relation rel = OpenUnlocked(n.table->oid);
    if (rel == nullptr) return;
    if (!n.a.ledger.script || !CallsUnknownFunction(n.constraint->raw_expr))
      condition = AnalyseExpression(rel, n.constraint->raw_expr, EXPR_KIND_CHECK_CONSTRAINT);
    CloseUnlocked(rel);
    if (condition == nullptr && !n.a.ledger.script && !AddsColumns(n.stmt)) return; /* no such column */
    if (condition != nullptr && contain_mutable_functions(condition)) n.Brief(Why::volatile_check_constraint);
    never = condition != nullptr && IsFalse(condition);
    AddRequiredByCheck(n, n.constraint->raw_expr);
  }
  if (!IsEnforced(n.constraint)) n.Brief(Why::not_enforced_constraint);
  else if (never && !n.constraint->is_no_inherit) n.Brief(Why::check_refuses_writes);
  if (n.constraint->skip_validation) {
    n.Brief(Why::lock_only);
    Effect effect = n.Base(Why::check_refuses_rows);
    if (const double share = IsEnforced(n.constraint) ? RefusedShare(n.a, n.table->oid, condition) : 0; share > 0) {
      effect.fact = ShareOfRows(share);
      n.a.Add(effect);
    }
    return;
  }
  Effect effect = n.Base(Why::add_check_validates);
  effect.work = Work::scan;
  if (n.constraint->is_no_inherit || !n.table->recursed) {
    effect.size = n.table->Own();
  } else {
    effect.size = SizeWithout(n, [&](Oid relation) {
      return n.constraint->conname != nullptr && HasConstraint(relation, CONSTRAINT_CHECK, n.constraint->conname);
    });
  }
  if (effect.Extent().blocks == 0) effect.work = Work::none;
  n.a.Add(effect);
}

/* A primary key makes its columns NOT NULL, which reads every row where that is not proven. */
void AddKeyNotNull(const NewConstraint &n, const List *columns) {
  for (Node *name : Each<Node>(columns)) {
    if (get_attnum(n.table->oid, strVal(name)) == InvalidAttrNumber) continue;
    Effect effect = n.Base(Why::add_pk_nullable_scan);
    effect.column = strVal(name);
    effect.work = Work::scan;
    effect.size = UnprovenSize(n.a, n.table, strVal(name), n.stmt);
    effect.below = Effect::kSameLock;
    if (effect.Extent().blocks == 0) continue;
    n.a.Add(effect);
    AddIfUnfilled(n.a, n.table, n.stmt, strVal(name), n.lock);
  }
}

void UseIndex(const NewConstraint &n) {
  Oid index = get_relname_relid(n.constraint->indexname, n.table->namespace_oid);
  if (OidIsValid(index) && n.constraint->contype == CONSTR_PRIMARY) {
    HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
    if (HeapTupleIsValid(tuple)) {
      auto form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
      List *columns = NIL;
      /* Of another table: PostgreSQL refuses it. */
      for (int i = 0; form->indrelid == n.table->oid && i < form->indnkeyatts; ++i)
        if (const char *name = ColumnName(n.table->oid, form->indkey.values[i]))
          columns = lappend(columns, makeString(pstrdup(name)));
      ReleaseSysCache(tuple);
      AddKeyNotNull(n, columns);
    }
  }
  n.Brief(Why::lock_only);
}

/* A key over columns that the statement itself adds meets no duplicate of before. */
bool OfNewColumns(const NewConstraint &n) {
  if (n.constraint->keys == NIL) return true; /* written beside the new column */
  for (Node *name : Each<Node>(n.constraint->keys))
    if (get_attnum(n.table->oid, strVal(name)) == InvalidAttrNumber) return true;
  return false;
}

/* The script gave the partition the same key. */
bool HasScriptKey(const NewConstraint &n, Oid relation) {
  for (const ScriptIndex &index : n.a.ledger.indexes) {
    const IndexStmt *key = index.definition;
    if (index.relation != relation || !key->isconstraint) continue;
    if (key->primary != (n.constraint->contype == CONSTR_PRIMARY)) continue;
    bool same = list_length(key->indexParams) == list_length(n.constraint->keys);
    for (int i = 0; same && i < list_length(key->indexParams); ++i)
      same = Equal(static_cast<const IndexElem *>(list_nth(key->indexParams, i))->name,
                   strVal(list_nth(n.constraint->keys, i)));
    if (same) return true;
  }
  return false;
}

/* An index of the table that forbids what the new key would: its columns are among the new ones. */
Oid UniqueAlready(const NewConstraint &n) {
  Relation rel = OpenUnlocked(n.table->oid);
  if (rel == nullptr) return InvalidOid;
  const Array<AttrNumber> columns = ColumnNumbers(n.table->oid, n.constraint->keys);
  Oid found = InvalidOid;
  ListCell *cell;
  foreach (cell, RelationGetIndexList(rel)) {
    HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(cell)));
    if (!HeapTupleIsValid(tuple)) continue;
    auto form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
    bool within = form->indisunique && form->indisvalid && form->indimmediate &&
                  (form->indnullsnotdistinct || !n.constraint->nulls_not_distinct) &&
                  heap_attisnull(tuple, Anum_pg_index_indpred, nullptr);
    for (int i = 0; within && i < form->indnkeyatts; ++i)
      within = form->indkey.values[i] != 0 && columns.Contains(form->indkey.values[i]);
    ReleaseSysCache(tuple);
    if (within) found = lfirst_oid(cell);
  }
  CloseUnlocked(rel);
  return found;
}

void AddKey(const NewConstraint &n) {
  if (n.constraint->indexname != nullptr) return UseIndex(n);
  const bool primary = n.constraint->contype == CONSTR_PRIMARY;
  Effect effect = n.Base(primary ? Why::add_pk_builds_index : Why::add_unique_builds_index);
  effect.work = Work::index_build;
  effect.size = n.table->Own();
  if (n.table->IsPartitioned() && n.table->recursed) {
    effect.why = Why::unique_on_partitioned_build;
    effect.size = SizeWithout(n, [&](Oid relation) {
      if (HasScriptKey(n, relation)) return true;
      return OidIsValid(ConstraintOver(relation, n.constraint->keys, [&](Form_pg_constraint form) {
        return form->contype == (primary ? CONSTRAINT_PRIMARY : CONSTRAINT_UNIQUE);
      }));
    });
  }
  if (effect.Extent().blocks == 0) effect.work = Work::none;
  const Oid equal = OfNewColumns(n) ? InvalidOid : UniqueAlready(n);
  if (OidIsValid(equal) && !n.a.IsGone(RelationRelationId, equal))
    effect.fact = Format("{} is unique already", get_rel_name(equal));
  n.a.Add(effect);
  const bool alone = n.table->IsPartitioned() && !n.table->recursed; /* ONLY: enforces nothing yet */
  if (!alone && !OfNewColumns(n) && !OidIsValid(equal)) n.Brief(Why::add_unique_on_existing_data);
  if (primary) AddKeyNotNull(n, n.constraint->keys);
}

void AddExclusion(const NewConstraint &n) {
  Effect effect = n.Base(Why::add_exclusion_constraint);
  effect.work = Work::index_build;
  if (!n.table->IsPartitioned()) effect.size = n.table->Own();
  if (effect.Extent().blocks == 0) effect.work = Work::none;
  n.a.Add(effect);
  n.Brief(Why::add_unique_on_existing_data);
}

/* Is the column added earlier in this script, or by the statement itself, and has nothing said yet that it is not null?
 * PostgreSQL reads every row, whatever the default. */
bool AddedUnproven(const Analysis &a, Oid table, const char *column, const AlterTableStmt *stmt) {
  return a.ledger.ColumnAdded(table, column) ? !AddedColumnNotNullProven(a, table, column, stmt)
                                             : AddsNullableColumn(stmt, column);
}

/* From 18 on a constraint like others. */
void AddNotNull(const NewConstraint &n) {
  if (!OidIsValid(n.table->oid)) return;
  const char *column = strVal(linitial(n.constraint->keys));
  Effect effect = n.Base(Why::add_not_null_constraint_validates);
  effect.column = column;
  if (get_attnum(n.table->oid, column) == InvalidAttrNumber) {
    effect.work = Work::scan;
    if (!n.constraint->skip_validation && AddedUnproven(n.a, n.table->oid, column, n.stmt)) n.a.Add(effect);
    return;
  }
  effect.size = UnprovenSize(n.a, n.table, column, n.stmt);
  if (effect.Extent().blocks == 0) return n.Brief(Why::lock_only);
  if (n.constraint->skip_validation) {
    n.Brief(Why::lock_only);
  } else {
    effect.work = Work::scan;
    n.a.Add(effect);
  }
  AddIfUnfilled(n.a, n.table, n.stmt, column, n.lock);
}

}  // namespace

/* What inheritance children get no copy of stops at the table; an index of a partitioned table is built
 * on its partitions under the lock that building takes. */
LOCKMODE ConstraintLockBelow(const Target *table, const Constraint *constraint) {
  switch (constraint->contype) {
    case CONSTR_PRIMARY:
    case CONSTR_UNIQUE:
    case CONSTR_EXCLUSION:
      return table->IsPartitioned() && constraint->indexname == nullptr ? kPartitionKeyLock : NoLock;
    case CONSTR_FOREIGN:
      return table->IsPartitioned() ? Effect::kSameLock : NoLock;
    default:
      return constraint->is_no_inherit ? NoLock : Effect::kSameLock;
  }
}

void AnalyzeAddConstraint(Analysis &a, const Target *table, const AlterTableStmt *stmt, const Constraint *constraint,
                          LOCKMODE lock) {
  NewConstraint n = {.a = a,
                     .table = table,
                     .stmt = stmt,
                     .constraint = constraint,
                     .lock = lock,
                     .below = ConstraintLockBelow(table, constraint)};
  if (IsTaken(n)) return;
  switch (constraint->contype) {
    case CONSTR_CHECK:
      return AddCheck(n);
    case CONSTR_PRIMARY:
    case CONSTR_UNIQUE:
      return AddKey(n);
    case CONSTR_EXCLUSION:
      return AddExclusion(n);
    case CONSTR_FOREIGN:
      return AddForeignKey(n);
    case CONSTR_NOTNULL:
      return AddNotNull(n);
    case CONSTR_NULL:
    case CONSTR_DEFAULT:
    case CONSTR_IDENTITY:
    case CONSTR_GENERATED:
    case CONSTR_ATTR_DEFERRABLE:
    case CONSTR_ATTR_NOT_DEFERRABLE:
    case CONSTR_ATTR_DEFERRED:
    case CONSTR_ATTR_IMMEDIATE:
#if PG_VERSION_NUM >= 180000
    case CONSTR_ATTR_ENFORCED:
    case CONSTR_ATTR_NOT_ENFORCED:
#endif
      return;
  }
}

void AnalyzeSetNotNull(Analysis &a, const Target *table, const AlterTableStmt *stmt, const char *column,
                       LOCKMODE lock) {
  if (!OidIsValid(table->oid)) return;
  HeapTuple tuple = SearchSysCacheAttName(table->oid, column);
  if (!HeapTupleIsValid(tuple)) {
    if (AddedUnproven(a, table->oid, column, stmt))
      a.Add({.why = Why::set_not_null_scan, .target = table, .lock = lock, .work = Work::scan, .column = column});
    return;
  }
  const bool required = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple))->attnotnull;
  ReleaseSysCache(tuple);
  /* Partitions are left alone where their parent has it before anything is dropped. */
  if (!kNotNullIsConstraint && table->IsPartitioned() && required) return;
  Size size = UnprovenSize(a, table, column, stmt);
  if (size.blocks == 0) return;
  a.Add({.why = Why::set_not_null_scan,
         .target = table,
         .lock = lock,
         .work = Work::scan,
         .size = size,
         .column = column});
  AddIfUnfilled(a, table, stmt, column, lock);
}

}  // namespace ddlguard
