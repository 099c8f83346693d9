/*
 * See view_writes.h.
 */
#include "analysis/view_writes.h"

#include "analysis/statement.h"
#include "analysis/trigger_function.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

struct InsteadTrigger {
  int16 type;
  Oid function;
};

/* As the rewriter does outside of replication. */
bool Fires(char enabled) { return enabled == RULE_FIRES_ON_ORIGIN || enabled == RULE_FIRES_ALWAYS; }

/* The rules; of the triggers only what they are, since looking at their functions may rebuild the relcache entry. */
ViewWrites ReadWriters(Relation view, const Array<Oid> &without, Array<InsteadTrigger> *triggers) {
  ViewWrites writes;
  const RuleLock *rules = view->rd_rules;
  for (int i = 0; rules != nullptr && i < rules->numLocks; ++i) {
    const RewriteRule *rule = rules->rules[i];
    if (!rule->isInstead || !Fires(rule->enabled) || without.Contains(rule->ruleId)) continue;
    (rule->qual == nullptr ? writes.rules : writes.conditional) |= WriteOf(rule->event);
  }
  const TriggerDesc *described = view->trigdesc;
  for (int i = 0; described != nullptr && i < described->numtriggers; ++i) {
    const Trigger &trigger = described->triggers[i];
    if (!TRIGGER_FOR_INSTEAD(trigger.tgtype) || without.Contains(trigger.tgoid)) continue;
    writes.triggers |= trigger.tgtype & kWrites;
    triggers->Add({trigger.tgtype, trigger.tgfoid});
  }
  return writes;
}

/* The views that are being looked at: each reads the one before.  PostgreSQL lets them come back to the first, and
 * refuses every use of them then. */
struct Chain {
  Oid view;
  const Chain *above;

  bool Has(Oid relation) const {
    for (const Chain *each = this; each != nullptr; each = each->above)
      if (each->view == relation) return true;
    return false;
  }
};

int16 WritesBelow(Oid relation, ForeignTables foreign, const Chain &above);

int16 AutomaticWrites(Query *query, ForeignTables foreign, const Chain &above) {
  if (query == nullptr || view_query_is_auto_updatable(query, false) != nullptr) return 0;
  /* Without a column to write, rows can still be deleted. */
  const int16 writes = view_query_is_auto_updatable(query, true) == nullptr ? kWrites : kDeletes;
  auto *reference = reinterpret_cast<const RangeTblRef *>(linitial(query->jointree->fromlist));
  return writes & WritesBelow(rt_fetch(reference->rtindex, query->rtable)->relid, foreign, above);
}

ViewWrites WritesOf(const Chain &chain, ForeignTables foreign, const Array<Oid> &without) {
  check_stack_depth();
  Relation rel = OpenUnlocked(chain.view);
  if (rel == nullptr) return {};
  Array<InsteadTrigger> triggers;
  ViewWrites writes = ReadWriters(rel, without, &triggers);
  Query *query = ViewQuery(rel);
  CloseUnlocked(rel);
  for (const InsteadTrigger &trigger : triggers) {
    const char *source = SourceInPlpgsql(trigger.function);
    if (source != nullptr && TriggerBody(source).StopsWrites(trigger.type) != nullptr)
      writes.stopped |= trigger.type & kWrites;
  }
  writes.automatic = AutomaticWrites(query, foreign, chain);
  return writes;
}

int16 WritesBelow(Oid relation, ForeignTables foreign, const Chain &above) {
  if (above.Has(relation)) return 0;
  if (get_rel_relkind(relation) == RELKIND_VIEW) return WritesOf({relation, &above}, foreign, {}).All();
  return WritesOfRelation(relation, foreign);
}

/* "INSERT, UPDATE or DELETE" */
const char *Names(int16 writes) {
  struct Named {
    int16 write;
    const char *name;
  };
  const char *names = nullptr;
  for (const Named &each : {Named{kInserts, "INSERT"}, Named{kUpdates, "UPDATE"}, Named{kDeletes, "DELETE"}}) {
    if ((writes & each.write) == 0) continue;
    writes &= ~each.write;
    names = names == nullptr ? each.name : Format("{}{} {}", names, writes == 0 ? " or" : ",", each.name);
  }
  return names;
}

/* What the script has done before this statement is not in the catalog. */
int16 WritesGivenBefore(Analysis &a, const Target *view) {
  int16 given = 0;
  if (!a.ledger.script) return given;
  for (int i = 0; i < a.ledger.next - 1; ++i)
    given |= WritesGivenBy(a, view, static_cast<const RawStmt *>(list_nth(a.ledger.statements, i))->stmt);
  return given;
}

}  // namespace

int16 WriteOf(CmdType event) {
  return event == CMD_INSERT ? kInserts : event == CMD_UPDATE ? kUpdates : event == CMD_DELETE ? kDeletes : 0;
}

ViewWrites WritesOfView(Oid view, ForeignTables foreign, const Array<Oid> &without) {
  return WritesOf({view, nullptr}, foreign, without);
}

int16 WritesByOthers(Oid view) {
  Relation rel = OpenUnlocked(view);
  if (rel == nullptr) return 0;
  Array<InsteadTrigger> triggers;
  const ViewWrites writes = ReadWriters(rel, {}, &triggers);
  CloseUnlocked(rel);
  return writes.ByOthers();
}

int16 WritesOfRelation(Oid relation, ForeignTables foreign) {
  switch (get_rel_relkind(relation)) {
    case RELKIND_RELATION:
    case RELKIND_PARTITIONED_TABLE:
      return kWrites;
    case RELKIND_FOREIGN_TABLE:
      return foreign == ForeignTables::are_written ? kWrites : 0;
    case RELKIND_VIEW:
      return WritesOfView(relation, foreign).All();
    default:
      return 0;
  }
}

void AddLostWrites(Analysis &a, const Target *view, int16 lost, LOCKMODE lock, const char *before, const char *after) {
  if (lost != 0) lost &= ~WritesGivenBefore(a, view);
  if (lost == 0) return;
  Mend mend;
  mend.object = {RelationRelationId, view->oid, 0};
  mend.writes = lost;
  AddMendable(a,
              {.why = Why::view_refuses_writes,
               .target = view,
               .lock = lock,
               .fact = Format("{} {} {}", before, Names(lost), after)},
              mend);
}

void AddLostWriters(Analysis &a, const Target *relation, const Array<Oid> &going) {
  if (relation == nullptr || relation->relkind != RELKIND_VIEW) return;
  const int16 before = WritesOfView(relation->oid, ForeignTables::are_written).All();
  const int16 after = WritesOfView(relation->oid, ForeignTables::are_written, going).All();
  AddLostWrites(a, relation, before & ~after, AccessExclusiveLock, "nothing else carries out", "on it");
}

int16 WritesGivenBy(Analysis &a, const Target *view, const Node *statement) {
  auto means = [&](const RangeVar *name) {
    if (!Equal(name->relname, view->name)) return false;
    const Target *relation = a.Resolve(name, NoLock);
    return relation != nullptr && relation->oid == view->oid;
  };
  if (IsA(statement, CreateTrigStmt)) {
    auto *stmt = reinterpret_cast<const CreateTrigStmt *>(statement);
    return stmt->timing == TRIGGER_TYPE_INSTEAD && means(stmt->relation) ? stmt->events & kWrites : 0;
  }
  if (IsA(statement, RuleStmt)) {
    auto *stmt = reinterpret_cast<const RuleStmt *>(statement);
    return stmt->instead && stmt->whereClause == nullptr && means(stmt->relation) ? WriteOf(stmt->event) : 0;
  }
  if (IsA(statement, ViewStmt)) {
    auto *stmt = reinterpret_cast<const ViewStmt *>(statement);
    const char *obstacle;
    return means(stmt->view) ? WritesOfQuery(a, stmt->query, &obstacle) : 0;
  }
  return 0;
}

namespace {

/* Of a view that can be inserted through. */
bool StandsForRequired(Oid view, AttrNumber attnum) {
  check_stack_depth();
  if ((WritesByOthers(view) & kInserts) != 0) return false;
  Relation rel = OpenUnlocked(view);
  Query *query = rel == nullptr ? nullptr : ViewQuery(rel);
  CloseUnlocked(rel);
  if (query == nullptr) return false;
  const TargetEntry *entry = get_tle_by_resno(query->targetList, attnum);
  if (entry == nullptr || !IsA(entry->expr, Var)) return false;
  auto *var = reinterpret_cast<const Var *>(entry->expr);
  if (var->varattno <= 0) return false;
  const Oid below = rt_fetch(var->varno, query->rtable)->relid;
  HeapTuple tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(below), Int16GetDatum(var->varattno));
  if (!HeapTupleIsValid(tuple)) return false;
  auto column = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
  const bool filled = column->atthasdef || column->attidentity != '\0';
  const bool required = column->attnotnull;
  const Oid type = column->atttypid;
  ReleaseSysCache(tuple);
  if (filled) return false;
  if (get_rel_relkind(below) == RELKIND_VIEW) return StandsForRequired(below, var->varattno);
  return required && get_typdefault(type) == nullptr;
}

}  // namespace

bool FillsRequiredColumn(Oid view, AttrNumber attnum) {
  return (WritesOfView(view, ForeignTables::are_not_written).All() & kInserts) != 0 && StandsForRequired(view, attnum);
}

}  // namespace ddlguard
