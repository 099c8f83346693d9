/*
 * What a statement meets: a relation, or any other object, and how large it is.
 */
#pragma once

#include "pg/array.h"

namespace ddlguard {

struct Size {
  uint64 blocks = 0; /* of the main forks, on disk now */
  double rows = 0;   /* estimate: blocks times the density that ANALYZE saw, or the planner's guess */

  uint64 Bytes() const { return blocks * BLCKSZ; }
  void operator+=(const Size &other) {
    blocks += other.blocks;
    rows += other.rows;
  }
};

/* The file that keeps a relation's rows, and what pg_class tells of them. */
struct Storage {
  Oid tablespace = InvalidOid; /* reltablespace */
  Oid file = InvalidOid;       /* relfilenode; invalid: it keeps no rows */
  BlockNumber pages = 0;       /* relpages */
  float4 rows = -1;            /* reltuples */

  Storage() = default;
  explicit Storage(Form_pg_class form);
  uint64 Blocks() const; /* on disk, now */
};

/*
 * The object that a statement meets.  For a relation: one entry per relation and statement, made by
 * Analysis::Look().  For other objects: made by Analysis::LookObject().
 *
 * How large a relation is costs a look at the disk, and one for each partition: it is measured when it is asked for.
 */
struct Target {
  Oid classid = InvalidOid; /* catalog that holds the object: RelationRelationId, ProcedureRelationId... */
  Oid oid = InvalidOid;     /* invalid: made earlier in this script, so not in the catalog (check()) */
  Oid namespace_oid = InvalidOid;
  Oid owner = InvalidOid;
  Oid access_method = InvalidOid;
  const char *schema = nullptr; /* null for objects without one */
  const char *name = nullptr;
  char relkind = '\0';
  char persistence = RELPERSISTENCE_PERMANENT;
  bool fresh = false;     /* made in this transaction (or script): nobody else can see it */
  bool recursed = false;  /* the descendants are known */
  bool partition = false; /* relispartition */
  bool parent = false;    /* relhassubclass: it has children, or had some once */
  bool settled = false;   /* pg_class.reltuples is known, of this or of what it serves */
  bool inhabited = false; /* rows that its readers see, but not its own: below it (ONLY), of the table
                           * that an index or sequence serves, of the relations that a view reads */
  Storage storage;
  Array<Oid> descendants; /* partitions and children, all levels, without itself (when recursed) */

  const Size &Own() const;  /* its own storage */
  const Size &Tree() const; /* own plus every partition and inheritance child */
  void SetSize(const Size &size);
  void SetDescendants(const Array<Oid> &all);

  bool IsRelation() const { return classid == RelationRelationId; }
  bool IsPartitioned() const { return relkind == RELKIND_PARTITIONED_TABLE || relkind == RELKIND_PARTITIONED_INDEX; }
  bool ServesOthers() const; /* views, sequences, indexes: without rows of their own */
  bool HasStorage() const { return RELKIND_HAS_STORAGE(relkind); }

  /* Others can see it: not temporary, not made in this transaction. */
  bool Shared() const { return !fresh && persistence != RELPERSISTENCE_TEMP; }
  /*
   * Somebody can depend on it: shared, and (for tables and materialized views) not empty, or (for what is no
   * relation, and not common to the cluster) in a database in use.  The rest is harmless because shadow and test
   * databases replay whole histories on it.
   */
  bool Live() const;
  /* The same, but where pg_class tells of rows it is believed: an empty table may seem live, which must do no harm. */
  bool SeemsLive() const;
  /*
   * An empty table that VACUUM or ANALYZE has seen since it was made or truncated, and what serves
   * it: it belongs to a database in use (a queue that is drained just now), whose clients break when
   * it goes.  A shadow or test database replays its history on tables that nothing has seen yet.
   */
  bool Settled() const { return Shared() && settled; }

 private:
  bool KeepsRows() const;
  bool HasRows() const;

  enum class Known : uint8 { not_yet, no, yes };
  mutable Known has_rows_ = Known::not_yet;
  mutable bool own_known_ = false;
  mutable bool tree_known_ = false;
  mutable Size own_;
  mutable Size tree_;
};

/* The storage of a relation itself; none when it is gone. */
Size SizeOf(Oid relation);

}  // namespace ddlguard
