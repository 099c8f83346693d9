/*
 * Who is in the way right now: other sessions that hold what the statement needs, before it queues for it and
 * everybody else queues behind.
 *
 * Evidence of this instant (pg/activity.h).  For check(), and for locks that are not waited for politely, it is
 * looked at before any lock is taken, for the relations that the statement names and not for their partitions;
 * else when the first lock cannot be had at once (hooks/second_look.cpp).
 */
#include "analysis/analysis.h"

#include "analysis/statement.h"
#include "pg/activity.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

constexpr int kMostTargets = 4; /* a schema may hold ten thousand tables */

const char *Who(const LockHolder &holder) {
  if (holder.pid == 0) return "a prepared transaction";
  return Format("process {}", holder.pid);
}

/* The one whose transaction has run longest; a prepared one ends when somebody remembers it. */
const LockHolder *Oldest(const Array<LockHolder> &holders) {
  const LockHolder *oldest = nullptr;
  for (const LockHolder &holder : holders) {
    if (holder.autovacuum) continue; /* gives way, or is told of below */
    if (holder.pid == 0) return &holder;
    if (oldest == nullptr || holder.seconds > oldest->seconds) oldest = &holder;
  }
  return oldest;
}

void AddLongTransaction(Analysis &a, const Target *target, LOCKMODE lock, const LockHolder &holder) {
  constexpr double kForever = 1e9;
  a.Add({.why = Why::lock_conflict_with_long_transaction,
         .target = target,
         .lock = lock,
         .fact = holder.pid == 0
                     ? "a prepared transaction holds a conflicting lock, until somebody commits it or rolls it back"
                 : !holder.visible
                     ? Format("process {} holds a conflicting lock", holder.pid)
                     : Format("process {} holds a conflicting lock, {:.0f} seconds after its transaction began",
                              holder.pid, holder.seconds),
         .on_fresh = true,
         .measured = {.amount = holder.pid == 0 ? kForever : holder.seconds}});
}

/* It has to wait for all who use the table, although their locks do not conflict with its own. */
void AddAboutUsers(Analysis &a, const Effect &effect, LOCKMODE mode) {
  const LockHolder *oldest = Oldest(ConflictingHolders(effect.target->oid, mode));
  if (oldest != nullptr) AddLongTransaction(a, effect.target, effect.lock, *oldest);
}

}  // namespace

void AnalyzeHolders(Analysis &a, const Target *target, LOCKMODE lock) {
  const Array<LockHolder> holders = ConflictingHolders(target->oid, lock);
  if (holders.Empty()) return;
  for (const LockHolder &holder : holders)
    if (holder.wraparound)
      a.Add({.why = Why::wraparound_autovacuum_conflict,
             .target = target,
             .lock = lock,
             .fact = Format("process {} vacuums it", holder.pid)});

  const LockHolder *oldest = Oldest(holders);
  if (oldest == nullptr) return;
  if (lock == ShareUpdateExclusiveLock) {
    a.Add({.why = Why::share_update_exclusive_conflict,
           .target = target,
           .lock = lock,
           .fact = Format("{} holds it", Who(*oldest))});
    return;
  }
  AddLongTransaction(a, target, lock, *oldest);
}

void AnalyzeContention(Analysis &a, const Node *statement) {
  Array<Oid> seen;
  for (const Effect &effect : a.effects) {
    if (seen.count == kMostTargets) break;
    if (effect.lock < ShareUpdateExclusiveLock || (a.waits_politely && effect.lock >= ShareLock)) continue;
    if (!effect.target->IsRelation()) continue;
    if (!OidIsValid(effect.target->oid) || !effect.target->Shared() || seen.Contains(effect.target->oid)) continue;
    seen.Add(effect.target->oid);
    if (a.concurrently) AddAboutUsers(a, effect, ModeWaitedFor(statement));
    AnalyzeHolders(a, effect.target, effect.lock);
  }
}

}  // namespace ddlguard
