/*
 * Statements that run CONCURRENTLY: whom they are going to wait for, told before they start, and what they leave
 * behind when they fail on the way.
 *
 * They stop nobody, but wait for every transaction that uses the table, and builds of an index for every one that
 * might still look at the table with an old snapshot; that can take as long as the oldest of them.  They commit
 * several times, so when they fail a part of their work stays: an INVALID index, a partition half detached.  The
 * error then gets a HINT on its way to the client; FATAL ones too.
 */
#pragma once

#include "analysis/analysis.h"

namespace ddlguard {

/* A statement is about to run; others run within one that runs CONCURRENTLY: of event triggers, of functions. */
void BeginConcurrently(const Analysis &a, const Node *statement);
/* It has made an index of this name. */
void NoteIndexMade(const char *name);
/* It is over, without an error. */
void EndConcurrently(const Analysis &a);

void ConcurrentlyInit();

}  // namespace ddlguard
