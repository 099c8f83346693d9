/*
 * See wait.h.
 */
#include "runtime/wait.h"

#include <algorithm>

#include "analysis/attempt.h"
#include "analysis/statement.h"
#include "observe/event.h"
#include "pg/text.h"
#include "policy/settings.h"
#include "runtime/blockers.h"

namespace ddlguard {

namespace {

/* Of a monotonic clock, in milliseconds. */
int64 Now() { return Nanoseconds() / 1000000; }

/* ---- which locks ------------------------------------------------------------------------------------- */

bool IsIndex(char relkind) { return relkind == RELKIND_INDEX || relkind == RELKIND_PARTITIONED_INDEX; }

int CompareWanted(const void *left, const void *right) {
  auto *a = static_cast<const WantedLock *>(left);
  auto *b = static_cast<const WantedLock *>(right);
  if (a->index != b->index) return a->index ? 1 : -1;
  if (a->relation != b->relation) return a->relation < b->relation ? -1 : 1;
  return b->mode - a->mode;
}

/*
 * The statement itself says that it does not wait; or it is a LOCK TABLE in a mode that lets readers go on:
 * with these applications take turns, and rely on the queue.
 */
bool WaitsInItsOwnWay(const Node *statement) {
  switch (nodeTag(statement)) {
    case T_LockStmt: {
      auto *stmt = reinterpret_cast<const LockStmt *>(statement);
      return stmt->nowait || stmt->mode != AccessExclusiveLock;
    }
    case T_AlterTableMoveAllStmt:
      return reinterpret_cast<const AlterTableMoveAllStmt *>(statement)->nowait;
    case T_VacuumStmt:
      return OptionIsOn(reinterpret_cast<const VacuumStmt *>(statement)->options, "skip_locked");
    default:
      return false;
  }
}

}  // namespace

bool IsStrongLock(const Effect &effect) {
  const Target &target = *effect.target;
  if (!target.IsRelation() || !OidIsValid(target.oid) || !target.Shared()) return false;
  return effect.lock >= (target.relkind == RELKIND_MATVIEW ? AccessExclusiveLock : ShareLock);
}

bool TakesStrongLock(const Analysis &a, const Node *statement) {
  for (const Effect &effect : a.effects)
    if (IsStrongLock(effect)) return !a.concurrently && !WaitsInItsOwnWay(statement);
  return false;
}

Array<WantedLock> StrongLocks(const Analysis &a) {
  Array<WantedLock> wanted;
  for (const Effect &effect : a.effects) {
    const Target &target = *effect.target;
    if (!IsStrongLock(effect)) continue;
    if (!wanted.Empty() && wanted.Last().relation == target.oid)
      wanted.Last().mode = Max(wanted.Last().mode, effect.lock);
    else wanted.Add({target.oid, effect.lock, IsIndex(target.relkind), false});
    if (effect.below < ShareLock) continue;
    for (Oid below : target.descendants) wanted.Add({below, effect.below, IsIndex(target.relkind), false});
  }
  if (wanted.count < 2) return wanted;
  /* The strongest of each comes first. */
  qsort(wanted.data, wanted.count, sizeof(WantedLock), CompareWanted);
  int kept = 1;
  for (int i = 1; i < wanted.count; ++i)
    if (wanted[i].relation != wanted[kept - 1].relation) wanted[kept++] = wanted[i];
  wanted.count = kept;
  return wanted;
}

bool WaitsPolitely(const Analysis &a, const Node *statement) {
  return LockWait() > 0 && CurrentMode() == Mode::enforce && !a.concurrently && !WaitsInItsOwnWay(statement);
}

/* ---- waiting ----------------------------------------------------------------------------------------- */

namespace {

/* The setting of that name, until the nest level of settings ends, or its transaction. */
void SetLockTimeout(int64 milliseconds) {
  set_config_option("lock_timeout", Format("{}", milliseconds), PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
                    false);
}

/* So much of it that this ends with the wait for the next lock. */
void BoundNextWait(int64 end) { LockTimeout = static_cast<int>(std::max<int64>(end - Now(), 1)); }

bool IsLockTimeout(int sqlstate) { return sqlstate == ERRCODE_LOCK_NOT_AVAILABLE; }

/* Takes what it can without waiting for anybody; all or none.  Null, or the first that cannot be had. */
const WantedLock *TryAll(const Array<WantedLock> &wanted) {
  for (const WantedLock &each : wanted) {
    if (each.held || ConditionalLockRelationOid(each.relation, each.mode)) continue;
    for (const WantedLock *taken = &each; taken-- != wanted.begin();)
      if (!taken->held) UnlockRelationOid(taken->relation, taken->mode);
    return &each;
  }
  return nullptr;
}

/*
 * Calls run(context) with lock_timeout set to milliseconds, in a subtransaction; false when that ended it, and
 * with it every lock that it had taken.
 */
bool WithLockTimeout(int64 milliseconds, void (*run)(void *), void *context) {
  if (milliseconds <= 0) return false;
  const int level = NewGUCNestLevel();
  SetLockTimeout(milliseconds);
  const bool done = Attempt(run, context, IsLockTimeout) == nullptr;
  AtEOXact_GUC(true, level);
  /* When both were due PostgreSQL names the one that was due first, and forgets the other. */
  if (!done && StatementTimeout > 0 && !get_timeout_active(STATEMENT_TIMEOUT) &&
      get_timeout_finish_time(STATEMENT_TIMEOUT) <= GetCurrentTimestamp())
    ereport(ERROR, (errcode(ERRCODE_QUERY_CANCELED), errmsg("canceling statement due to statement timeout")));
  return done;
}

struct Burst {
  const Array<WantedLock> &wanted;
  int64 end;
  const WantedLock *waiting_for; /* in the end: the one that could not be had */
};

void LockInQueue(void *context) {
  auto *burst = static_cast<Burst *>(context);
  for (const WantedLock &each : burst->wanted) {
    if (each.held) continue;
    burst->waiting_for = &each;
    if (ConditionalLockRelationOid(each.relation, each.mode)) continue;
    BoundNextWait(burst->end);
    LockRelationOid(each.relation, each.mode);
  }
}

/* In the queue, for this long at most. */
bool LockInBurst(const Array<WantedLock> &wanted, int64 milliseconds, const WantedLock **blocked) {
  Burst burst = {wanted, Now() + milliseconds, *blocked};
  const bool done = WithLockTimeout(milliseconds, LockInQueue, &burst);
  *blocked = burst.waiting_for;
  return done;
}

struct Generation {
  const VirtualTransactionId *transactions;
  int count;
  int64 end;
};

void WaitForEnds(void *context) {
  auto *generation = static_cast<Generation *>(context);
  for (int i = 0; i < generation->count; ++i) {
    BoundNextWait(generation->end);
    VirtualXactLock(generation->transactions[i], true);
  }
}

/*
 * Outside of the queue, until everybody has ended who holds now what is in our way.  false: milliseconds were
 * not enough.
 */
bool WaitForHolders(const WantedLock &blocked, int64 milliseconds) {
  LOCKTAG tag;
  SET_LOCKTAG_RELATION(tag, MyDatabaseId, blocked.relation);
  Generation generation = {nullptr, 0, Now() + milliseconds};
  generation.transactions = GetLockConflicts(&tag, blocked.mode, &generation.count);
  return WithLockTimeout(milliseconds, WaitForEnds, &generation);
}

void Pause(int64 milliseconds) {
  WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, static_cast<long>(milliseconds),
            PG_WAIT_EXTENSION);
  ResetLatch(MyLatch);
  CHECK_FOR_INTERRUPTS();
}

int64 Patience() {
  const int64 own = LockWait();
  return LockTimeout > 0 ? std::min<int64>(own, LockTimeout) : own;
}

[[noreturn]] void GiveUp(const WantedLock &blocked, int64 milliseconds, const HeldLock *holding) {
  const Blockers blockers = FindBlockers(blocked.relation, blocked.mode);
  const char *name = NameOfRelation(blocked.relation);
  const char *who = blockers.first == nullptr ? "others wait for it, too" : Format("{} holds it", blockers.first);
  const char *detail = blockers.detail == nullptr ? "" : blockers.detail;
  if (holding != nullptr)
    detail = Format("{}{}The transaction holds {} on \"{}\" already, so others would wait behind it meanwhile.", detail,
                    *detail == '\0' ? "" : "\n", LockModeName(holding->mode), NameOfRelation(holding->relation));
  const char *message =
      Format("could not lock \"{}\" ({}) within {} ms: {}", name, LockModeName(blocked.mode), milliseconds, who);
  RecordGiveUp(LockWaitSqlstate(), message);
  ereport(
      ERROR,
      (errcode(LockWaitSqlstate()), errmsg_internal("%s", message), *detail == '\0' ? 0 : errdetail("%s", detail),
       errhint("The statement has changed nothing, and nobody waited for it longer than ddlguard.lock_burst. Run it "
               "again when that transaction has ended%s.",
               blockers.remedy == nullptr ? "" : Format(", or end it: {}", blockers.remedy))));
}

/*
 * Locks belong to the transaction, as those from a burst do once their subtransaction is over, not to the portal
 * that runs the statement; so they can be given back in the same way.  After an error whoever catches it puts
 * the owner right.
 */
struct OfTransaction {
  ResourceOwner before = CurrentResourceOwner;
  OfTransaction() { CurrentResourceOwner = CurTransactionResourceOwner; }
  void Restore() const { CurrentResourceOwner = before; }
};

/* A lock of this transaction that others wait for while we do; relation 0: none.  The wanted ones may have been had
 * before the statement was judged again. */
HeldLock Holding(const Array<WantedLock> &wanted) {
  if (const HeldLock *strongest = TransactionLedger().StrongestHeld()) return *strongest;
  for (const WantedLock &each : wanted)
    if (each.held) return {each.relation, each.mode, InvalidSubTransactionId};
  return {};
}

/* Until all are had, or it is given up. */
void WaitForAll(const Array<WantedLock> &wanted, const WantedLock *blocked) {
  const int64 burst = LockBurst();
  const HeldLock holding = Holding(wanted);
  if (OidIsValid(holding.relation)) {
    const int64 patience = std::min<int64>(Patience(), burst);
    if (!LockInBurst(wanted, patience, &blocked)) GiveUp(*blocked, patience, &holding);
    return;
  }

  const int64 patience = Patience();
  const int64 end = Now() + patience;
  auto left = [end] { return end - Now(); };
  int64 next_burst = 0;
  /* lock_wait may be hours. */
  MemoryContext round = AllocSetContextCreate(CurrentMemoryContext, "ddlguard wait", ALLOCSET_SMALL_SIZES);
  MemoryContext old = MemoryContextSwitchTo(round);
  for (int64 pause = 1;; pause = std::min<int64>(pause * 2, 50)) {
    MemoryContextReset(round);
    const bool gone = WaitForHolders(*blocked, left());
    const WantedLock *still = TryAll(wanted);
    if (still == nullptr) break;
    blocked = still;
    if (left() <= 0) GiveUp(*blocked, patience, nullptr);
    /* All that were in the way have ended, and others have come. */
    if (gone && burst > 0 && Now() >= next_burst) {
      if (LockInBurst(wanted, std::min(burst, left()), &blocked)) break;
      /* Who has waited behind us comes first now, and for twice as long as that. */
      next_burst = Now() + 2 * burst;
    }
    Pause(std::min(pause, std::max<int64>(left(), 1)));
  }
  MemoryContextSwitchTo(old);
  MemoryContextDelete(round);
}

}  // namespace

Grant LockPolitely(Array<WantedLock> &wanted, bool some_held,
                   void (*blocked)(void *context, Oid relation, LOCKMODE mode), void *context) {
  bool all = some_held;
  if (some_held)
    for (WantedLock &each : wanted) {
      each.held = CheckRelationOidLockedByMe(each.relation, each.mode, true);
      all = all && each.held;
    }
  if (all) return Grant::held;
  OfTransaction owner;
  const WantedLock *busy = TryAll(wanted);
  if (busy != nullptr) {
    blocked(context, busy->relation, busy->mode);
    WaitForAll(wanted, busy);
  }
  owner.Restore();
  return busy == nullptr ? Grant::locked : Grant::waited;
}

void GiveBack(const Array<WantedLock> &wanted) {
  OfTransaction owner;
  for (const WantedLock &each : wanted)
    if (!each.held) UnlockRelationOid(each.relation, each.mode);
  owner.Restore();
}

void LockTimeoutBound::Begin(const Analysis &a, const Node *statement) {
  if (!a.alone || !a.waits_politely || !TakesStrongLock(a, statement)) return;
  bound_ = std::max(LockBurst(), 1);
  if (LockTimeout > 0 && LockTimeout <= bound_) return;
  set_ = true;
  before_ = LockTimeout;
  LockTimeout = bound_;
}

void LockTimeoutBound::End() {
  if (set_) LockTimeout = before_;
}

/* What a function or an event trigger has set within the statement, PostgreSQL takes back when the transaction is
 * aborted: to what it was then, which is the bound.  Memory goes after that. */
void LockTimeoutBound::EndAfterError() {
  if (!set_) return;
  static struct {
    int bound;
    int before;
    MemoryContextCallback callback;
  } lost;
  LockTimeout = before_;
  lost.bound = bound_;
  lost.before = before_;
  /* In a subtransaction it has not run at all. */
  if (GetCurrentTransactionNestLevel() > 1 || TopTransactionContext == nullptr) return;
  lost.callback.func = [](void *) {
    if (LockTimeout == lost.bound) LockTimeout = lost.before;
  };
  MemoryContextRegisterResetCallback(TopTransactionContext, &lost.callback);
}

}  // namespace ddlguard
