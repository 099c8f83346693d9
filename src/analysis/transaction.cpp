/*
 * What only the transaction as a whole makes dangerous: a lock on a live relation is kept to its end, so
 * whatever takes long from then on blocks others, and whatever was locked before can meet what others lock.
 *
 * Called after the family has added its effects; reads them, the ledger, and (outside of a script) which
 * locks this session holds.
 */
#include "analysis/analysis.h"

#include <algorithm>

#include "pg/activity.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

bool LocksLive(const Effect &effect) {
  return effect.lock >= ShareLock && effect.target->IsRelation() && effect.target->Live();
}

/* One lock for each partition and each of its indexes, all in a table of fixed size. */
void AddFanout(Analysis &a) {
  const int limit = max_locks_per_xact * (MaxBackends + max_prepared_xacts) / 4;
  for (const Effect &effect : a.effects) {
    if (effect.lock < ShareUpdateExclusiveLock || effect.target->descendants.count < limit) continue;
    a.Add({.why = Why::partition_fanout,
           .target = effect.target,
           .lock = effect.lock,
           .fact = Format("the statement locks {} partitions, and the lock table has room for {} locks in all",
                          effect.target->descendants.count, limit * 4)});
    return;
  }
}

/* The relations that the transaction has locked, with those of this statement.  What the first statement
 * alone locks is AddFanout's. */
void AddLockTable(Analysis &a) {
  const int before = a.ledger.locked.Count();
  if (before == 0 || a.effects.Empty()) return;
  const Target *first = nullptr;
  Array<Oid> more; /* a partition may be there twice; then it counts twice */
  for (const Effect &effect : a.effects) {
    if (effect.lock == NoLock || !effect.target->IsRelation() || !OidIsValid(effect.target->oid)) continue;
    if (first == nullptr) first = effect.target;
    if (a.ledger.HasLocked(effect.target->oid) || more.Contains(effect.target->oid)) continue;
    more.Add(effect.target->oid);
    for (Oid child : effect.target->descendants)
      if (!a.ledger.HasLocked(child)) more.Add(child);
  }
  if (first == nullptr || more.Empty()) return;
  a.Add({.why = Why::too_many_locks_in_transaction,
         .target = first,
         .measured = {.amount = static_cast<double>(before + more.count)}});
}

/* Phase 3 of ALTER TABLE: one pass over the table serves all subcommands of a statement. */
bool IsTablePass(const Effect &effect) {
  if (effect.work != Work::scan && effect.work != Work::rewrite) return false;
  return effect.why != Why::add_fk_validates && effect.why != Why::add_column_fk_with_default;
}

/* VALIDATE is a statement of its own for a reason. */
bool Validates(const AlterTableStmt *stmt) {
  for (const AlterTableCmd *cmd : Each<AlterTableCmd>(stmt->cmds))
    if (cmd->subtype == AT_ValidateConstraint) return true;
  return false;
}

void AddMergeable(Analysis &a, const Node *statement) {
  if (a.ledger.passes.Empty() || !IsA(statement, AlterTableStmt)) return;
  if (Validates(reinterpret_cast<const AlterTableStmt *>(statement))) return;
  for (const Effect &effect : a.effects) {
    if (!IsTablePass(effect) || !LocksLive(effect) || !a.ledger.HasPassedOver(effect.target->oid)) continue;
    a.Add({.why = Why::mergeable_alter_tables, .target = effect.target, .lock = effect.lock, .node = statement});
    return;
  }
}

/* The strongest lock on the relation, short of this mode, that makes others wait for this transaction: by
 * rows that it has locked, or because it stops writers.  NoLock: none, or it holds this mode already. */
LOCKMODE HeldBelow(const Ledger &ledger, Oid relation, LOCKMODE mode) {
  LOCKMODE below = NoLock;
  for (const HeldLock &held : ledger.Held()) {
    if (held.relation != relation) continue;
    if (held.mode >= mode) return NoLock;
    below = std::max(below, held.mode);
  }
  if (ledger.script) {
    for (const HeldLock &held : ledger.written)
      if (held.relation == relation) below = std::max(below, held.mode);
    return below;
  }
  for (LOCKMODE each : {RowShareLock, RowExclusiveLock})
    if (CheckRelationOidLockedByMe(relation, each, false)) below = std::max(below, each);
  return below != NoLock && CheckRelationOidLockedByMe(relation, mode, true) ? NoLock : below;
}

void AddLockUpgrade(Analysis &a) {
  const Effect *last = nullptr; /* most effects of a statement are on the same relation */
  for (const Effect &effect : a.effects) {
    if (last != nullptr && last->target == effect.target && last->lock == effect.lock) continue;
    last = &effect;
    if (effect.lock < ShareLock || !effect.target->IsRelation() || !effect.target->Shared()) continue;
    const LOCKMODE below = HeldBelow(a.ledger, effect.target->oid, effect.lock);
    if (below == NoLock || !effect.target->Live()) continue;
    a.Add({.why = Why::lock_upgrade_deadlock_risk,
           .target = effect.target,
           .lock = effect.lock,
           .fact = Format("this transaction holds {} on it", LockModeName(below))});
    return;
  }
}

/* A script has an age, too: at least one statement came before. */
double AgeOf(const Ledger &ledger) {
  if (!ledger.in_block) return 0;
  return ledger.script ? 0.001 : TransactionAge();
}

void AddTransactionState(Analysis &a) {
  if (!a.ledger.in_block) return;
  for (const Effect &effect : a.effects) {
    if (!LocksLive(effect)) continue;
    a.Add({.why = Why::long_transaction_before_ddl,
           .target = effect.target,
           .lock = effect.lock,
           .on_fresh = true,
           .measured = {.amount = AgeOf(a.ledger)}});
    if (a.ledger.depth > 0 && a.Wants(Why::subtransactions_in_migration))
      a.Add({.why = Why::subtransactions_in_migration, .target = effect.target, .lock = effect.lock});
    return;
  }
}

/* Work that goes on while others wait for a lock that this transaction took before. */
void AddWorkUnderLocks(Analysis &a) {
  const HeldLock held = *a.ledger.StrongestHeld();
  const Target *blocked = a.Look(held.relation);
  if (blocked == nullptr) return;

  bool second_table = false, second_referenced = false;
  for (const Effect &effect : a.effects) {
    if (effect.lock == AccessExclusiveLock && LocksLive(effect) && effect.target->oid != held.relation &&
        held.mode == AccessExclusiveLock)
      second_table = true;
    if (effect.why == Why::fk_locks_referenced_table && effect.target->Live())
      for (const HeldLock &other : a.ledger.Held())
        second_referenced =
            second_referenced || (other.mode == ShareRowExclusiveLock && other.relation != effect.target->oid);
    if (effect.work == Work::none || effect.Extent().blocks == 0) continue;
    const bool build = effect.work == Work::index_build;
    const bool blocks_by_itself = effect.lock >= ShareLock && effect.target->Live();
    if (blocks_by_itself && (!build || held.mode < ShareRowExclusiveLock)) continue;
    a.Add({.why = build ? Why::index_build_holding_exclusive : Why::validate_while_holding_locks,
           .target = effect.target->Shared() ? effect.target : blocked,
           .lock = std::max(held.mode, effect.lock),
           .work = effect.work,
           .size = effect.Extent(),
           .column = effect.column,
           .other = blocked,
           .on_fresh = true});
  }
  if (second_referenced) a.Add({.why = Why::multiple_fks_one_transaction, .target = blocked, .lock = held.mode});
  if (second_table) a.Add({.why = Why::multiple_tables_access_exclusive, .target = blocked, .lock = held.mode});
}

}  // namespace

void AnalyzeTransaction(Analysis &a, const Node *statement) {
  AddFanout(a);
  if (a.first) return;
  AddLockTable(a);
  AddMergeable(a, statement);
  AddLockUpgrade(a);
  AddTransactionState(a);
  if (!a.ledger.Held().Empty()) AddWorkUnderLocks(a);
}

void AnalyzeBegin(Analysis &a, const TransactionStmt *stmt) {
  if (stmt->kind != TRANS_STMT_BEGIN && stmt->kind != TRANS_STMT_START) return;
  if (!a.ledger.in_block || !a.Wants(Why::transaction_nesting)) return;
  a.Add({.why = Why::transaction_nesting,
         .target = a.LookObject(DatabaseRelationId, MyDatabaseId, nullptr, get_database_name(MyDatabaseId)),
         .node = reinterpret_cast<const Node *>(stmt)});
}

/* Each pass over a live table that an ALTER TABLE makes; a later one could have been the same. */
void RecordPasses(const Analysis &a, const Node *statement, Ledger &ledger) {
  if (!IsA(statement, AlterTableStmt)) return;
  if (Validates(reinterpret_cast<const AlterTableStmt *>(statement))) return;
  for (const Effect &effect : a.effects)
    if (IsTablePass(effect) && LocksLive(effect)) ledger.PassOver(effect.target->oid);
}

}  // namespace ddlguard
