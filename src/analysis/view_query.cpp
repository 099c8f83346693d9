/*
 * See view_query.h.
 *
 * The old query is a tree in the catalog; the new one is raw.  Its expressions are analysed one by one over
 * the only table that it reads, which needs no lock, and compared with equal().
 */
#include "analysis/view_query.h"

#include "analysis/proof.h"
#include "analysis/statement.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

/* One table, a condition and expressions, nothing else. */
bool IsPlain(const Query *query) {
  if (query->hasAggs || query->hasWindowFuncs || query->hasTargetSRFs || query->hasSubLinks ||
      query->setOperations != nullptr || query->cteList != NIL || query->groupClause != NIL ||
      query->distinctClause != NIL || query->limitCount != nullptr || query->limitOffset != nullptr)
    return false;
  return list_length(query->jointree->fromlist) == 1 && IsA(linitial(query->jointree->fromlist), RangeTblRef);
}

/* What makes fewer or other rows of the same table, whatever it says. */
bool Condenses(const SelectStmt *select) {
  return select->groupClause != NIL || select->havingClause != nullptr || select->distinctClause != NIL ||
         select->limitCount != nullptr || select->limitOffset != nullptr;
}

bool HasSubLink(Node *node, bool *found) {
  if (node == nullptr) return false;
  if (IsA(node, SubLink)) return *found = true;
  return WalkRawTree(node, HasSubLink, found);
}

/* Takes the table's name off its columns; found: something stays qualified. */
struct Qualifier {
  const char *name;
  bool other;
};
bool Strip(Node *node, Qualifier *qualifier) {
  if (node == nullptr) return false;
  if (IsA(node, ColumnRef)) {
    auto *column = reinterpret_cast<ColumnRef *>(node);
    if (list_length(column->fields) == 1) return false;
    const Node *first = static_cast<const Node *>(linitial(column->fields));
    if (list_length(column->fields) == 2 && IsA(first, String) && Equal(strVal(first), qualifier->name)) {
      column->fields = list_make1(llast(column->fields));
      return false;
    }
    return qualifier->other = true;
  }
  return WalkRawTree(node, Strip, qualifier);
}

struct Comparison {
  Relation table;
  Qualifier qualifier;

  /* The raw expression as the old query has its own: over variable 1.  Null: cannot be told. */
  Node *Analyse(const Node *raw, ParseExprKind kind) {
    bool sublink = false;
    HasSubLink(const_cast<Node *>(raw), &sublink);
    if (sublink) return nullptr;
    Node *copy = static_cast<Node *>(copyObjectImpl(raw));
    Strip(copy, &qualifier);
    return qualifier.other ? nullptr : AnalyseExpression(table, copy, kind);
  }

  bool Differs(const Node *old, const Node *raw, ParseExprKind kind) {
    if ((old == nullptr) != (raw == nullptr)) return true;
    if (old == nullptr) return false;
    Node *made = Analyse(raw, kind);
    return made != nullptr && exprType(made) != UNKNOWNOID && !equal(made, old);
  }
};

/* The raw expressions of the output, with stars written out. */
List *Outputs(const SelectStmt *select, Relation table) {
  List *outputs = NIL;
  for (const ResTarget *target : Each<const ResTarget>(select->targetList)) {
    const bool star =
        IsA(target->val, ColumnRef) && IsA(llast(reinterpret_cast<const ColumnRef *>(target->val)->fields), A_Star);
    if (!star) {
      outputs = lappend(outputs, target->val);
      continue;
    }
    for (int i = 0; i < table->rd_att->natts; ++i) {
      Form_pg_attribute column = TupleDescAttr(table->rd_att, i);
      if (column->attisdropped) continue;
      ColumnRef *name = makeNode(ColumnRef);
      name->fields = list_make1(makeString(pstrdup(NameStr(column->attname))));
      name->location = -1;
      outputs = lappend(outputs, name);
    }
  }
  return outputs;
}

bool Differs(const Query *old, const SelectStmt *select, Relation table, const char *qualifier) {
  Comparison comparison = {table, {qualifier, false}};
  if (comparison.Differs(old->jointree->quals, select->whereClause, EXPR_KIND_WHERE)) return true;
  List *outputs = Outputs(select, table);
  int at = 0;
  for (const TargetEntry *entry : Each<const TargetEntry>(old->targetList)) {
    if (entry->resjunk) continue;
    if (at == list_length(outputs)) return false; /* PostgreSQL refuses it */
    const Node *raw = static_cast<const Node *>(list_nth(outputs, at++));
    if (comparison.Differs(reinterpret_cast<const Node *>(entry->expr), raw, EXPR_KIND_SELECT_TARGET)) return true;
  }
  return false;
}

}  // namespace

bool ShowsOtherRows(Analysis &a, Oid view, const ViewStmt *stmt) {
  Relation rel = OpenUnlocked(view);
  if (rel == nullptr) return false;
  Query *old = ViewQuery(rel);
  CloseUnlocked(rel);
  if (old == nullptr || !IsPlain(old) || !IsA(stmt->query, SelectStmt)) return false;
  auto *select = reinterpret_cast<const SelectStmt *>(stmt->query);
  if (select->op != SETOP_NONE || select->withClause != nullptr || select->windowClause != NIL ||
      list_length(select->fromClause) != 1)
    return false;
  const Node *from = static_cast<const Node *>(linitial(select->fromClause));
  if (!IsA(from, RangeVar)) return false;
  auto *name = reinterpret_cast<const RangeVar *>(from);
  if (name->alias != nullptr && name->alias->colnames != NIL) return false;
  const Target *read = a.Resolve(name, NoLock);
  if (read == nullptr || !OidIsValid(read->oid)) return false;

  const int number = reinterpret_cast<const RangeTblRef *>(linitial(old->jointree->fromlist))->rtindex;
  const RangeTblEntry *entry = rt_fetch(number, old->rtable);
  if (entry->rtekind != RTE_RELATION) return false;
  if (entry->relid != read->oid || entry->inh != name->inh || Condenses(select)) return true;
  ChangeVarNodes(reinterpret_cast<Node *>(old->targetList), number, 1, 0);
  ChangeVarNodes(old->jointree->quals, number, 1, 0);
  Relation table = OpenUnlocked(read->oid);
  if (table == nullptr) return false;
  const bool differs = Differs(old, select, table, name->alias != nullptr ? name->alias->aliasname : name->relname);
  CloseUnlocked(table);
  return differs;
}

}  // namespace ddlguard
