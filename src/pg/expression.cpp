/*
 * See expression.h.
 */
#include "pg/expression.h"

#include "analysis/attempt.h"

namespace ddlguard {

bool IsNullLiteral(const Node *raw) {
  if (raw == nullptr) return true;
  if (IsA(raw, TypeCast)) return IsNullLiteral(reinterpret_cast<const TypeCast *>(raw)->arg);
  return IsA(raw, A_Const) && reinterpret_cast<const A_Const *>(raw)->isnull;
}

bool IsBooleanLiteral(const Node *raw, bool wanted) {
  if (raw == nullptr) return false;
  if (IsA(raw, TypeCast)) return IsBooleanLiteral(reinterpret_cast<const TypeCast *>(raw)->arg, wanted);
  if (!IsA(raw, A_Const)) return false;
  auto *constant = reinterpret_cast<const A_Const *>(raw);
  return !constant->isnull && IsA(&constant->val, Boolean) && boolVal(&constant->val) == wanted;
}

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

ParseNamespaceItem *NamespaceItem(ParseState *pstate, Relation relation) {
  TupleDesc columns = RelationGetDescr(relation);
  RangeTblEntry *entry = makeNode(RangeTblEntry);
  entry->rtekind = RTE_RELATION;
  entry->relid = RelationGetRelid(relation);
  entry->relkind = relation->rd_rel->relkind;
  entry->rellockmode = AccessShareLock;
  entry->inFromCl = true;
  entry->eref = makeAlias(RelationGetRelationName(relation), NIL);
  auto *item = static_cast<ParseNamespaceItem *>(palloc0(sizeof(ParseNamespaceItem)));
  item->p_nscolumns =
      static_cast<ParseNamespaceColumn *>(palloc0(Max(columns->natts, 1) * sizeof(ParseNamespaceColumn)));
  for (int i = 0; i < columns->natts; ++i) {
    const FormData_pg_attribute *attribute = TupleDescAttr(columns, i);
    const char *name = attribute->attisdropped ? "" : NameStr(attribute->attname);
    entry->eref->colnames = lappend(entry->eref->colnames, makeString(pstrdup(name)));
    if (attribute->attisdropped) continue;
    ParseNamespaceColumn &column = item->p_nscolumns[i];
    column.p_varno = column.p_varnosyn = 1;
    column.p_varattno = column.p_varattnosyn = attribute->attnum;
    column.p_vartype = attribute->atttypid;
    column.p_vartypmod = attribute->atttypmod;
    column.p_varcollid = attribute->attcollation;
  }
#if PG_VERSION_NUM >= 160000
  item->p_perminfo = addRTEPermissionInfo(&pstate->p_rteperminfos, entry);
#endif
  pstate->p_rtable = lappend(pstate->p_rtable, entry);
  item->p_names = entry->eref;
  item->p_rte = entry;
  item->p_rtindex = list_length(pstate->p_rtable);
  return item;
}

}  // namespace ddlguard
