/*
 * What a name in a statement means, for objects of every type, and how objects are called.
 *
 * PostgreSQL's get_object_address() locks what it finds, so it cannot be used before the verdict;
 * the lookups here lock nothing.  A name that means nothing comes back empty: PostgreSQL will say so,
 * or IF EXISTS makes the statement a no-op.
 */
#pragma once

#include "analysis/analysis.h"

namespace ddlguard {

struct NamedObject {
  ObjectAddress address = {InvalidOid, InvalidOid, 0};
  const Target *target = nullptr;   /* the object; never null when found */
  const Target *relation = nullptr; /* the table of a trigger, rule or policy */

  bool Found() const { return target != nullptr; }
};

/*
 * object: the node that the grammar makes for this type (a list of names, a String, a TypeName, an
 * ObjectWithArgs).  Relations are resolved with the lock given; others ignore it.
 */
NamedObject FindObject(Analysis &a, ObjectType type, const Node *object, LOCKMODE lock);

/* Is an object of this type a relation, which its statements name as a RangeVar or a list of names? */
bool IsRelationType(ObjectType type);

/* An object by its address, with its schema and name. */
const Target *TargetOf(Analysis &a, const ObjectAddress &address);

/* Made in this transaction or by this script, so that nobody else can know it. */
bool IsNew(Analysis &a, const Target *target);

/* May the current user drop or rename the object, given that a schema's owner may drop in it? */
bool MayDrop(const NamedObject &named);
bool MayAlter(const NamedObject &named);

}  // namespace ddlguard
