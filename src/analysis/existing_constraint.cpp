/*
 * Constraints that a table has already: VALIDATE CONSTRAINT and ALTER CONSTRAINT.
 *
 * VALIDATE reads the rows of every relation of the tree whose part of the constraint is not valid
 * yet.  ALTER CONSTRAINT changes catalog rows and triggers, except where it makes PostgreSQL believe a
 * constraint: ENFORCED (foreign keys from 18 on, CHECK from 19 on) and INHERIT (NOT NULL, from 18 on).
 */
#include "analysis/existing_constraint.h"

#include "analysis/proof.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

struct Existing {
  Oid oid = InvalidOid;
  char kind = '\0';
  bool validated = false;
  bool enforced = true;
  bool no_inherit = false;
  Oid referenced = InvalidOid;
  AttrNumber column = InvalidAttrNumber; /* its first one */
};

template <typename Wanted>
Existing Find(Oid relation, Wanted wanted) {
  Existing found;
  ForEachConstraint(relation, [&](Form_pg_constraint form, HeapTuple tuple) {
    if (OidIsValid(found.oid) || !wanted(form)) return;
    found.oid = form->oid;
    found.kind = form->contype;
    found.validated = form->convalidated;
    found.enforced = IsEnforced(form);
    found.no_inherit = form->connoinherit;
    found.referenced = form->confrelid;
    AttrNumber columns[INDEX_MAX_KEYS * 4];
    if (ConstraintColumns(tuple, Anum_pg_constraint_conkey, columns, lengthof(columns)) > 0) found.column = columns[0];
  });
  return found;
}

Existing FindByName(Oid relation, const char *name) {
  return Find(relation, [&](Form_pg_constraint form) { return Equal(NameStr(form->conname), name); });
}

/* The rows that are read before the constraint is believed: of the table, and of each descendant whose own
 * row of the constraint is not valid (wanted tells which row that is). */
template <typename Wanted>
Size UnvalidatedSize(Analysis &a, const Target *table, Wanted wanted) {
  Size size = table->Own();
  for (Oid child : table->descendants) {
    const Target *each = a.Look(child);
    if (each == nullptr || each->Own().blocks == 0) continue;
    const Existing mine = Find(child, [&](Form_pg_constraint form) { return wanted(child, form); });
    if (OidIsValid(mine.oid) && !mine.validated) size += each->Own();
  }
  return size;
}

/* A foreign key of a partitioned table has a row for each partition, below the row of its parent. */
Size UnvalidatedKeySize(Analysis &a, const Target *table, const Existing &key) {
  Array<Oid> parents;
  parents.Add(key.oid);
  return UnvalidatedSize(a, table, [&](Oid, Form_pg_constraint form) {
    if (!parents.Contains(form->conparentid)) return false;
    parents.Add(form->oid);
    return form->confrelid == key.referenced;
  });
}

Size SizeToValidate(Analysis &a, const Target *table, const Existing &constraint, const char *name) {
  if (constraint.no_inherit) return table->Own();
  switch (constraint.kind) {
    case CONSTRAINT_FOREIGN:
      return UnvalidatedKeySize(a, table, constraint);
    case CONSTRAINT_CHECK:
      return UnvalidatedSize(a, table, [&](Oid, Form_pg_constraint form) {
        return form->contype == CONSTRAINT_CHECK && Equal(NameStr(form->conname), name);
      });
    default: { /* NOT NULL: by the column, since each table has a name of its own for it */
      const char *column = ColumnName(table->oid, constraint.column);
      Size size = table->Own();
      for (Oid child : table->descendants) {
        const Target *each = a.Look(child);
        if (each != nullptr && !HasValidNotNull(child, get_attnum(child, column))) size += each->Own();
      }
      return size;
    }
  }
}

/* The lock on the relation that the transaction has already, when it is stronger. */
LOCKMODE HeldLockOr(const Ledger &ledger, Oid relation, LOCKMODE lock) {
  for (const HeldLock &held : ledger.Held())
    if (held.relation == relation && held.mode > lock) lock = held.mode;
  return lock;
}

void AddLockOnly(Analysis &a, const Target *table, const char *name, LOCKMODE lock) {
  a.Add({.why = Why::lock_only, .target = table, .lock = lock, .column = name});
}

}  // namespace

void AnalyzeValidateConstraint(Analysis &a, const Target *table, const AlterTableStmt *stmt, const char *name,
                               LOCKMODE lock) {
  const Existing constraint = FindByName(table->oid, name);
  bool found = OidIsValid(constraint.oid), validated = constraint.validated;
  bool foreign = constraint.kind == CONSTRAINT_FOREIGN;
  if (found && !constraint.enforced) return; /* PostgreSQL refuses it */
  Size size = found ? SizeToValidate(a, table, constraint, name) : table->Tree();
  for (const ScriptConstraint &made : a.ledger.constraints)
    if (made.relation == table->oid && Equal(made.name, name)) found = true, validated = made.validated;
  for (const AlterTableCmd *each : Each<AlterTableCmd>(stmt->cmds)) {
    if (each->subtype != AT_AddConstraint) continue;
    auto *added = reinterpret_cast<const Constraint *>(each->def);
    if (Equal(added->conname, name)) found = true, foreign = added->contype == CONSTR_FOREIGN;
  }
  if (!found || validated) return AddLockOnly(a, table, name, lock);
  if (foreign && !OidIsValid(constraint.oid) && !table->IsPartitioned()) size = table->Own();
  const LOCKMODE held = HeldLockOr(a.ledger, table->oid, lock);
  a.Add({.why = held >= ShareLock ? Why::not_valid_validate_same_tx : Why::lock_only,
         .target = table,
         .lock = held,
         .work = size.blocks > 0 ? Work::scan : Work::none,
         .size = size,
         .column = name,
         .below = foreign && !table->IsPartitioned() ? NoLock : Effect::kSameLock});
}

namespace {

struct Change {
  Analysis &a;
  const Target *table;
  const AlterTableCmd *cmd;
  const char *name;
  LOCKMODE lock;
  LOCKMODE below;

  void Add(Why why, GivenSize size = {}, const Target *other = nullptr, const char *fact = nullptr) const {
    a.Add({.why = why,
           .target = table,
           .lock = lock,
           .work = size.from == GivenSize::From::given && size.size.blocks > 0 ? Work::scan : Work::none,
           .size = size,
           .column = name,
           .other = other,
           .fact = fact,
           .node = reinterpret_cast<const Node *>(cmd),
           .below = below});
  }
};

#if PG_VERSION_NUM >= 180000

/* Triggers are made on the referenced table, or dropped from it. */
void Enforce(Change c, const Existing &constraint, bool enforced) {
  if (constraint.kind == CONSTRAINT_CHECK) c.below = Effect::kSameLock;
  if (constraint.kind != CONSTRAINT_FOREIGN && (PG_VERSION_NUM < 190000 || constraint.kind != CONSTRAINT_CHECK)) return;
  c.Add(Why::alter_constraint_lock);
  const Target *referenced = nullptr;
  if (OidIsValid(constraint.referenced) && constraint.enforced != enforced) {
    referenced = c.a.Look(constraint.referenced, true);
    if (referenced == nullptr) return;
    if (enforced)
      c.a.Add({.why = Why::fk_locks_referenced_table,
               .target = referenced,
               .lock = ShareRowExclusiveLock,
               .other = referenced,
               .below = referenced->IsPartitioned() ? Effect::kSameLock : NoLock});
    else
      c.a.Add({.why = Why::alter_constraint_lock,
               .target = referenced,
               .lock = AccessExclusiveLock,
               .column = c.name,
               .other = referenced,
               .below = referenced->IsPartitioned() ? Effect::kSameLock : NoLock});
  }
  if (!enforced) return c.Add(Why::not_enforced_constraint);
  if (constraint.enforced) return;
  const Size size = SizeToValidate(c.a, c.table, constraint, c.name);
  if (size.blocks == 0) return;
  c.Add(referenced != nullptr ? Why::add_fk_validates : Why::add_check_validates, size, referenced,
        "ENFORCED checks every row while nobody can read or write the table");
}

/* The children get the constraint, and their rows are read for it. */
void Inherit(const Change &c, const Existing &constraint) {
  c.Add(Why::alter_constraint_lock);
  if (constraint.kind != CONSTRAINT_NOTNULL || !constraint.no_inherit) return;
  const char *column = ColumnName(c.table->oid, constraint.column);
  Size size;
  for (Oid child : c.table->descendants) {
    const Target *each = c.a.Look(child);
    if (each != nullptr && !NotNullProven(c.a, child, column, nullptr)) size += each->Own();
  }
  if (size.blocks > 0) c.Add(Why::add_not_null_constraint_validates, size);
}

#endif

}  // namespace

void AnalyzeAlterConstraint(Analysis &a, const Target *table, const AlterTableCmd *cmd, LOCKMODE lock) {
  /* The constraints of partitions are parts of their parent's. */
  const LOCKMODE below = table->IsPartitioned() ? Effect::kSameLock : NoLock;
#if PG_VERSION_NUM >= 180000
  auto *stmt = reinterpret_cast<const ATAlterConstraint *>(cmd->def);
  Change change = {.a = a, .table = table, .cmd = cmd, .name = stmt->conname, .lock = lock, .below = below};
  const Existing constraint = FindByName(table->oid, stmt->conname);
  if (OidIsValid(constraint.oid) && stmt->alterEnforceability) return Enforce(change, constraint, stmt->is_enforced);
  if (stmt->alterInheritability) change.below = Effect::kSameLock;
  if (OidIsValid(constraint.oid) && stmt->alterInheritability && !stmt->noinherit) return Inherit(change, constraint);
#else
  auto *stmt = reinterpret_cast<const Constraint *>(cmd->def);
  Change change = {.a = a, .table = table, .cmd = cmd, .name = stmt->conname, .lock = lock, .below = below};
#endif
  change.Add(Why::alter_constraint_lock);
}

}  // namespace ddlguard
