/*
 * Foreign keys of partitions: which of them PostgreSQL adopts as the parent's.  See partition.h.
 */
#include "analysis/partition.h"

#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

Array<ForeignKey> ForeignKeysOf(Oid relation) {
  Array<ForeignKey> keys;
  ForEachConstraint(relation, [&](Form_pg_constraint form, HeapTuple tuple) {
    if (form->contype != CONSTRAINT_FOREIGN) return;
    ForeignKey key = {};
    key.oid = form->oid;
    key.parent = form->conparentid;
    key.referenced = form->confrelid;
    key.count = ConstraintColumns(tuple, Anum_pg_constraint_conkey, key.columns, INDEX_MAX_KEYS);
    ConstraintColumns(tuple, Anum_pg_constraint_confkey, key.referenced_columns, INDEX_MAX_KEYS);
    key.validated = form->convalidated;
    key.deferrable = form->condeferrable;
    key.deferred = form->condeferred;
    key.on_update = form->confupdtype;
    key.on_delete = form->confdeltype;
    key.match = form->confmatchtype;
    key.name = pstrdup(NameStr(form->conname));
    keys.Add(key);
  });
  return keys;
}

namespace {

/* Would the partition's foreign key be adopted as the parent's? */
bool Adoptable(Oid child, const ForeignKey &own, Oid parent, const ForeignKey &wanted) {
  if (OidIsValid(own.parent) || !own.validated || own.referenced != wanted.referenced) return false;
  if (own.count != wanted.count || own.deferrable != wanted.deferrable || own.deferred != wanted.deferred) return false;
  if (own.on_update != wanted.on_update || own.on_delete != wanted.on_delete || own.match != wanted.match) return false;
  for (int i = 0; i < own.count; ++i) {
    if (own.referenced_columns[i] != wanted.referenced_columns[i]) return false;
    if (!Equal(ColumnName(child, own.columns[i]), ColumnName(parent, wanted.columns[i]))) return false;
  }
  return true;
}

/* One that the script adds. */
ForeignKey KeyOfScript(Oid child, const ScriptConstraint &made) {
  const Constraint *definition = made.definition;
  ForeignKey key = {};
  key.referenced = RangeVarGetRelid(definition->pktable, NoLock, true);
  key.validated = made.validated;
  key.deferrable = definition->deferrable;
  key.deferred = definition->initdeferred;
  key.on_update = definition->fk_upd_action;
  key.on_delete = definition->fk_del_action;
  key.match = definition->fk_matchtype;
  for (Node *name : Each<Node>(definition->fk_attrs))
    if (key.count < INDEX_MAX_KEYS) key.columns[key.count++] = get_attnum(child, strVal(name));
  int i = 0;
  for (Node *name : Each<Node>(definition->pk_attrs))
    if (i < INDEX_MAX_KEYS) key.referenced_columns[i++] = get_attnum(key.referenced, strVal(name));
  if (i > 0 || !OidIsValid(key.referenced)) return key;
  /* Without columns it means the primary key. */
  Relation referenced = OpenUnlocked(key.referenced);
  if (referenced == nullptr) return key;
  RelationGetIndexList(referenced);
  HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(referenced->rd_pkindex));
  CloseUnlocked(referenced);
  if (!HeapTupleIsValid(tuple)) return key;
  auto form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
  for (; i < form->indnkeyatts; ++i) key.referenced_columns[i] = form->indkey.values[i];
  ReleaseSysCache(tuple);
  return key;
}

}  // namespace

bool HasForeignKey(const Analysis &a, Oid child, Oid parent, const ForeignKey &wanted) {
  for (const ForeignKey &own : ForeignKeysOf(child)) {
    ForeignKey now = own;
    for (const ScriptConstraint &made : a.ledger.constraints)
      if (made.relation == child && Equal(made.name, own.name)) now.validated = made.validated && !made.gone;
    if (Adoptable(child, now, parent, wanted)) return true;
  }
  for (const ScriptConstraint &made : a.ledger.constraints) {
    if (made.relation != child || made.gone || made.definition == nullptr) continue;
    if (made.definition->contype != CONSTR_FOREIGN) continue;
    if (Adoptable(child, KeyOfScript(child, made), parent, wanted)) return true;
  }
  return false;
}

bool IsLevelOf(const Array<ForeignKey> &keys, Oid parent) {
  for (const ForeignKey &key : keys)
    if (key.oid == parent) return true;
  return false;
}

/* Triggers are the cheap sign that there may be some. */
Array<Oid> KeysTo(Relation relation) {
  return relation->rd_rel->relhastriggers ? ReferencingForeignKeys(RelationGetRelid(relation)) : Array<Oid>();
}

}  // namespace ddlguard
