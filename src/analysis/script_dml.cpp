/*
 * DML and queries of a script under check(), which are not executed and so have no plan; and queries of other
 * statements, whose plan is not made yet.
 *
 * How many rows they would touch is what the planner says, so it is asked: the statement is analysed,
 * rewritten and planned as EXPLAIN would do it, in a subtransaction that is rolled back, so that the locks
 * of that are gone again, and without waiting for one.  Functions of users are not run: the planner would
 * compute those that it takes for constant, so a statement that calls one is not planned.
 *
 * A statement about names that the script has made, renamed or dropped cannot be planned against the catalog.
 * Then its rows are sought by a query of the same conditions, without those about new columns.  What cannot be
 * planned at all counts with everything that it could reach.
 */
#include "analysis/dml.h"
#include "analysis/statement.h"
#include "pg/catalog.h"
#include "pg/expression.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

/* ---- planning ---- */

/* Null when a function of a user is called. */
List *Plan(Node *statement, const char *sql) {
  Query *query = reinterpret_cast<Query *>(statement);
  if (!IsA(statement, Query)) {
    RawStmt *raw = makeNode(RawStmt);
    raw->stmt = statement;
    ParseState *state = make_parsestate(nullptr);
    state->p_sourcetext = sql;
    query = transformTopLevelStmt(state, raw);
    free_parsestate(state);
  }
  if (query->commandType == CMD_UTILITY) return NIL;
  List *plans = NIL;
  for (Query *rewritten : Each<Query>(QueryRewrite(query))) {
    if (rewritten->commandType == CMD_UTILITY) continue;
    if (CallsUserFunction(reinterpret_cast<Node *>(rewritten))) return NIL;
    plans = lappend(plans, PlanQuery(rewritten, sql));
  }
  return plans;
}

/* NIL when it cannot be planned. */
List *TryToPlan(const Node *statement, const char *sql) {
  MemoryContext memory = CurrentMemoryContext;
  ResourceOwner owner = CurrentResourceOwner;
  auto *copy = static_cast<Node *>(copyObjectImpl(statement));
  List *volatile plans = NIL;
  const int lock_timeout = LockTimeout;
  BeginInternalSubTransaction(nullptr);
  MemoryContextSwitchTo(memory);
  LockTimeout = 1;
  PG_TRY();
  { plans = Plan(copy, sql); }
  PG_CATCH();
  {
    MemoryContextSwitchTo(memory);
    LockTimeout = lock_timeout;
    ErrorData *error = CopyErrorData();
    FlushErrorState();
    RollbackAndReleaseCurrentSubTransaction();
    CurrentResourceOwner = owner;
    MemoryContextSwitchTo(memory);
    const int category = ERRCODE_TO_CATEGORY(error->sqlerrcode);
    if ((category == ERRCODE_OPERATOR_INTERVENTION || category == ERRCODE_INSUFFICIENT_RESOURCES) &&
        error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE)
      ReThrowError(error);
    return NIL;
  }
  PG_END_TRY();
  LockTimeout = lock_timeout;
  RollbackAndReleaseCurrentSubTransaction();
  CurrentResourceOwner = owner;
  MemoryContextSwitchTo(memory);
  return plans;
}

/* ---- what the script has made of the names ---- */

struct Names {
  Analysis *a;
  bool changed; /* one means another thing than in the catalog */
};

bool SeekChangedName(Node *node, Names *names) {
  if (node == nullptr) return false;
  if (IsA(node, RangeVar)) {
    auto *name = reinterpret_cast<RangeVar *>(node);
    const Ledger &ledger = names->a->ledger;
    const Oid found = RangeVarGetRelid(name, NoLock, true);
    const char *schema = name->schemaname;
    if (schema == nullptr) {
      List *path = fetch_search_path(false);
      const Oid first = OidIsValid(found) ? get_rel_namespace(found) : path == NIL ? InvalidOid : linitial_oid(path);
      schema = OidIsValid(first) ? get_namespace_name(first) : "public";
    }
    names->changed = names->changed || ledger.FindRelation(schema, name->relname) != nullptr ||
                     (name->schemaname == nullptr && ledger.FindRelation("pg_temp", name->relname) != nullptr);
    return names->changed;
  }
  return WalkRawTree(node, SeekChangedName, names);
}

bool NamesAreThoseOfCatalog(Analysis &a, const Node *statement) {
  if (a.ledger.relations.Empty()) return true;
  Names names = {&a, false};
  SeekChangedName(const_cast<Node *>(statement), &names);
  return !names.changed;
}

/* ---- a statement that cannot be planned as it is ---- */

struct NewColumns {
  const Ledger *ledger;
  Oid relation;
  bool found;
};

bool SeekNewColumn(Node *node, NewColumns *columns) {
  if (node == nullptr) return false;
  if (IsA(node, ColumnRef)) {
    auto *last = static_cast<Node *>(llast(reinterpret_cast<ColumnRef *>(node)->fields));
    if (IsA(last, String) && columns->ledger->ColumnAdded(columns->relation, strVal(last))) columns->found = true;
    return columns->found;
  }
  return WalkRawTree(node, SeekNewColumn, columns);
}

/* The conditions that the catalog knows the columns of; null: none. */
Node *KnownConditions(const Ledger &ledger, Oid relation, const Node *where) {
  if (where == nullptr) return nullptr;
  List *conditions = NIL;
  if (IsA(where, BoolExpr) && reinterpret_cast<const BoolExpr *>(where)->boolop == AND_EXPR)
    conditions = reinterpret_cast<const BoolExpr *>(where)->args;
  else conditions = list_make1(const_cast<Node *>(where));
  List *known = NIL;
  for (Node *condition : Each<Node>(conditions)) {
    NewColumns columns = {&ledger, relation, false};
    SeekNewColumn(condition, &columns);
    if (!columns.found) known = lappend(known, condition);
  }
  if (known == NIL) return nullptr;
  return reinterpret_cast<Node *>(makeBoolExpr(AND_EXPR, known, -1));
}

/* What a changing statement names, whichever it is. */
struct Change {
  CmdType operation = CMD_UNKNOWN;
  const RangeVar *relation = nullptr;
  const Node *where = nullptr;
  List *from = NIL;
  const Node *source = nullptr; /* INSERT: its query */
  const WithClause *with = nullptr;

  bool Whole() const { return operation != CMD_INSERT && operation != CMD_MERGE && where == nullptr && from == NIL; }
};

Change ChangeOf(const Node *statement) {
  Change change;
  switch (nodeTag(statement)) {
    case T_InsertStmt: {
      auto *stmt = reinterpret_cast<const InsertStmt *>(statement);
      change.operation = CMD_INSERT;
      change.relation = stmt->relation;
      change.source = stmt->selectStmt;
      change.with = stmt->withClause;
      return change;
    }
    case T_UpdateStmt: {
      auto *stmt = reinterpret_cast<const UpdateStmt *>(statement);
      change.operation = CMD_UPDATE;
      change.relation = stmt->relation;
      change.where = stmt->whereClause;
      change.from = stmt->fromClause;
      change.with = stmt->withClause;
      return change;
    }
    case T_DeleteStmt: {
      auto *stmt = reinterpret_cast<const DeleteStmt *>(statement);
      change.operation = CMD_DELETE;
      change.relation = stmt->relation;
      change.where = stmt->whereClause;
      change.from = stmt->usingClause;
      change.with = stmt->withClause;
      return change;
    }
    case T_MergeStmt: {
      auto *stmt = reinterpret_cast<const MergeStmt *>(statement);
      change.operation = CMD_MERGE;
      change.relation = stmt->relation;
      change.from = list_make1(stmt->sourceRelation);
      change.where = stmt->joinCondition;
      change.with = stmt->withClause;
      return change;
    }
    default:
      return change;
  }
}

/* The relation under the name that it has in the catalog, and as the statement calls it. */
RangeVar *InCatalog(const RangeVar *name, Oid relation) {
  RangeVar *copy = makeRangeVar(get_namespace_name(get_rel_namespace(relation)), get_rel_name(relation), -1);
  copy->inh = name->inh;
  copy->alias = name->alias != nullptr ? name->alias : makeAlias(name->relname, NIL);
  return copy;
}

/* The rows that it would find, by a query; negative when that cannot be planned either. */
double RowsFound(Analysis &a, const Change &change, Oid relation) {
  SelectStmt *select = makeNode(SelectStmt);
  select->fromClause = lcons(InCatalog(change.relation, relation), list_copy(change.from));
  select->whereClause = KnownConditions(a.ledger, relation, change.where);
  select->withClause = const_cast<WithClause *>(change.with);
  List *plans = TryToPlan(reinterpret_cast<Node *>(select), a.sql);
  if (plans == NIL) return -1;
  auto *plan = static_cast<PlannedStmt *>(linitial(plans));
  return MayExecute(plan) ? plan->planTree->plan_rows : -1;
}

int RowsListed(const Node *source) {
  if (source == nullptr) return 1; /* DEFAULT VALUES */
  if (!IsA(source, SelectStmt)) return 0;
  return list_length(reinterpret_cast<const SelectStmt *>(source)->valuesLists);
}

bool SeekColumnOrQuery(Node *node, void *) {
  if (node == nullptr) return false;
  if (IsA(node, ColumnRef) || IsA(node, SubLink)) return true;
  return WalkRawTree<void>(node, SeekColumnOrQuery, nullptr);
}

bool SetsInformation(const Node *statement, Oid catalog) {
  if (!IsA(statement, UpdateStmt)) return false;
  for (const ResTarget *column : Each<ResTarget>(reinterpret_cast<const UpdateStmt *>(statement)->targetList))
    if (column->name == nullptr || !OnlyInforms(catalog, column->name)) return false;
  return true;
}

/* By what the parser knows. */
Write Estimate(Analysis &a, const Change &change, const Target *table) {
  constexpr int kWidth = 32; /* of a row that is added, when nothing is known of it */
  Write write = {.relation = table->oid,
                 .operation = change.operation,
                 .rows = table->Tree().rows,
                 .width = kWidth,
                 .whole = change.Whole(),
                 .listed = false};
  if (write.operation == CMD_INSERT) {
    const int listed = RowsListed(change.source);
    write.listed = listed > 0;
    write.rows = write.listed ? listed : QueryReads(a, change.source).rows;
    return write;
  }
  if (write.whole) return write;
  const double found = RowsFound(a, change, table->oid);
  if (found >= 0) write.rows = found;
  /* WHERE true: it asks nothing of the row, and is met. */
  write.whole = found > 0 && change.from == NIL && !SeekColumnOrQuery(const_cast<Node *>(change.where), nullptr);
  return write;
}

bool NeedsRows(const Analysis &a) {
  return !a.ledger.Held().Empty() || a.Wants(Why::unbatched_update) || a.Wants(Why::insert_row_limit);
}

void AnalyzeChange(Analysis &a, const Node *statement);

/* WITH x AS (DELETE ...): each is a change of its own. */
void AnalyzeChangesIn(Analysis &a, const WithClause *with) {
  if (with == nullptr) return;
  for (const CommonTableExpr *each : Each<const CommonTableExpr>(with->ctes))
    if (ChangeOf(each->ctequery).operation != CMD_UNKNOWN) AnalyzeChange(a, each->ctequery);
}

/* The table, or a column of it. */
bool MayWrite(Oid relation, CmdType operation) {
  const AclMode needed = operation == CMD_INSERT   ? ACL_INSERT
                         : operation == CMD_UPDATE ? ACL_UPDATE
                         : operation == CMD_DELETE ? ACL_DELETE
                                                   : ACL_INSERT | ACL_UPDATE | ACL_DELETE;
  return pg_class_aclmask(relation, GetUserId(), needed, ACLMASK_ANY) != 0 ||
         pg_attribute_aclcheck_all(relation, GetUserId(), needed, ACLMASK_ANY) == ACLCHECK_OK;
}

void AnalyzeChange(Analysis &a, const Node *statement) {
  const Change change = ChangeOf(statement);
  AnalyzeChangesIn(a, change.with);
  const Target *table = a.Resolve(change.relation, NoLock);
  if (table == nullptr || !OidIsValid(table->oid) || !MayWrite(table->oid, change.operation)) return;
  if (change.relation->inh) a.Look(table->oid, true);
  Write write = Estimate(a, change, table);
  write.informs = SetsInformation(statement, table->oid);
  AnalyzeWrite(a, write);
}

void AnalyzeSelect(Analysis &a, const SelectStmt *stmt) {
  const HeldLock *held = a.ledger.StrongestHeld();
  if (held == nullptr || held->mode != AccessExclusiveLock) return;
  const Target *blocked = a.Look(held->relation);
  if (blocked != nullptr) AnalyzeRead(a, blocked->oid, QueryReads(a, reinterpret_cast<const Node *>(stmt)));
}

}  // namespace

void AnalyzeScriptDml(Analysis &a, const Node *statement) {
  const bool change = ChangeOf(statement).operation != CMD_UNKNOWN;
  const bool modifies = !change && reinterpret_cast<const SelectStmt *>(statement)->withClause != nullptr;
  const bool needed = NeedsRows(a) && (change || modifies || !a.ledger.Held().Empty());
  if (needed && NamesAreThoseOfCatalog(a, statement)) {
    List *plans = TryToPlan(statement, a.sql);
    for (const PlannedStmt *plan : Each<const PlannedStmt>(plans)) AnalyzeDml(a, plan);
    if (plans != NIL) return;
  }
  if (change) return AnalyzeChange(a, statement);
  auto *select = reinterpret_cast<const SelectStmt *>(statement);
  AnalyzeChangesIn(a, select->withClause);
  AnalyzeSelect(a, select);
}

bool PlannedReads(Analysis &a, const Node *query, Size *size) {
  if (query == nullptr || !(IsA(query, Query) || (IsA(query, SelectStmt) && NamesAreThoseOfCatalog(a, query))))
    return false;
  List *plans = TryToPlan(query, a.sql);
  Size reads;
  for (const PlannedStmt *plan : Each<const PlannedStmt>(plans)) {
    if (plan->commandType != CMD_SELECT || plan->hasModifyingCTE || !MayExecute(plan)) return false;
    reads += ReadsOf(a, plan);
  }
  if (plans != NIL) *size = reads;
  return plans != NIL;
}

namespace {

void RecordWrite(const Analysis &a, const RangeVar *name, LOCKMODE mode, Ledger &ledger) {
  for (const ResolvedName &each : a.names)
    if (each.name == name && OidIsValid(each.oid)) return ledger.Write(each.oid, mode);
  const Oid relation = RangeVarGetRelid(name, NoLock, true);
  if (OidIsValid(relation)) ledger.Write(relation, mode);
}

/* A new row locks the one that it references. */
void RecordReferenced(const RangeVar *name, Ledger &ledger) {
  const Oid relation = RangeVarGetRelid(name, NoLock, true);
  if (!OidIsValid(relation)) return;
  ForEachConstraint(relation, [&](Form_pg_constraint form, HeapTuple) {
    if (form->contype == CONSTRAINT_FOREIGN) ledger.Write(form->confrelid, RowShareLock);
  });
}

void RecordChanges(const Analysis &a, const Node *statement, Ledger &ledger) {
  const Change change = ChangeOf(statement);
  const WithClause *with = change.with;
  if (change.operation == CMD_UNKNOWN) {
    if (!IsA(statement, SelectStmt)) return;
    auto *select = reinterpret_cast<const SelectStmt *>(statement);
    with = select->withClause;
    if (select->lockingClause != NIL)
      for (const Node *from : Each<const Node>(select->fromClause))
        if (IsA(from, RangeVar)) RecordWrite(a, reinterpret_cast<const RangeVar *>(from), RowShareLock, ledger);
  } else {
    RecordWrite(a, change.relation, RowExclusiveLock, ledger);
    if (change.operation == CMD_INSERT) RecordReferenced(change.relation, ledger);
  }
  if (with == nullptr) return;
  for (const CommonTableExpr *each : Each<const CommonTableExpr>(with->ctes)) RecordChanges(a, each->ctequery, ledger);
}

}  // namespace

void RecordScriptDml(const Analysis &a, const Node *statement, Ledger &ledger) {
  if (ledger.in_block) RecordChanges(a, statement, ledger);
}

}  // namespace ddlguard
