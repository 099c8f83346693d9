/*
 * See expression.h.
 */
#include "pg/expression.h"

#include "analysis/attempt.h"

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

bool run_no_functions = false;

namespace {

bool simplifying = false; /* by Simplify(), with run_no_functions */

bool IsUserFunction(Oid function, void *) { return function >= FirstNormalObjectId; }

bool SeekUserFunction(Node *node, void *) {
  if (node == nullptr) return false;
  if (check_functions_in_node(node, IsUserFunction, nullptr)) return true;
  if (IsA(node, Query)) return WalkQuery<void>(reinterpret_cast<Query *>(node), SeekUserFunction, nullptr, 0);
  return WalkTree<void>(node, SeekUserFunction, nullptr);
}

struct Simplification {
  Oid relation;
  Node *expr;
  Node *(*simplify)(Node *);
  Node *simplified;
};

void Simplify(void *context) {
  auto *each = static_cast<Simplification *>(context);
  each->simplified = AsOwner(each->relation, [&] { return each->simplify(each->expr); });
}

Node *Simplified(Oid relation, Node *expr, Node *(*simplify)(Node *)) {
  Simplification each = {relation, expr, simplify, nullptr};
  if (!run_no_functions || !CallsUserFunction(expr)) {
    Simplify(&each);
    return each.simplified;
  }
  const char *volatile failure = nullptr;
  simplifying = true;
  PG_TRY();
  { failure = Attempt(Simplify, &each); }
  PG_FINALLY();
  { simplifying = false; }
  PG_END_TRY();
  return failure == nullptr ? each.simplified : expr;
}

}  // namespace

bool CallsUserFunction(Node *node) { return SeekUserFunction(node, nullptr); }

void MayRunFunction(Oid function) {
  if (simplifying && function >= FirstNormalObjectId)
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("function %u is not run by ddlguard", function)));
}

Node *FoldConstants(Oid relation, Node *expr) {
  return Simplified(relation, expr, [](Node *node) { return eval_const_expressions(nullptr, node); });
}

Node *PlanExpression(Oid relation, Node *expr) {
  return Simplified(relation, expr, [](Node *node) {
    return reinterpret_cast<Node *>(expression_planner(reinterpret_cast<Expr *>(node)));
  });
}

}  // namespace ddlguard
