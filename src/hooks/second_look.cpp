/*
 * See second_look.h.
 */
#include "hooks/second_look.h"

#include <algorithm>

#include "analysis/statement.h"
#include "observe/event.h"
#include "policy/verdict.h"
#include "runtime/wait.h"

namespace ddlguard {

namespace {

/*
 * Only relations in other sessions' reach, and only those that an analyser found an effect on: it has
 * checked the permission then.  Nobody may lock, through us, a table that PostgreSQL would not let
 * him lock.
 */
bool NeedsSecondLook(const Analysis &a, const ResolvedName &name) {
  if (name.lock == NoLock || !OidIsValid(name.oid)) return false;
  const Oid locked_first = OidIsValid(name.table) ? name.table : name.oid;
  for (const Effect &effect : a.effects)
    if (effect.target->IsRelation() && effect.target->oid == locked_first) return effect.target->Shared();
  return false;
}

SecondLook LockAhead(Oid relation, LOCKMODE lock) {
  if (CheckRelationOidLockedByMe(relation, lock, true)) return SecondLook::held;
  if (ConditionalLockRelationOid(relation, lock)) return SecondLook::locked;
  LockRelationOid(relation, lock);
  return SecondLook::waited;
}

SecondLook Look(Grant grant) {
  switch (grant) {
    case Grant::held:
      return SecondLook::held;
    case Grant::locked:
      return SecondLook::locked;
    case Grant::waited:
      break;
  }
  return SecondLook::waited;
}

bool Covers(const Array<WantedLock> &locked, Oid relation, LOCKMODE lock) {
  for (const WantedLock &each : locked)
    if (each.relation == relation) return each.mode >= lock;
  return false;
}

/* Statements whose names keep meaning the same relation while they run. */
bool KeepsNames(const Node *statement) {
  return IsA(statement, AlterTableStmt) || IsA(statement, IndexStmt) || IsA(statement, TruncateStmt);
}

struct Contended {
  const Analysis &a;
  const Source &source;
  const Approval *used;
};

/* What policy says of whoever is in the way, before he is waited for. */
void JudgeHolders(void *context, Oid relation, LOCKMODE mode) {
  auto *contended = static_cast<Contended *>(context);
  Analysis a(contended->a.sql, contended->a.ledger);
  const Target *target = a.Look(relation);
  if (target == nullptr) return;
  AnalyzeHolders(a, target, mode);
  Verdict verdict = Judge(a, &contended->source);
  Enforce(verdict, contended->source.Text(), contended->used);
}

}  // namespace

SecondLook LookAgain(const Analysis &a, const Node *statement, const Source &source, const Approval *used,
                     uint64 heard) {
  SecondLook result = SecondLook::held;
  Array<WantedLock> strong;
  if (a.waits_politely && TakesStrongLock(a, statement)) {
    strong = StrongLocks(a);
    Contended contended = {a, source, used};
    const Grant grant = LockPolitely(strong, !a.first, JudgeHolders, &contended);
    /* It takes its locks in transactions of its own, where none can be taken ahead: but now they can be had. */
    if (a.alone) GiveBack(strong);
    else result = Look(grant);
  }
  for (const ResolvedName &name : a.names) {
    if (!NeedsSecondLook(a, name)) continue;
    if (OidIsValid(name.table)) result = std::max(result, LockAhead(name.table, name.table_lock));
    const bool locked = !a.alone && Covers(strong, name.oid, name.lock);
    const SecondLook look = locked ? SecondLook::held : LockAhead(name.oid, name.lock);
    if (heard != SharedInvalidMessageCounter && RangeVarGetRelid(name.name, NoLock, true) != name.oid) {
      if (look != SecondLook::held) UnlockRelationOid(name.oid, name.lock);
      if (result >= SecondLook::locked && !a.alone) GiveBack(strong);
      return SecondLook::changed;
    }
    result = std::max(result, look);
  }
  return result;
}

void RefuseOtherNames(const Analysis &a, const Node *statement, const Source &source) {
  if (!KeepsNames(statement)) return;
  for (const ResolvedName &name : a.names) {
    if (name.lock == NoLock || RangeVarGetRelid(name.name, NoLock, true) == name.oid) continue;
    SetOccasion({CreateCommandTag(const_cast<Node *>(statement))});
    const char *what = Format("\"{}\" came to mean another relation while the statement ran",
                              static_cast<const char *>(name.name->relname));
    RefuseUndecided({what, what, nullptr, "Run the statement again."}, source.Text());
  }
}

}  // namespace ddlguard
