/*
 * See expression.h.
 */
#include "pg/expression.h"

namespace ddlguard {

PriorUser BecomeOwner(Oid relation) {
  PriorUser prior = {};
  GetUserIdAndSecContext(&prior.user, &prior.context);
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
  Oid owner = prior.user;
  if (HeapTupleIsValid(tuple)) {
    owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
    ReleaseSysCache(tuple);
  }
  SetUserIdAndSecContext(owner, prior.context | SECURITY_RESTRICTED_OPERATION);
  prior.guc_level = NewGUCNestLevel();
  return prior;
}

void BecomeAgain(const PriorUser &prior) {
  AtEOXact_GUC(false, prior.guc_level);
  SetUserIdAndSecContext(prior.user, prior.context);
}

PartitionKey PartitionKeyOf(Relation relation) {
  if (relation->rd_partkey != nullptr) return relation->rd_partkey;
  return AsOwner(RelationGetRelid(relation), [&] { return RelationGetPartitionKey(relation); });
}

Node *FoldConstants(Oid relation, Node *expr) {
  return AsOwner(relation, [&] { return eval_const_expressions(nullptr, expr); });
}

Node *PlanExpression(Oid relation, Node *expr) {
  return AsOwner(relation,
                 [&] { return reinterpret_cast<Node *>(expression_planner(reinterpret_cast<Expr *>(expr))); });
}

}  // namespace ddlguard
