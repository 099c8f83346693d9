/*
 * The rows of ddlguard.policy in this backend, and the view of them that one asker has.
 *
 * Two layers, each in a memory context of its own under CacheMemoryContext:
 *   rows  every valid row, in the order in which they are tried; thrown away when the table changes;
 *   view  what of them can apply to the asker (policy/index.h); thrown away with the rows, when another
 *         asker comes, and when the first of its rows expires.
 *
 * Both are built completely before they take the old one's place, in a context that an error in
 * the middle frees, so the old one stays good.  Nothing that Decide() hands out points in here.
 */
#pragma once

#include "policy/index.h"

namespace ddlguard {

/*
 * The view of an asker on ddlguard.policy, whose oid is given; loads what is stale.  Takes
 * AccessShareLock on the table for the time of reading when it can be had at once.  Null when there is
 * nothing to decide by; *failure then says why, as a clause.
 */
const PolicyView *ViewFor(Oid table, const Asker &asker, const char **failure);

/* That of this session, when it is known to be good without a look at the catalog; else null. */
const PolicyView *CurrentView();

/* Why nothing can be read now: this passes by itself. */
constexpr const char *kPoliciesLocked = "another session holds an exclusive lock on it";

/* Rows in the cache that allow something, and ask for an application_name. */
int CachedRowsByApplication();

/* Rows in the cache that reject something. */
int CachedRefusingRows();

/* Rows in the cache, whoever asks; call it after ViewFor. */
int CachedRowCount();

/* Changes whenever the table may have changed. */
uint64 PolicyGeneration();

/* Tells the invalidation callback which relation is meant. */
void WatchRelation(Oid table);

void CacheInit();

}  // namespace ddlguard
