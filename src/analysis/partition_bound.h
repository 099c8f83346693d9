/*
 * Partition bounds as constraints, and what must be read because nothing proves them.
 *
 * The relations are relcache references held without a lock.  Bounds are transformed by the server's
 * own routine, which raises the error that PostgreSQL would raise a moment later for a value of the
 * wrong type.
 */
#pragma once

#include "analysis/analysis.h"

namespace ddlguard {

/* Null for a bound that does not fit the kind of partitioning, which PostgreSQL refuses. */
PartitionBoundSpec *TransformBound(const Analysis &a, Relation parent, const PartitionBoundSpec *raw);

/* What RelationGetPartitionQual returns, without the lock that it takes on the parents. */
List *PartitionQual(Relation relation);

/* The storage in the tree below (and with) relation for which its constraints do not imply the
 * given one: implicitly ANDed expressions over its attributes. */
Size ToScan(Analysis &a, Relation relation, List *constraint);

/* Does a new range partition touch none of its siblings, although there are some? */
bool LeavesGap(const Analysis &a, Relation parent, const PartitionBoundSpec *raw);

/* A script's own partitioned table cannot be asked for its key, so any validated CHECK of the table
 * to be attached is taken for the proof. */
bool HasValidatedCheck(const Analysis &a, Oid relation);

}  // namespace ddlguard
