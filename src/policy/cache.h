/*
 * The rows of ddlguard.policy in this backend, and the view of them that one asker has.
 *
 * Two layers, each in a memory context of its own under CacheMemoryContext:
 *   rows  every valid row, in the order in which they are tried; thrown away when the table changes;
 *   view  the rows whose role and application patterns match the asker and that have not expired,
 *         indexed by rule and name; thrown away with the rows, when another asker comes, and when
 *         the first of its rows expires.
 *
 * The index makes a decision independent of the rows that cannot apply.  Every row has a shape: is it
 * about a rule, a group or all; how long are the literal head and tail of its schema and its relation
 * pattern.  Rows of one shape are found by one hash probe with the pieces of that length of the names
 * in question.  There are few shapes, however many rows.  (Only rows that agree in all of this are
 * tried one by one, such as many patterns of the form '%literal%'.)
 *
 * Both layers are built completely before they take the old one's place, in a context that an error
 * in the middle frees, so the old one stays good.  Nothing handed out by Decide() points in here.
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
  bool operator==(const Scope &other) const { return kind == other.kind && value == other.value; }
};

/* False when text is no rule id, group name or '*'. */
bool ParseScope(const char *text, Scope *scope);
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
  int64 min_rows;  /* -1: none */
  int64 min_bytes; /* -1: none */
  TimestampTz expires_at;
  const char *comment; /* may be null */

  bool HasThreshold() const { return min_rows >= 0 || min_bytes >= 0; }
  bool ReachedBy(Size size) const {
    return !HasThreshold() || (min_rows >= 0 && size.rows >= static_cast<double>(min_rows)) ||
           (min_bytes >= 0 && size.Bytes() >= static_cast<uint64>(min_bytes));
  }
};

struct PatternShape {
  Pattern::Kind kind; /* like counts as split: both are found by head and tail */
  uint8 head_length;
  uint8 tail_length;
  bool operator==(const PatternShape &other) const {
    return kind == other.kind && head_length == other.head_length && tail_length == other.tail_length;
  }
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
  MemoryContext context;
  const char *role;
  const char *application;
  TimestampTz valid_until;
  const PolicyRow *exemption; /* the row that lets this asker do everything; null: none */
  Array<RowShape> shapes;     /* by first */
  IndexEntry **buckets;
  uint32 mask;

  /* The first row that matches; null when none does. */
  const PolicyRow *Find(const Rule &rule, Subject &schema, Subject &relation, Size size) const;
};

/*
 * The view of an asker on ddlguard.policy, whose oid is given; loads what is stale.  Takes AccessShareLock
 * on the table for the time of reading when it can be had at once.  Null when there is nothing to
 * decide by; *failure then says why, as a clause.
 */
const PolicyView *ViewFor(Oid table, const Asker &asker, const char **failure);

/* Rows in the cache, whoever asks; call it after ViewFor. */
int CachedRowCount();

/* Changes whenever the table may have changed. */
uint64 PolicyGeneration();

/* Tells the invalidation callback which relation is meant. */
void WatchRelation(Oid table);

void CacheInit();

}  // namespace ddlguard
