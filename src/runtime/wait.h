/*
 * Polite waiting: the locks of a statement that stop readers or writers, had without a queue behind us.
 *
 * A request that waits in PostgreSQL's lock queue makes everybody wait who comes after it and conflicts with
 * it: behind one long transaction a harmless ALTER TABLE stops the application.  So all strong locks of an allowed
 * statement are taken ahead of it, all or none:
 *
 *   - at once, when nobody is in the way;
 *   - else after waiting for the transactions that are in the way outside of the queue, as CREATE INDEX
 *     CONCURRENTLY does: for their end, which blocks nobody, and in which PostgreSQL finds deadlocks, cancels an
 *     autovacuum that may be cancelled, and logs long waits as ever;
 *   - when new ones are there by then (a table that is never idle), in the queue, for ddlguard.lock_burst at
 *     most; then everything is given back, and others have their turn first.
 *
 * After ddlguard.lock_wait, or lock_timeout when that is shorter, it is given up with an error that names who
 * is in the way (SQLSTATE 55P03, or DG002: ddlguard.lock_wait_sqlstate).  A transaction that holds a strong
 * lock already stops others while it waits, so it gets one burst.
 *
 * Locks are tried in the order of OIDs, tables before indexes, so that two statements under the guard never wait
 * for each other.  Only relations that the analysis found an effect on are locked: it has checked the
 * permission then.
 */
#pragma once

#include "analysis/analysis.h"

namespace ddlguard {

/* held: nothing was locked that was not before. */
enum class Grant { held, locked, waited };

struct WantedLock {
  Oid relation;
  LOCKMODE mode; /* SHARE or stronger */
  bool index;
  bool held; /* by this transaction, before */
};

/* A lock that stops readers or writers of what others can see; nobody writes a materialized view. */
bool IsStrongLock(const Effect &effect);

/* Does the statement take such locks, and wait for them?  Not CONCURRENTLY, nor NOWAIT; nor does LOCK TABLE in a
 * weaker mode than ACCESS EXCLUSIVE, with which applications take turns. */
bool TakesStrongLock(const Analysis &a, const Node *statement);

/* Which they are. */
Array<WantedLock> StrongLocks(const Analysis &a);

/* Does the guard wait politely for the strong locks of such a statement, here and now? */
bool WaitsPolitely(const Analysis &a, const Node *statement);

/* Takes all of them, for the rest of the transaction; raises an error when they cannot be had.  some_held: the
 * transaction may hold some already.  When somebody is in the way, blocked(context, relation, mode) is called before
 * anything is waited for, and may raise one. */
Grant LockPolitely(Array<WantedLock> &wanted, bool some_held,
                   void (*blocked)(void *context, Oid relation, LOCKMODE mode), void *context);

/* Those that LockPolitely() has taken. */
void GiveBack(const Array<WantedLock> &wanted);

/*
 * lock_timeout while a statement runs that takes its strong locks in transactions of its own, where none can be taken
 * ahead: it joins the queue for a burst at most.  (Others that wait for something while they hold their locks are
 * ended by the hold bound; lock_timeout would also count their waits for room in a catalog on a busy server.)
 */
class LockTimeoutBound {
 public:
  void Begin(const Analysis &a, const Node *statement);
  void End();
  void EndAfterError();

 private:
  /* PostgreSQL is not told of it, since a transaction that ends takes settings back.  None of the statement's
   * functions can set it for longer than its call. */
  bool set_ = false;
  int bound_ = 0;
  int before_ = 0;
};

}  // namespace ddlguard
