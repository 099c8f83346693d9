/*
 * Effects: what a statement would do, as values.
 *
 * Analysers turn a parse tree and the catalog into effects; rules, policy and messages read nothing
 * else.  An effect is trivially copyable and lives in the memory context of its analysis.
 */
#pragma once

#include "analysis/target.h"
#include "rules/why.h"

namespace ddlguard {

/* Work that grows with the size of a table, the heaviest last. */
enum class Work : uint8 { none, scan, index_build, rewrite };

/* Left out, or given; where left out, the target's own or that of its tree. */
struct GivenSize {
  enum class From : uint8 { target, own, tree, given };

  From from = From::target;
  Size size;

  GivenSize() = default;
  GivenSize(const Size &the_size) : from(From::given), size(the_size) {} /* NOLINT: implicit */
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
  GivenSize size = {};            /* see Extent() */
  const char *column = nullptr;   /* column, constraint, index or other part of target; unquoted */
  const Target *other = nullptr;  /* second relation: the other side of a foreign key, the partition... */
  const char *fact = nullptr;     /* one more fact for DETAIL, a whole sentence without full stop */
  const Node *node = nullptr;     /* parse node that recipes take names from; may be null */
  bool on_fresh = false;          /* a judgement beside the effect that tells the work, whose table may be new */
  Measured measured = {};         /* of rules with a parameter */
  LOCKMODE below = kSameLock;     /* on its descendants; NoLock: neither lock nor work reach them */

  /* What the work is proportional to; without work, the target's size.  Where none was given: the target's, with its
   * tree when that had been looked at by the time that the effect was added. */
  Size Extent() const {
    if (size.from == GivenSize::From::given) return size.size;
    if (target == nullptr) return {};
    return size.from == GivenSize::From::own ? target->Own() : target->Tree();
  }
};

}  // namespace ddlguard
