/*
 * What a transaction's DDL holds and changes, for the record of when it is over: how long strong locks on live
 * relations were held (counters, events), who waited for them then, and which relations others now meet changed
 * (observe/aftermath.h).
 *
 * The clock runs from when a statement has its locks, whatever bounds it (runtime/hold.h), until the transaction or
 * savepoint gives them back.  Who waits is looked at just before that, when they were held for 10 ms or more: what
 * waits behind a lock is still there in the end, unless it has given up.
 *
 * Called back before the event part and the hold bound, whose own ends it informs.
 */
#pragma once

#include "analysis/analysis.h"

namespace ddlguard {

/* The statement is about to run, with its strong locks, if it takes any on live relations; event: from BeginRun().
 * lock_wait: from CurrentOccasion(). */
uint64 BeginHeld(const Analysis &a, const Node *statement, bool holds, uint64 event);

/* Some statement begins, which may rename or drop what those before it have changed. */
void NoteStatement();

/* Nobody is looked for who waited for less than this, in nanoseconds. */
constexpr int64 kShortHold = 10 * 1000000;

/* It is over, in whatever way; number: from BeginHeld(); event: one that it has got since, else 0. */
void EndHeld(uint64 number, uint64 event = 0);

void HeldInit();

}  // namespace ddlguard
