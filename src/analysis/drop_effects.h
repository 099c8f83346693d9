/*
 * Effects of a DROP on what it does not name, and facts about constraints and indexes that go.
 */
#pragma once

#include "analysis/dependency.h"

namespace ddlguard {

struct ConstraintFacts {
  Oid oid = InvalidOid;
  Oid relation = InvalidOid; /* invalid: of a domain */
  Oid other = InvalidOid;    /* foreign key: the referenced table */
  Oid index = InvalidOid;    /* of unique, primary key and exclusion; foreign key: the index it needs */
  Oid parent = InvalidOid;   /* the constraint of the partitioned parent */
  const char *name = nullptr;
  char kind = '\0';
  bool inherited = false; /* cannot be dropped on its own */
  int columns = 0;
  AttrNumber column[INDEX_MAX_KEYS] = {};
};

bool ReadConstraint(Oid constraint, ConstraintFacts *facts);
const char *ConstraintKindName(char kind);

/*
 * Would another valid unique index over the same columns, expressions and predicate remain, so that
 * ON CONFLICT still finds one and duplicates stay out?
 */
bool HasEqualUniqueIndex(Oid table, Oid index, const Closure *going);

/* Would UPDATE and DELETE fail, because the table is published and this index names its rows? */
bool IsNeededReplicaIdentity(Oid table, Oid index);

/*
 * Everything in the closure that is not named: relations with the Why given, columns, constraints,
 * indexes, functions and types with their own, and the locks on the tables that they sit on.
 */
void AddCollateral(Analysis &a, const Closure &closure, Why relation_why);

/* A brief lock that no rule minds, unless an effect on the target has it already. */
void AddLock(Analysis &a, const Target *target, LOCKMODE lock);

/* Does the closure reach, beyond the named objects, anything that somebody may use? */
bool ReachesLiveObjects(Analysis &a, const Closure &closure);

void AddExtensionDrop(Analysis &a, const Closure &closure, const Target *extension);

}  // namespace ddlguard
