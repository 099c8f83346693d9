/*
 * Expressions of users, simplified with no more rights than their table's owner.
 *
 * The planner runs immutable functions early.  Those of an index, a CHECK or a default were written
 * by whoever may alter the table, and whoever issues the statement (or calls check()) may be a
 * superuser; so they run as the owner, in a security-restricted operation, as CREATE INDEX does.
 * An error on the way leaves the switch to the abort of the (sub)transaction, which takes it back.
 */
#pragma once

#include "pg/prelude.h"

namespace ddlguard {

struct PriorUser {
  Oid user;
  int context;
  int guc_level;
};
PriorUser BecomeOwner(Oid relation);
void BecomeAgain(const PriorUser &prior);

/* Calls make() as the relation's owner and returns what it returns. */
template <typename Make>
auto AsOwner(Oid relation, Make make) {
  PriorUser prior = BecomeOwner(relation);
  auto made = make();
  BecomeAgain(prior);
  return made;
}

/* Literals of a raw expression, cast or not; no expression is a null, too. */
bool IsNullLiteral(const Node *raw);
bool IsBooleanLiteral(const Node *raw, bool wanted);

/* RelationGetPartitionKey, which simplifies the key's expressions when the relcache has not got it yet.
 * Call it before anything else that would load it (partition descriptor, bounds). */
PartitionKey PartitionKeyOf(Relation relation);

/*
 * Under check() nothing of users is run at all: whoever wrote the script may have written the functions too, and the
 * owner may be a superuser.  Where simplifying an expression would call one, it stays as it is.
 */
extern bool run_no_functions;

/* For the object-access hook, which is asked before a function is called: raises an error when it must not be. */
void MayRunFunction(Oid function);

/* Is a function called that is not PostgreSQL's own? */
bool CallsUserFunction(Node *node);

/* The relation as the only one that an expression can name.  addRangeTableEntryForRelation(), but it asserts a
 * lock on the relation, and none is to be taken here. */
ParseNamespaceItem *NamespaceItem(ParseState *pstate, Relation relation);

/* eval_const_expressions and expression_planner, as the owner. */
Node *FoldConstants(Oid relation, Node *expr);
Node *PlanExpression(Oid relation, Node *expr);

}  // namespace ddlguard
