/*
 * The view that one asker has of the policies: the rows whose role and application patterns match and
 * that have not expired, indexed so that the rows that cannot apply cost a decision nothing.
 *
 * Every row has a shape: is it about a rule, a group or everything, and what do its schema and its
 * relation pattern fix: the whole name, or a head and a tail of certain lengths with holes at
 * certain places.  The rows of one shape are found by one hash probe with those bytes of the names in
 * question.  Where the relation pattern has a literal in between ('%literal%'), its length belongs to
 * the shape too, and there is a probe for each place in the name where it could stand.  There are few
 * shapes, however many rows.
 *
 * Rows that agree in shape and in those bytes are tried one by one, as are all rows for a name that is
 * not ASCII, where bytes are not characters.
 */
#pragma once

#include "pg/array.h"
#include "policy/pattern.h"
#include "policy/policy.h"

namespace ddlguard {

/* What a row is about.  value: Why of the rule, the Group, or 0. */
struct Scope {
  enum class Kind : uint8 { rule, group, all };
  Kind kind;
  uint16 value;
  bool operator==(const Scope &other) const = default;
};

/* What a row is asked about: a finding of this rule on a relation, and how it stands to the row's argument. */
struct Question {
  const Rule &rule;
  Subject schema;
  Subject relation;
  Size size;
  const Measured *measured; /* null: it breaks any argument */
  Blocking blocking;
};

/* False when text is no rule id, group name or '*'. */
bool ParseScope(const char *text, Scope *scope);
const Rule *RuleOfScope(Scope scope); /* null for groups and all */
bool ParseAction(const char *text, Action *action);

struct PolicyRow {
  int64 id;
  int32 priority;
  int32 ordinal; /* place in the order in which rows are tried */
  Scope scope;
  Pattern schema;
  Pattern relation;
  Pattern role;
  Pattern application;
  Action action;
  bool no_bypass;
  int64 min_rows;     /* -1: none */
  int64 min_bytes;    /* -1: none */
  int64 max_blocking; /* milliseconds; -1: none */
  int64 lock_hold;    /* milliseconds; -1: none */
  TimestampTz expires_at;
  const char *argument; /* may be null */
  const char *comment;  /* may be null */

  bool HasThreshold() const { return min_rows >= 0 || min_bytes >= 0 || max_blocking >= 0; }
  bool ReachedBy(const Question &question) const {
    const Size &size = question.size;
    return !HasThreshold() || (min_rows >= 0 && size.rows >= static_cast<double>(min_rows)) ||
           (min_bytes >= 0 && size.Bytes() >= static_cast<uint64>(min_bytes)) ||
           (max_blocking >= 0 && question.blocking.Seconds() * 1000 > static_cast<double>(max_blocking));
  }
};

struct PatternShape {
  Pattern::Kind kind; /* like counts as split: both are found by head and tail */
  uint8 head_length;
  uint8 tail_length;
  uint8 needle_length; /* of the relation's pattern; 0 for the schema's */
  uint64 head_holes;
  uint64 tail_holes;
  bool operator==(const PatternShape &other) const = default;
};

struct RowShape {
  Scope::Kind scope;
  PatternShape schema;
  PatternShape relation;
  int32 first; /* lowest ordinal among its rows */
};

struct IndexEntry {
  const PolicyRow *row;
  IndexEntry *next; /* higher ordinal */
  uint32 hash;
};

struct PolicyView {
  MemoryContext context; /* holds all of it but the rows */
  const char *role;
  Oid user; /* role's, once somebody has looked; else invalid */
  const char *application;
  TimestampTz valid_until;    /* the first of its rows expires */
  const PolicyRow *exemption; /* lets this asker do everything that no row before it decides; or null */
  RuleSet conventions;        /* those that a row switches on: it names one or their group, and does not allow */
  Array<const PolicyRow *> rows;
  Array<RowShape> shapes; /* by first */
  IndexEntry **buckets;
  uint32 mask;

  /* The first row that matches; null when none does. */
  const PolicyRow *Find(Question &question) const;

 private:
  const PolicyRow *FirstOf(uint32 hash, Scope scope, Question &question, const PolicyRow *best) const;
  const PolicyRow *FindByScan(Question &question) const;
};

/* rows: in the order in which they are tried; they must outlive the view.  The view's context becomes
 * a child of the current one. */
PolicyView *BuildView(const PolicyRow *rows, int count, const Asker &asker, TimestampTz now);

}  // namespace ddlguard
