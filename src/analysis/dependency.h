/*
 * Dependencies: what a DROP takes with it, and where a type is used.
 *
 * DropClosure() walks pg_depend as PostgreSQL's performMultipleDeletions() does, without locking:
 * dependents of every kind, the owners of internal parts (a rule of a view means the view), the
 * members of an extension.  What it must not miss is an object that PostgreSQL would drop; what
 * changes between the walk and the lock is caught by the net (hooks/object_access.cpp).
 */
#pragma once

#include "analysis/analysis.h"

namespace ddlguard {

/* How an object came into the closure; several may hold. */
enum DropReason : uint8 {
  kDropNamed = 1,     /* the statement says so */
  kDropNormal = 2,    /* only CASCADE takes it */
  kDropAuto = 4,      /* goes silently: auto, internal, extension member */
  kDropPartition = 8, /* part of a partitioned object that goes */
  kDropOwnerOf = 16,  /* one of its internal parts is reached */
  kDropIsPart = 32    /* cannot go unless what it is a part of goes */
};

struct Dropped {
  ObjectAddress object;
  uint8 reasons;

  bool Named() const { return (reasons & kDropNamed) != 0; }
  bool Silent() const { return (reasons & (kDropAuto | kDropPartition)) != 0; }
};

struct Closure {
  Array<Dropped> objects;
  bool refused = false; /* PostgreSQL will not do it: dependents without CASCADE, parts of others */
  HTAB *index = nullptr;

  /* Is the object among them?  A column is when its table is. */
  bool Contains(Oid classid, Oid objectid, int subid = 0) const;
  bool ContainsRelation(Oid relation) const { return Contains(RelationRelationId, relation); }
  /* Is some column of the relation among them, the relation itself not? */
  bool ContainsColumnOf(Oid relation) const;
};

Closure DropClosure(const Array<ObjectAddress> &named, bool cascade);
/* In a script: what its statements before have dropped is gone, with all that goes with it.  before: and this. */
Closure DropClosure(const Analysis &a, const Array<ObjectAddress> &named, bool cascade,
                    const Array<ObjectAddress> &before = {});

/* A column whose values are, or contain, values of a type. */
struct TypeUse {
  Oid relation;
  AttrNumber attnum; /* 0: a typed table of the type */
  Oid type;          /* the column's own type: the type asked for, or one made of it */
};

/* Columns of tables, views and matviews that use the type: directly, or by way of domains, arrays,
 * ranges and composite types. */
Array<TypeUse> UsesOfType(Oid type);

/* Does a live table or materialized view use the type? */
bool TypeIsLive(Analysis &a, Oid type);

/* A function that clients can call: not one that only a trigger calls. */
bool IsCallable(Oid function);

/* May anybody have come to call it: callable, not made in this transaction, in a database in use? */
bool FunctionIsLive(Oid function);

/*
 * May clients call the function?  No, when only triggers call it, or when calls are counted and there was
 * none.  calls, when not null: a sentence about those that there were.
 */
bool MayBeCalled(Oid function, const char **calls = nullptr);

/* Does the schema hold a live relation, function or type? */
bool SchemaIsLive(Analysis &a, Oid schema);

}  // namespace ddlguard
