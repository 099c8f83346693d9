/*
 * ADD FOREIGN KEY: the locks on both tables, the rows that validation reads, and what joins by the key
 * would lack.
 */
#include "analysis/constraint.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

bool IsAmong(const List *names, const char *name) {
  for (const String *each : Each<const String>(names))
    if (Equal(strVal(each), name)) return true;
  return false;
}

/* An index that the script builds. */
bool LeadsScriptIndex(const Ledger &ledger, Oid relation, const List *names) {
  for (const ScriptIndex &index : ledger.indexes) {
    const IndexStmt *definition = index.definition;
    if (index.relation != relation || definition->whereClause != nullptr) continue;
    bool leads = list_length(definition->indexParams) >= list_length(names);
    for (int i = 0; leads && i < list_length(names); ++i) {
      auto *element = static_cast<const IndexElem *>(list_nth(definition->indexParams, i));
      leads = element->name != nullptr && IsAmong(names, element->name);
    }
    if (leads) return true;
  }
  return false;
}

bool LeadsIndex(const Ledger &ledger, Oid relation, const List *names) {
  if (LeadsScriptIndex(ledger, relation, names)) return true;
  Array<AttrNumber> wanted = ColumnNumbers(relation, names);
  Relation rel = OpenUnlocked(relation);
  if (rel == nullptr) return true;
  List *indexes = RelationGetIndexList(rel);
  CloseUnlocked(rel);
  ListCell *cell;
  foreach (cell, indexes) {
    if (ledger.Dropped(lfirst_oid(cell))) continue;
    HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(cell)));
    if (!HeapTupleIsValid(tuple)) continue;
    auto form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
    bool leads =
        form->indisvalid && form->indnkeyatts >= wanted.count && heap_attisnull(tuple, Anum_pg_index_indpred, nullptr);
    for (int i = 0; leads && i < wanted.count; ++i) leads = wanted.Contains(form->indkey.values[i]);
    ReleaseSysCache(tuple);
    if (leads) return true;
  }
  return false;
}

struct KeyColumn {
  Oid type = InvalidOid;
  Oid collation = InvalidOid;
};

/* Invalid when there is no such column. */
KeyColumn LookAtColumn(Oid relation, AttrNumber attnum) {
  KeyColumn column;
  if (attnum == InvalidAttrNumber) return column;
  int32 typmod;
  Oid type;
  get_atttypetypmodcoll(relation, attnum, &type, &typmod, &column.collation);
  column.type = getBaseType(type);
  return column;
}

/* The columns that a foreign key refers to: its own list, or the primary key. */
Array<AttrNumber> ReferencedColumns(Oid relation, const List *names) {
  if (names != NIL) return ColumnNumbers(relation, names);
  Array<AttrNumber> columns;
  Relation rel = OpenUnlocked(relation);
  if (rel == nullptr) return columns;
  RelationGetIndexList(rel);
  const Oid key = rel->rd_pkindex;
  CloseUnlocked(rel);
  HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(key));
  if (!HeapTupleIsValid(tuple)) return columns;
  auto form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
  for (int i = 0; i < form->indnkeyatts; ++i) columns.Add(form->indkey.values[i]);
  ReleaseSysCache(tuple);
  return columns;
}

/* Values of both types stand in one btree order: an index on either side serves both, without a cast. */
bool CompareDirectly(Oid left, Oid right) {
  if (left == right) return true;
  Oid left_class = GetDefaultOpClass(left, BTREE_AM_OID);
  Oid right_class = GetDefaultOpClass(right, BTREE_AM_OID);
  return OidIsValid(left_class) && OidIsValid(right_class) &&
         get_opclass_family(left_class) == get_opclass_family(right_class);
}

/* Joins and checks by unlike columns need casts; unlike or nondeterministic collations disagree. */
void CompareKeyColumns(const NewConstraint &n, const Target *referenced) {
  Array<AttrNumber> theirs = ReferencedColumns(referenced->oid, n.constraint->pk_attrs);
  if (list_length(n.constraint->fk_attrs) != theirs.count) return;
  bool unlike_types = false, unlike_collations = false;
  for (int i = 0; i < theirs.count; ++i) {
    KeyColumn mine = LookAtColumn(n.table->oid, get_attnum(n.table->oid, strVal(list_nth(n.constraint->fk_attrs, i))));
    KeyColumn other = LookAtColumn(referenced->oid, theirs[i]);
    if (!OidIsValid(mine.type) || !OidIsValid(other.type)) continue;
    unlike_types |= !CompareDirectly(mine.type, other.type);
    unlike_collations |= mine.collation != other.collation ||
                         (OidIsValid(mine.collation) && !get_collation_isdeterministic(mine.collation));
  }
  if (unlike_types) n.Brief(Why::fk_type_mismatch);
  if (unlike_collations) n.Brief(Why::fk_nondeterministic_collation);
}

bool ColumnsExist(const NewConstraint &n, const List *names) {
  for (Node *name : Each<Node>(names)) {
    if (get_attnum(n.table->oid, strVal(name)) != InvalidAttrNumber) continue;
    bool added = n.a.ledger.ColumnAdded(n.table->oid, strVal(name));
    for (const AlterTableCmd *cmd : Each<AlterTableCmd>(n.stmt->cmds))
      if (cmd->subtype == AT_AddColumn && Equal(reinterpret_cast<const ColumnDef *>(cmd->def)->colname, strVal(name)))
        added = true;
    if (!added) return false;
  }
  return true;
}

}  // namespace

/*
 * Both tables are locked SHARE ROW EXCLUSIVE; validation reads the referencing one.  When that one
 * is new, the work still keeps writers of the referenced table waiting.
 */
void AddForeignKey(const NewConstraint &n) {
  const Target *referenced = n.a.Resolve(n.constraint->pktable, NoLock);
  if (referenced == nullptr) return;
  if (OidIsValid(n.table->oid) && !ColumnsExist(n, n.constraint->fk_attrs)) return;
  if (OidIsValid(referenced->oid)) n.a.Look(referenced->oid, true);
  if (OidIsValid(referenced->oid) && OidIsValid(n.table->oid)) CompareKeyColumns(n, referenced);
  n.a.Add({.why = Why::fk_locks_referenced_table,
           .target = referenced,
           .lock = ShareRowExclusiveLock,
           .other = referenced,
           .node = reinterpret_cast<const Node *>(n.constraint),
           .below = referenced->IsPartitioned() ? Effect::kSameLock : NoLock});
  if (OidIsValid(n.table->oid) && !LeadsIndex(n.a.ledger, n.table->oid, n.constraint->fk_attrs))
    n.Brief(Why::fk_missing_index);
  if (!IsEnforced(n.constraint)) n.Brief(Why::not_enforced_constraint);
  if (n.constraint->skip_validation) return n.Brief(Why::lock_only);

  Effect effect = n.Base(Why::add_fk_validates);
  effect.other = referenced;
  effect.work = Work::scan;
  effect.size = n.table->Own();
  auto equal = [&](Oid relation) {
    return ConstraintOver(relation, n.constraint->fk_attrs, [&](Form_pg_constraint form) {
      return form->contype == CONSTRAINT_FOREIGN && form->confrelid == referenced->oid && form->convalidated;
    });
  };
  if (n.table->IsPartitioned()) /* an equal, validated one is adopted */
    effect.size = SizeWithout(n, [&](Oid relation) { return OidIsValid(equal(relation)); });
  const Oid existing = OidIsValid(n.table->oid) ? equal(n.table->oid) : InvalidOid;
  if (OidIsValid(existing) && !n.a.IsGone(ConstraintRelationId, existing))
    effect.fact = Format("{} references it already", get_constraint_name(existing));
  if (n.table->fresh) {
    if (n.table->Tree().blocks == 0) return;
    effect.target = referenced;
    effect.other = n.table;
    effect.lock = ShareRowExclusiveLock;
    effect.size = n.table->Tree();
  }
  if (effect.Extent().blocks == 0) return;
  n.a.Add(effect);
}

}  // namespace ddlguard
