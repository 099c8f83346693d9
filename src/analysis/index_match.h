/*
 * Which index of a partition PostgreSQL adopts instead of building a new one, when an index is made
 * on the partitioned table or when the partition is attached (DefineIndex and
 * AttachPartitionEnsureIndexes ask CompareIndexInfo).
 */
#pragma once

#include "analysis/analysis.h"

namespace ddlguard {

/* What two indexes must have in common.  Attribute numbers are those of the table it belongs to. */
struct IndexShape {
  IndexInfo *info;
  Oid *collations;
  Oid *opfamilies;
  bool constraint; /* serves a UNIQUE or PRIMARY KEY constraint: only such an index is adopted */
};

/* Of an index that exists; false when it is gone. */
bool ShapeOfIndex(Oid index, IndexShape *shape);

enum class ShapeResult : uint8 {
  complete,
  refused, /* names a column that does not exist: PostgreSQL refuses the statement */
  unknown  /* cannot be told (in a script, for what the script itself adds) */
};

/* Of the index that a statement asks for. */
ShapeResult ShapeOfStatement(const Analysis &a, Relation table, const IndexStmt *stmt, IndexShape *shape);

/* The relation's index of this shape that is not attached anywhere yet, or invalid.  root: descriptor
 * of the table that the shape belongs to.  valid: CREATE INDEX on a partitioned table adopts an INVALID one of a
 * partition, ATTACH does not. */
Oid AttachableIndex(Oid relation, TupleDesc root, const IndexShape &shape, bool valid = false);

/* The same for what the script builds. */
bool HasScriptIndex(const Analysis &a, Oid relation, TupleDesc root, const IndexShape &shape);

/* What is left to build of the tree: without the partitions that have an attachable index. */
Size UncoveredSize(Analysis &a, const Target *tree, TupleDesc root, const IndexShape &shape);

}  // namespace ddlguard
