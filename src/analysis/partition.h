/*
 * What ATTACH, DETACH and CREATE TABLE ... PARTITION OF share.
 */
#pragma once

#include "analysis/analysis.h"

namespace ddlguard {

/* A lock and nothing else; a null target is none. */
void AddBrief(Analysis &a, const Target *target, LOCKMODE lock, const Target *other = nullptr,
              LOCKMODE below = Effect::kSameLock);

/* Of the parent's partitions; invalid when there is none. */
Oid DefaultPartition(Relation parent);

/* A DETACH ... CONCURRENTLY that was not finished. */
void AddIfDetachPending(Analysis &a, const Target *parent, Relation relation, const Node *statement);

/* Would rows find no partition without this one, so that INSERT fails?  Why; lock_only when not. */
Why LostPlace(Relation parent, Oid default_partition, const Target *partition);

struct ForeignKey {
  Oid oid;
  Oid parent; /* conparentid */
  Oid referenced;
  int count;
  AttrNumber columns[INDEX_MAX_KEYS];
  AttrNumber referenced_columns[INDEX_MAX_KEYS];
  bool validated, deferrable, deferred;
  char on_update, on_delete, match;
  const char *name;
};

Array<ForeignKey> ForeignKeysOf(Oid relation);

/* Has the partition, or does the script give it, what would be adopted as the parent's key? */
bool HasForeignKey(const Analysis &a, Oid child, Oid parent, const ForeignKey &wanted);

/* The rows of a constraint's further levels: one for every partition of the referenced table. */
bool IsLevelOf(const Array<ForeignKey> &keys, Oid parent);

/* Foreign keys from elsewhere to a relation. */
Array<Oid> KeysTo(Relation relation);

}  // namespace ddlguard
