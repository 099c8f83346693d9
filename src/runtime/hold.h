/*
 * The hold bound: no strong lock on a live relation is held for longer than ddlguard.lock_hold.
 *
 * A timer runs from the moment that a statement has such a lock until the transaction has given it back; for the lock
 * that must be given back first, when a transaction has several.  When it
 * fires, whatever the transaction then runs is cancelled, as by pg_cancel_backend(), so that no exception block
 * swallows it; on its way to the client the error becomes DG003 and says what was held, by which statement, and who
 * waited.  A session that is idle in its transaction is ended by PostgreSQL's own
 * idle_in_transaction_session_timeout, which is set for that transaction alone; one that waits for its client in
 * another way, as if by pg_terminate_backend().  A transaction that catches the cancellation and goes on is cancelled
 * again at its next statement, and each second.  The timer stops where the commit begins.
 *
 * Statements that run for a bypass or an approval are not bounded, unless a policy row about them says so
 * (column lock_hold).
 */
#pragma once

#include "policy/verdict.h"

namespace ddlguard {

/* The strongest lock that the statement takes, and may not hold for long, on what others have rows in; null: none. */
const Effect *HeaviestLock(const Analysis &a, const Node *statement);

/* How long a statement with this verdict may hold its locks, in milliseconds; 0: as long as it likes. */
int64 HoldLimit(const Verdict &verdict);

/* The statement is about to run, and has its strong locks; lock: the heaviest of them, null: none; alone: it commits on
 * its way.  True: what begins here begins anew with each of its commits, until EndHold(). */
bool BeginHold(const Effect *lock, const Node *statement, bool alone, int64 limit);

/* That statement is over, without an error, and holds nothing any more. */
void EndHold();

/* Raises the error when the bound has been passed and the locks are held all the same.  Cheap. */
void CheckHold();

/* The SQLSTATE with which the bound has ended the transaction; 0: it has not. */
int SqlstateOfEnd();

/* The SQLSTATE that the client will see for an error of this SQLSTATE. */
int SqlstateOfHold(int sqlstate);

void HoldInit();

}  // namespace ddlguard
