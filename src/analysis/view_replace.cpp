/*
 * CREATE OR REPLACE VIEW and ALTER VIEW ... SET, and what can be written through the view afterwards.
 *
 * The new query is read as the parser leaves it; analysing it would lock what it reads.  What cannot be told
 * from it is taken to be written.
 */
#include "analysis/acl.h"
#include "analysis/objects.h"
#include "analysis/statement.h"
#include "analysis/view_writes.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

/* What every function of that name and number of arguments is; false, too, when there is none. */
template <typename Is>
bool CallsOnly(const FuncCall *call, Is is) {
  FuncCandidateList candidates = FunctionCandidates(call->funcname, list_length(call->args), true);
  if (candidates == nullptr) return false;
  for (; candidates != nullptr; candidates = candidates->next)
    if (!is(candidates->oid)) return false;
  return true;
}

const char *ObstacleOfCall(const FuncCall *call) {
  if (call->over != nullptr) return "with a window function";
  if (call->agg_star || call->agg_distinct || call->agg_filter != nullptr || call->agg_order != NIL ||
      CallsOnly(call, [](Oid function) { return get_func_prokind(function) == PROKIND_AGGREGATE; }))
    return "with an aggregate";
  return CallsOnly(call, get_func_retset) ? "with a set-returning function" : nullptr;
}

/* What a sub-select does is its own matter. */
bool FindObstacle(Node *node, const char **obstacle) {
  if (node == nullptr) return false;
  if (IsA(node, SubLink)) return FindObstacle(reinterpret_cast<SubLink *>(node)->testexpr, obstacle);
#if PG_VERSION_NUM >= 160000
  if (IsA(node, JsonObjectAgg) || IsA(node, JsonArrayAgg)) *obstacle = "with an aggregate";
#endif
  if (IsA(node, FuncCall)) *obstacle = ObstacleOfCall(reinterpret_cast<FuncCall *>(node));
  return *obstacle != nullptr || WalkRawTree(node, FindObstacle, obstacle);
}

const char *Obstacle(const SelectStmt *select) {
  if (select->withClause != nullptr) return "with WITH";
  if (select->op != SETOP_NONE) return "with UNION, INTERSECT or EXCEPT";
  if (select->valuesLists != NIL) return "of VALUES";
  if (select->distinctClause != NIL) return "with DISTINCT";
  if (select->groupClause != NIL) return "with GROUP BY";
  if (select->havingClause != nullptr) return "with HAVING";
  if (select->limitCount != nullptr) return "with LIMIT";
  if (select->limitOffset != nullptr) return "with OFFSET";
  if (select->fromClause == NIL) return "without FROM";
  if (list_length(select->fromClause) > 1 || IsA(linitial(select->fromClause), JoinExpr)) return "with a join";
  if (!IsA(linitial(select->fromClause), RangeVar)) return "of what is no table or view";
  const char *obstacle = nullptr;
  FindObstacle(reinterpret_cast<Node *>(select->targetList), &obstacle);
  if (obstacle == nullptr) FindObstacle(reinterpret_cast<Node *>(select->sortClause), &obstacle);
  return obstacle;
}

/* Is it a column as it stands?  A cast to the column's own type may change nothing. */
bool MayBeColumn(const Node *raw, const Target *table, Oid type = InvalidOid) {
  if (IsA(raw, TypeCast)) {
    auto *cast = reinterpret_cast<const TypeCast *>(raw);
    return MayBeColumn(cast->arg, table, LookupTypeNameOid(nullptr, cast->typeName, true));
  }
  if (!IsA(raw, ColumnRef)) return false;
  const Node *last = static_cast<const Node *>(llast(reinterpret_cast<const ColumnRef *>(raw)->fields));
  if (!IsA(last, String) || table == nullptr || !OidIsValid(table->oid)) return true;
  const AttrNumber attnum = get_attnum(table->oid, strVal(last));
  return attnum > 0 && (!OidIsValid(type) || get_atttype(table->oid, attnum) == type);
}

enum class Check : uint8 { none, local, cascaded };

/* What SET (...) or WITH (...) asks for; none, too, when it does not say. */
Check CheckIn(const List *options) {
  for (DefElem *option : Each<DefElem>(options)) {
    if (option->defnamespace != nullptr || !Equal(option->defname, "check_option")) continue;
    const char *value = defGetString(option);
    return pg_strcasecmp(value, "cascaded") == 0 ? Check::cascaded
           : pg_strcasecmp(value, "local") == 0  ? Check::local
                                                 : Check::none;
  }
  return Check::none;
}

Check CheckIn(const ViewStmt *stmt) {
  if (stmt->withCheckOption == LOCAL_CHECK_OPTION) return Check::local;
  if (stmt->withCheckOption == CASCADED_CHECK_OPTION) return Check::cascaded;
  return CheckIn(stmt->options);
}

struct ViewState {
  Check check = Check::none;
  bool has_where = false;
  Oid below = InvalidOid; /* what it reads, when PostgreSQL writes there */
};

ViewState StateOf(Oid view) {
  ViewState state;
  Relation rel = get_rel_relkind(view) == RELKIND_VIEW ? OpenUnlocked(view) : nullptr;
  if (rel == nullptr) return state;
  if (RelationHasCascadedCheckOption(rel)) state.check = Check::cascaded;
  else if (RelationHasCheckOption(rel)) state.check = Check::local;
  Query *query = ViewQuery(rel);
  CloseUnlocked(rel);
  if (query == nullptr || view_query_is_auto_updatable(query, false) != nullptr) return state;
  state.has_where = query->jointree->quals != nullptr;
  state.below =
      rt_fetch(reinterpret_cast<const RangeTblRef *>(linitial(query->jointree->fromlist))->rtindex, query->rtable)
          ->relid;
  return state;
}

/* A view from here on down whose WHERE only a cascaded option of the view above it would check.  writes: through it. */
Oid FindUnchecked(Oid view, int16 writes) {
  check_stack_depth();
  if (!OidIsValid(view) || get_rel_relkind(view) != RELKIND_VIEW) return InvalidOid;
  writes &= ~WritesByOthers(view);
  if (writes == 0) return InvalidOid;
  const ViewState state = StateOf(view);
  if (state.check == Check::cascaded) return InvalidOid;
  if (state.check == Check::none && state.has_where) return view;
  return FindUnchecked(state.below, writes);
}

/* state: with the WHERE and the relation below that the view will have, and the option that it has. */
void AddNewCheck(Analysis &a, const Target *view, const ViewState &state, Check wanted, LOCKMODE lock) {
  if (wanted <= state.check) return;
  const int16 writes = WritesOfView(view->oid, ForeignTables::are_not_written).ByItself() & (kInserts | kUpdates);
  if (writes == 0) return;
  const char *fact = nullptr;
  if (state.check == Check::none && state.has_where) {
    fact = "until now rows could be written that its WHERE leaves out";
  } else if (wanted == Check::cascaded) {
    const Oid unchecked =
        FindUnchecked(state.below, writes & WritesOfRelation(state.below, ForeignTables::are_not_written));
    if (!OidIsValid(unchecked)) return;
    fact = Format("until now rows could be written that the WHERE of {} leaves out", get_rel_name(unchecked));
  }
  if (fact != nullptr) a.Add({.why = Why::view_refuses_writes, .target = view, .lock = lock, .fact = fact});
}

/* Most views are simple enough to be written through, and never are: then nobody has got the privilege. */
bool OthersMayWrite(Oid view) {
  const AclSource source = ReadAcl({RelationRelationId, view, 0});
  if (source.acl == nullptr) return false;
  const AclItem *items = ACL_DAT(source.acl);
  for (int i = 0; i < ACL_NUM(source.acl); ++i)
    if (items[i].ai_grantee != source.owner &&
        (ACLITEM_GET_PRIVS(items[i]) & (ACL_INSERT | ACL_UPDATE | ACL_DELETE)) != 0)
      return true;
  return false;
}

}  // namespace

int16 WritesOfQuery(Analysis &a, const Node *query, const char **obstacle) {
  *obstacle = nullptr;
  if (!IsA(query, SelectStmt)) return kWrites;
  auto *select = reinterpret_cast<const SelectStmt *>(query);
  *obstacle = Obstacle(select);
  if (*obstacle != nullptr) return 0;
  auto *name = reinterpret_cast<const RangeVar *>(linitial(select->fromClause));
  const Target *table = a.Resolve(name, NoLock);
  int16 writes = kWrites;
  if (table != nullptr && OidIsValid(table->oid)) writes = WritesOfRelation(table->oid, ForeignTables::are_written);
  if (writes != kWrites) *obstacle = Format("of {}", table->name);
  const bool renamed = name->alias != nullptr && name->alias->colnames != NIL;
  for (const ResTarget *target : Each<const ResTarget>(select->targetList))
    if (MayBeColumn(target->val, renamed ? nullptr : table)) return writes;
  if (*obstacle == nullptr) *obstacle = "without a plain column";
  return writes & kDeletes;
}

void AnalyzeReplacedWrites(Analysis &a, const Target *view, const ViewStmt *stmt) {
  if (!OthersMayWrite(view->oid)) return;
  const int16 before = WritesOfView(view->oid, ForeignTables::are_not_written).ByItself();
  if (before == 0) return;
  const char *obstacle;
  const int16 after = WritesOfQuery(a, stmt->query, &obstacle);
  const Check check = CheckIn(stmt);
  if (check == Check::none) {
    if (obstacle != nullptr)
      AddLostWrites(a, view, before & ~after, AccessExclusiveLock, "PostgreSQL carries out no",
                    Format("through a query {}", obstacle));
    return;
  }
  if (after != kWrites || !IsA(stmt->query, SelectStmt)) return; /* PostgreSQL refuses the option */
  auto *select = reinterpret_cast<const SelectStmt *>(stmt->query);
  const Target *below = a.Resolve(reinterpret_cast<const RangeVar *>(linitial(select->fromClause)), NoLock);
  AddNewCheck(a, view,
              {.check = StateOf(view->oid).check,
               .has_where = select->whereClause != nullptr,
               .below = below == nullptr ? InvalidOid : below->oid},
              check, AccessExclusiveLock);
}

void AnalyzeViewOptions(Analysis &a, const Target *view, const List *options, LOCKMODE lock) {
  if (!OthersMayWrite(view->oid)) return;
  AddNewCheck(a, view, StateOf(view->oid), CheckIn(options), lock);
}

}  // namespace ddlguard
