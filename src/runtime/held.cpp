/*
 * See held.h.  What is told in the end is made ready before the transaction ends, when memory can still be had.
 */
#include "runtime/held.h"

#include "analysis/statement.h"
#include "observe/counters.h"
#include "observe/event.h"
#include "pg/activity.h"
#include "policy/settings.h"
#include "runtime/change.h"
#include "runtime/hold.h"

namespace ddlguard {

namespace {

constexpr int kMaxWithChanges = Aftermath::kChanges; /* of one transaction: more would not be kept either */

struct HeldLocks {
  uint64 number;
  uint64 event; /* 0: none */
  SubTransactionId subxact;
  CommandTag tag;
  int64 since;   /* Nanoseconds(); 0: no strong lock */
  int64 longest; /* time that one of the transactions of a statement held them, which commits on its way */
  int64 lock_wait;
  bool running;
  bool leaves_names; /* see LeavesNames(); and no other statement has come since */
  Array<Change *> changes;
};

MemoryContext memory = nullptr;
uint64 last_number = 0;
Array<HeldLocks> held; /* in memory; in the order in which they began */

void Forget() {
  held = {};
  if (memory != nullptr) MemoryContextReset(memory);
}

int64 HoldOf(const HeldLocks &each, int64 now) {
  if (each.longest > 0) return each.longest;
  return each.since == 0 ? Event::kUnknown : now - each.since;
}

/* The locks of the held ones from the first on are about to be given back. */
void GiveBackFrom(int first, bool committed) {
  const int64 now = Nanoseconds();
  const int sqlstate = committed ? 0 : SqlstateOfEnd();
  int longest = -1; /* the first one that has a lock */
  for (int i = 0; i < held.count && longest < 0; ++i)
    if (held[i].since != 0) longest = i;
  int waiters = -1;
  if (longest >= 0 && now - held[longest].since >= kShortHold) waiters = CountProcessesThatWait();
  if (longest >= first) CountLockHold(held[longest].tag, HoldOf(held[longest], now));

  const TimestampTz at = GetCurrentTimestamp();
  for (int i = first; i < held.count; ++i) {
    const HeldLocks &each = held[i];
    const int64 hold = HoldOf(each, now);
    if (each.since != 0) EndLocks(each.event, hold, waiters, sqlstate);
    if (!committed) continue;
    for (Change *change : each.changes) {
      change->committed_at = at;
      change->watched_until = at + static_cast<int64>(AftermathWindow()) * USECS_PER_SEC;
      change->lock_wait = each.lock_wait;
      change->lock_hold = hold;
      change->waiters = each.since == 0 ? -1 : waiters;
      PublishChange(*change);
    }
  }
  held.count = first;
}

bool AnyRuns() {
  for (const HeldLocks &each : held)
    if (each.running) return true;
  return false;
}

/* A statement goes on that commits on its way, and takes its locks anew. */
void Renew() {
  const int64 now = Nanoseconds();
  for (HeldLocks &each : held) {
    if (each.since == 0) continue;
    each.longest = Max(each.longest, now - each.since);
    each.since = now;
  }
}

void AtTransactionEnd(XactEvent event, void *) {
  if (held.data == nullptr) return; /* there may be memory of what has been taken back */
  switch (event) {
    case XACT_EVENT_PRE_COMMIT:
      if (AnyRuns()) return;
      for (HeldLocks &each : held)
        if (!each.leaves_names)
          for (Change *change : each.changes) LookAtResult(*change);
      return;
    case XACT_EVENT_COMMIT:
      if (AnyRuns()) return Renew();
      GiveBackFrom(0, true);
      break;
    case XACT_EVENT_ABORT:
      GiveBackFrom(0, false);
      break;
    case XACT_EVENT_PREPARE: /* the locks stay, and another session ends it */
      break;
    case XACT_EVENT_PARALLEL_COMMIT:
    case XACT_EVENT_PARALLEL_ABORT:
    case XACT_EVENT_PARALLEL_PRE_COMMIT:
    case XACT_EVENT_PRE_PREPARE:
      return;
  }
  Forget();
}

void AtSubtransactionEnd(SubXactEvent event, SubTransactionId subxact, SubTransactionId, void *) {
  if (event != SUBXACT_EVENT_ABORT_SUB) return;
  /* What began later has a higher number, and nothing of it is left either. */
  int first = held.count;
  while (first > 0 && held[first - 1].subxact >= subxact) --first;
  if (first == held.count) return;
  GiveBackFrom(first, false);
  if (held.Empty()) Forget();
}

}  // namespace

uint64 BeginHeld(const Analysis &a, const Node *statement, bool holds, uint64 event) {
  if (memory == nullptr) memory = AllocSetContextCreate(TopMemoryContext, "ddlguard held", ALLOCSET_DEFAULT_SIZES);
  MemoryContext old = MemoryContextSwitchTo(memory);
  Array<Change *> changes;
  if (held.count < kMaxWithChanges) changes = ChangesOf(a, statement);
  const bool kept = holds || !changes.Empty();
  if (kept) {
    HeldLocks &each = held.Add({});
    each.number = ++last_number;
    each.event = event;
    each.subxact = GetCurrentSubTransactionId();
    each.tag = CreateCommandTag(const_cast<Node *>(statement));
    each.since = holds ? Nanoseconds() : 0;
    each.lock_wait = CurrentOccasion().lock_wait;
    each.running = true;
    each.leaves_names = LeavesNames(statement);
    each.changes = changes;
  }
  MemoryContextSwitchTo(old);
  return kept ? last_number : 0;
}

void NoteStatement() {
  for (HeldLocks &each : held) each.leaves_names = false;
}

void EndHeld(uint64 number, uint64 event) {
  for (HeldLocks &each : held) {
    if (each.number != number) continue;
    each.running = false;
    if (event != 0) each.event = event;
  }
}

void HeldInit() {
  RegisterXactCallback(AtTransactionEnd, nullptr);
  RegisterSubXactCallback(AtSubtransactionEnd, nullptr);
}

}  // namespace ddlguard
