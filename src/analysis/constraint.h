/*
 * ADD CONSTRAINT, as its kinds share it: constraint.cpp has CHECK, keys and NOT NULL, foreign_key.cpp
 * has FOREIGN KEY.
 */
#pragma once

#include "analysis/analysis.h"
#include "pg/catalog.h"

namespace ddlguard {

struct NewConstraint {
  Analysis &a;
  const Target *table;
  const AlterTableStmt *stmt;
  const Constraint *constraint;
  LOCKMODE lock;
  LOCKMODE below; /* on partitions and children */

  Effect Base(Why why) const {
    Effect effect;
    effect.why = why;
    effect.target = table;
    effect.lock = lock;
    effect.column = constraint->conname;
    effect.node = reinterpret_cast<const Node *>(constraint);
    effect.below = below;
    return effect;
  }
  void Brief(Why why) const { a.Add(Base(why)); }
};

/* The sizes of the table and of its descendants, without descendants for which adopted() holds. */
template <typename Adopted>
Size SizeWithout(const NewConstraint &n, Adopted adopted) {
  Size size = n.table->Own();
  if (n.table->recursed)
    for (Oid child : n.table->descendants) {
      const Target *each = n.a.Look(child);
      if (each != nullptr && each->Own().blocks > 0 && !adopted(child)) size += each->Own();
    }
  return size;
}

/* The numbers of named columns, in that order; InvalidAttrNumber for one that is not there. */
Array<AttrNumber> ColumnNumbers(Oid relation, const List *names);

/* The relation's own constraint over just these columns, in this order, that also fits. */
template <typename Fits>
Oid ConstraintOver(Oid relation, const List *names, Fits fits) {
  Array<AttrNumber> wanted = ColumnNumbers(relation, names);
  Oid found = InvalidOid;
  ForEachConstraint(relation, [&](Form_pg_constraint form, HeapTuple tuple) {
    if (!fits(form)) return;
    AttrNumber columns[INDEX_MAX_KEYS];
    int count = ConstraintColumns(tuple, Anum_pg_constraint_conkey, columns, INDEX_MAX_KEYS);
    bool same = count == wanted.count;
    for (int i = 0; same && i < count; ++i) same = columns[i] == wanted[i];
    if (same) found = form->oid;
  });
  return found;
}

void AddForeignKey(const NewConstraint &n);

}  // namespace ddlguard
