/*
 * See proof.h.
 */
#include "analysis/proof.h"

#include "pg/catalog.h"
#include "pg/expression.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

bool DroppedByStatement(const AlterTableStmt *stmt, const char *constraint) {
  if (stmt == nullptr) return false;
  for (const AlterTableCmd *cmd : Each<AlterTableCmd>(stmt->cmds))
    if (cmd->subtype == AT_DropConstraint && Equal(cmd->name, constraint)) return true;
  return false;
}

bool IsGone(const Analysis &a, Oid relation, const char *constraint) {
  if (a.gone.Count() == 0 && a.ledger.gone.Empty()) return false;
  return a.IsGone(ConstraintRelationId, get_relation_constraint_oid(relation, constraint, true));
}

List *Conjuncts(Oid relation, Node *check) {
  check = FoldConstants(relation, check);
  check = reinterpret_cast<Node *>(canonicalize_qual(reinterpret_cast<Expr *>(check), true));
  return make_ands_implicit(reinterpret_cast<Expr *>(check));
}

struct UnknownColumns {
  Relation relation;
  bool found;
};

bool FindUnknownColumn(Node *node, UnknownColumns *context) {
  if (node == nullptr) return false;
  if (IsA(node, ColumnRef)) {
    auto *ref = reinterpret_cast<ColumnRef *>(node);
    Node *last = static_cast<Node *>(llast(ref->fields));
    if (IsA(last, String) && get_attnum(RelationGetRelid(context->relation), strVal(last)) == InvalidAttrNumber)
      context->found = true;
    return context->found;
  }
  return WalkRawTree(node, FindUnknownColumn, context);
}

bool FindUnknownFunction(Node *node, int *context) {
  if (node == nullptr) return false;
  if (IsA(node, FuncCall) && FunctionCandidates(reinterpret_cast<FuncCall *>(node)->funcname, -1, false) == nullptr)
    return true;
  return WalkRawTree(node, FindUnknownFunction, context);
}

}  // namespace

bool SaysNotNull(const Node *raw, const char *column) {
  if (raw == nullptr) return false;
  if (IsA(raw, BoolExpr)) {
    auto *both = reinterpret_cast<const BoolExpr *>(raw);
    if (both->boolop != AND_EXPR) return false;
    for (const Node *each : Each<Node>(both->args))
      if (SaysNotNull(each, column)) return true;
    return false;
  }
  if (!IsA(raw, NullTest)) return false;
  auto *test = reinterpret_cast<const NullTest *>(raw);
  if (test->nulltesttype != IS_NOT_NULL || !IsA(test->arg, ColumnRef)) return false;
  auto *name = static_cast<Node *>(llast(reinterpret_cast<const ColumnRef *>(test->arg)->fields));
  return IsA(name, String) && Equal(strVal(name), column);
}

bool AddedColumnNotNullProven(const Analysis &a, Oid relation, const char *column, const AlterTableStmt *stmt) {
  for (const ScriptConstraint &made : a.ledger.constraints)
    if (made.relation == relation && made.validated && !made.gone && !DroppedByStatement(stmt, made.name) &&
        SaysNotNull(made.expr, column))
      return true;
  return false;
}

bool CallsUnknownFunction(const Node *raw) {
  int none = 0;
  return FindUnknownFunction(const_cast<Node *>(raw), &none);
}

Node *AnalyseExpression(Relation relation, const Node *raw, ParseExprKind kind) {
  if (raw == nullptr) return nullptr;
  UnknownColumns unknown = {relation, false};
  FindUnknownColumn(const_cast<Node *>(raw), &unknown);
  if (unknown.found) return nullptr;
  ParseState *pstate = make_parsestate(nullptr);
  addNSItemToQuery(pstate, NamespaceItem(pstate, relation), false, true, true);
  Node *expr = transformExpr(pstate, static_cast<Node *>(copyObjectImpl(raw)), kind);
  assign_expr_collations(pstate, expr);
  return expr;
}

bool ConstraintProven(Relation relation, List *constraint) {
  return AsOwner(RelationGetRelid(relation),
                 [&] { return PartConstraintImpliedByRelConstraint(relation, constraint); });
}

List *ValidatedChecks(const Analysis &a, Relation relation, const AlterTableStmt *stmt, bool not_valid_too) {
  const Oid oid = RelationGetRelid(relation);
  List *known = NIL;
  if (const TupleConstr *constraints = relation->rd_att->constr) {
    for (int i = 0; i < constraints->num_check; ++i) {
      const ConstrCheck &check = constraints->check[i];
      bool validated = check.ccvalid || not_valid_too;
      for (const ScriptConstraint &made : a.ledger.constraints)
        if (made.relation == oid && Equal(made.name, check.ccname))
          validated = (made.validated || not_valid_too) && !made.gone;
      if (!validated || IsGone(a, oid, check.ccname)) continue;
      known = list_concat(known, Conjuncts(oid, static_cast<Node *>(stringToNode(check.ccbin))));
    }
  }
  for (const ScriptConstraint &made : a.ledger.constraints) {
    if (made.relation != oid || made.expr == nullptr || made.gone) continue;
    if (!made.validated && !not_valid_too) continue;
    if (DroppedByStatement(stmt, made.name)) continue;
    if (Node *expr = AnalyseExpression(relation, made.expr, EXPR_KIND_CHECK_CONSTRAINT))
      known = list_concat(known, Conjuncts(oid, expr));
  }
  return known;
}

bool CheckImplied(const Analysis &a, Oid relation, const char *check, const AlterTableStmt *stmt) {
  Relation rel = OpenUnlocked(relation);
  if (rel == nullptr) return false;
  List *wanted = NIL;
  if (const TupleConstr *constraints = rel->rd_att->constr)
    for (int i = 0; i < constraints->num_check; ++i)
      if (Equal(constraints->check[i].ccname, check))
        wanted = Conjuncts(relation, static_cast<Node *>(stringToNode(constraints->check[i].ccbin)));
  List *known = ValidatedChecks(a, rel, stmt);
  for (int i = 0; i < rel->rd_att->natts; ++i) {
    const FormData_pg_attribute *attribute = TupleDescAttr(rel->rd_att, i);
    if (attribute->attisdropped || !attribute->attnotnull || !HasValidNotNull(relation, attribute->attnum)) continue;
    if (a.IsGone(AttributeRelationId, relation, attribute->attnum)) continue;
    NullTest *test = makeNode(NullTest);
    test->arg = reinterpret_cast<Expr *>(
        makeVar(1, attribute->attnum, attribute->atttypid, attribute->atttypmod, attribute->attcollation, 0));
    test->nulltesttype = IS_NOT_NULL;
    test->location = -1;
    known = lappend(known, test);
  }
  const bool implied = wanted != NIL && known != NIL && predicate_implied_by(wanted, known, true);
  CloseUnlocked(rel);
  return implied;
}

bool HasValidNotNull(Oid relation, AttrNumber attnum) {
  bool valid = true;
#if PG_VERSION_NUM >= 180000
  ForEachConstraint(relation, [&](Form_pg_constraint form, HeapTuple tuple) {
    if (form->contype != CONSTRAINT_NOTNULL) return;
    AttrNumber column = InvalidAttrNumber;
    ConstraintColumns(tuple, Anum_pg_constraint_conkey, &column, 1);
    if (column == attnum) valid = form->convalidated;
  });
#endif
  if (!valid) return false;
  HeapTuple tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relation), Int16GetDatum(attnum));
  if (!HeapTupleIsValid(tuple)) return false;
  const bool not_null = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple))->attnotnull;
  ReleaseSysCache(tuple);
  return not_null;
}

namespace {

bool NotNullFollows(const Analysis &a, Oid relation, const char *column, const AlterTableStmt *stmt,
                    bool not_valid_too) {
  HeapTuple tuple = SearchSysCacheAttName(relation, column);
  if (!HeapTupleIsValid(tuple)) return false;
  auto attribute = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
  NullTest *test = makeNode(NullTest);
  test->arg = reinterpret_cast<Expr *>(
      makeVar(1, attribute->attnum, attribute->atttypid, attribute->atttypmod, attribute->attcollation, 0));
  test->nulltesttype = IS_NOT_NULL;
  test->location = -1;
  const AttrNumber attnum = attribute->attnum;
  /* What the statement itself takes away, new rows had to have until now. */
  const bool gone = not_valid_too ? a.ledger.IsGone(AttributeRelationId, relation, attnum)
                                  : a.IsGone(AttributeRelationId, relation, attnum);
  const bool there = attribute->attnotnull && !gone;
  ReleaseSysCache(tuple);
  /* One that is NOT VALID is validated, whatever else is known. */
  if (there) return not_valid_too || HasValidNotNull(relation, attnum);

  Relation rel = OpenUnlocked(relation);
  if (rel == nullptr) return false;
  List *known = ValidatedChecks(a, rel, stmt, not_valid_too);
  const bool proven = known != NIL && predicate_implied_by(list_make1(test), known, true);
  CloseUnlocked(rel);
  return proven;
}

}  // namespace

bool NotNullProven(const Analysis &a, Oid relation, const char *column, const AlterTableStmt *stmt) {
  return NotNullFollows(a, relation, column, stmt, false);
}

bool NotNullEnforced(const Analysis &a, Oid relation, const char *column, const AlterTableStmt *stmt) {
  return NotNullFollows(a, relation, column, stmt, true);
}

bool StaysNotNull(const Analysis &a, Oid relation, const char *column) {
  if (a.gone.Find({AttributeRelationId, relation, get_attnum(relation, column)}) != nullptr) return false;
  return !a.ledger.script || NotNullEnforced(a, relation, column, nullptr);
}

Size UnprovenSize(const Analysis &a, const Target *table, const char *column, const AlterTableStmt *stmt) {
  Size size;
  if (!NotNullProven(a, table->oid, column, stmt)) size += table->Own();
  if (!table->recursed) return size;
  Analysis &look = const_cast<Analysis &>(a);
  for (Oid child : table->descendants) {
    const Target *each = look.Look(child);
    if (each != nullptr && each->Own().blocks > 0 && !NotNullProven(a, child, column, stmt)) size += each->Own();
  }
  return size;
}

}  // namespace ddlguard
