/*
 * Effects: what a statement would do, as values.
 *
 * Analysers turn a parse tree and the catalog into effects; rules, policy and messages read nothing
 * else.  An effect is trivially copyable and lives in the memory context of its analysis.
 */
#pragma once

#include "pg/array.h"
#include "rules/why.h"

namespace ddlguard {

/* Work that grows with the size of a table, the heaviest last. */
enum class Work : uint8 { none, scan, index_build, rewrite };

struct Size {
  static constexpr uint64 kUnset = ~static_cast<uint64>(0);

  uint64 blocks = 0; /* of the main forks, on disk now */
  double rows = 0;   /* estimate: blocks times the density that ANALYZE saw, or the planner's guess */

  uint64 Bytes() const { return blocks * BLCKSZ; }
  void operator+=(const Size &other) {
    blocks += other.blocks;
    rows += other.rows;
  }
};

/*
 * The object that a statement meets.  For a relation: one entry per relation and statement, made by
 * Analysis::Look().  For other objects: made by Analysis::LookObject().
 */
struct Target {
  Oid classid = InvalidOid; /* catalog that holds the object: RelationRelationId, ProcedureRelationId... */
  Oid oid = InvalidOid;     /* invalid: made earlier in this script, so not in the catalog (check()) */
  Oid namespace_oid = InvalidOid;
  Oid owner = InvalidOid;
  Oid access_method = InvalidOid;
  Oid tablespace = InvalidOid;
  const char *schema = nullptr; /* null for objects without one */
  const char *name = nullptr;
  char relkind = '\0';
  char persistence = RELPERSISTENCE_PERMANENT;
  bool fresh = false;     /* made in this transaction (or script): nobody else can see it */
  bool recursed = false;  /* tree covers the descendants */
  bool partition = false; /* relispartition */
  bool settled = false;   /* pg_class.reltuples is known, of this or of what it serves */
  bool inhabited = false; /* rows that its readers see, but not its own: below it (ONLY), of the table
                           * that an index or sequence serves, of the relations that a view reads */
  Size own;               /* its own storage */
  Size tree;              /* own plus every partition and inheritance child */
  Array<Oid> descendants; /* partitions and children, all levels, without itself (when recursed) */

  bool IsRelation() const { return classid == RelationRelationId; }
  bool IsPartitioned() const { return relkind == RELKIND_PARTITIONED_TABLE || relkind == RELKIND_PARTITIONED_INDEX; }
  bool HasStorage() const { return RELKIND_HAS_STORAGE(relkind); }

  /* Others can see it: not temporary, not made in this transaction. */
  bool Shared() const { return !fresh && persistence != RELPERSISTENCE_TEMP; }
  /*
   * Somebody can depend on it: shared, and (for tables and materialized views) not empty.  Empty
   * tables are harmless because shadow and test databases replay whole histories on them.
   */
  bool Live() const;
  /*
   * An empty table that VACUUM or ANALYZE has seen since it was made or truncated, and what serves
   * it: it belongs to a database in use (a queue that is drained just now), whose clients break when
   * it goes.  A shadow or test database replays its history on tables that nothing has seen yet.
   */
  bool Settled() const { return Shared() && settled; }
};

/* What a policy row's argument is compared with (rules.h, Parameter). */
struct Measured {
  double amount = 0;           /* limits: how many or how much, in the rule's unit */
  const char *value = nullptr; /* lists: the element; required lists: all that is there; patterns: the name */
  const char *alias = nullptr; /* lists: another spelling of value; patterns: the kind of what has the name */
  const char *kind = nullptr;  /* lists: what a whole class of values is called there, as "enum" among types */
};

struct Effect {
  static constexpr LOCKMODE kSameLock = -1; /* when they were looked at */

  Why why = Why::lock_only;
  const Target *target = nullptr; /* the relation or object that is hit */
  LOCKMODE lock = NoLock;         /* strongest lock on target */
  Work work = Work::none;         /* under that lock */
  Size size = {Size::kUnset, 0};  /* what the work is proportional to; without work, the target's size.
                                   * Left out: the target's, with its tree when that was looked at. */
  const char *column = nullptr;   /* column, constraint, index or other part of target; unquoted */
  const Target *other = nullptr;  /* second relation: the other side of a foreign key, the partition... */
  const char *fact = nullptr;     /* one more fact for DETAIL, a whole sentence without full stop */
  const Node *node = nullptr;     /* parse node that recipes take names from; may be null */
  bool on_fresh = false;          /* a judgement beside the effect that tells the work, whose table may be new */
  Measured measured = {};         /* of rules with a parameter */
  LOCKMODE below = kSameLock;     /* on its descendants; NoLock: neither lock nor work reach them */
};

}  // namespace ddlguard
