/*
 * Statements about objects without storage of their own.  Most only take a brief lock, or none.
 */
#include "analysis/objects.h"

#include "analysis/drop_effects.h"
#include "analysis/named_object.h"
#include "analysis/view_writes.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

const Target *Owned(Analysis &a, const RangeVar *name, LOCKMODE lock) {
  const Target *relation = a.Resolve(name, lock);
  if (relation == nullptr || !OidIsValid(relation->oid) || !OwnsRelation(relation->oid, ActingRole())) return nullptr;
  return relation;
}

namespace {

/* DO INSTEAD on a table replaces what running code sends; on a view it makes the view writable. */
Why WhyOfRule(const Target *table, CmdType event, bool instead) {
  /* INSTEAD replaces the client's statement; any rule on INSERT or UPDATE forbids ON CONFLICT. */
  const bool changes = instead ? event != CMD_SELECT : event == CMD_INSERT || event == CMD_UPDATE;
  return changes && table->relkind != RELKIND_VIEW ? Why::create_rule : Why::lock_only;
}

/* An INSTEAD rule for some rows ends what PostgreSQL does for all of them; one that is replaced may have done more. */
void AddLostToRule(Analysis &a, const Target *view, const RuleStmt *stmt) {
  Array<Oid> going;
  const Oid replaced = get_rewrite_oid(view->oid, stmt->rulename, true);
  if (OidIsValid(replaced) && !stmt->replace) return; /* PostgreSQL refuses it */
  if (OidIsValid(replaced)) going.Add(replaced);
  const int16 before = WritesOfView(view->oid, ForeignTables::are_not_written).All();
  ViewWrites after = WritesOfView(view->oid, ForeignTables::are_written, going);
  if (stmt->instead) (stmt->whereClause == nullptr ? after.rules : after.conditional) |= WriteOf(stmt->event);
  AddLostWrites(a, view, before & ~after.All(), AccessExclusiveLock, "nothing else carries out", "for all of its rows");
}

void AnalyzeRule(Analysis &a, const RuleStmt *stmt) {
  const Target *table = Owned(a, stmt->relation, AccessExclusiveLock);
  if (table == nullptr) return;
  a.Add({.why = WhyOfRule(table, stmt->event, stmt->instead),
         .target = a.Look(table->oid, table->IsPartitioned()),
         .lock = AccessExclusiveLock,
         .column = stmt->rulename});
  if (table->relkind == RELKIND_VIEW && stmt->event != CMD_SELECT) AddLostToRule(a, table, stmt);
}

/* Would RESTART, or an INCREMENT of the other sign, hand out values again that the sequence has passed? */
bool GoesBackwards(Oid sequence, const List *options) {
  DefElem *restart = nullptr;
  DefElem *increment = nullptr;
  for (DefElem *option : Each<DefElem>(options)) {
    if (Equal(option->defname, "restart")) restart = option;
    if (Equal(option->defname, "increment")) increment = option;
  }
  if (restart == nullptr && increment == nullptr) return false;
  HeapTuple tuple = SearchSysCache1(SEQRELID, ObjectIdGetDatum(sequence));
  if (!HeapTupleIsValid(tuple)) return false;
  auto form = reinterpret_cast<Form_pg_sequence>(GETSTRUCT(tuple));
  const bool ascending = form->seqincrement > 0;
  const int64 start = form->seqstart;
  ReleaseSysCache(tuple);
  int64 last;
  if (!SequenceLastValue(sequence, &last)) return false;
  const bool turns = increment != nullptr && (defGetInt64(increment) > 0) != ascending;
  const int64 wanted = restart == nullptr ? last : restart->arg == nullptr ? start : defGetInt64(restart);
  /* What has been given lies between start and last. */
  if (turns) return ascending ? wanted >= start : wanted <= start;
  return restart != nullptr && (ascending ? wanted <= last : wanted >= last);
}

/*
 * What the next value would mean when the statement moves a bound, takes larger steps, or says what comes at the bound.
 * lock_only: it lies within, or PostgreSQL refuses the statement since the last value does not.
 */
Why BeyondBound(Oid sequence, const List *options, int64 *last) {
  HeapTuple tuple = SearchSysCache1(SEQRELID, ObjectIdGetDatum(sequence));
  if (!HeapTupleIsValid(tuple)) return Why::lock_only;
  const FormData_pg_sequence now = *reinterpret_cast<Form_pg_sequence>(GETSTRUCT(tuple));
  ReleaseSysCache(tuple);
  int64 step = now.seqincrement, least = now.seqmin, most = now.seqmax;
  bool cycle = now.seqcycle, moved = false;
  for (DefElem *option : Each<DefElem>(options)) {
    if (Equal(option->defname, "restart") || Equal(option->defname, "as")) return Why::lock_only;
    if (Equal(option->defname, "cycle")) cycle = defGetBoolean(option), moved = true;
    if (option->arg == nullptr) continue; /* NO MAXVALUE, NO MINVALUE */
    if (Equal(option->defname, "increment")) step = defGetInt64(option), moved = true;
    if (Equal(option->defname, "minvalue")) least = defGetInt64(option), moved = true;
    if (Equal(option->defname, "maxvalue")) most = defGetInt64(option), moved = true;
  }
  int64 next;
  if (!moved || !SequenceLastValue(sequence, last) || *last < least || *last > most) return Why::lock_only;
  if (!pg_add_s64_overflow(*last, step, &next) && next >= least && next <= most) return Why::lock_only;
  return cycle ? Why::sequence_restart_backwards : Why::sequence_exhausted;
}

void AnalyzeAlterSequence(Analysis &a, const AlterSeqStmt *stmt) {
  const Target *sequence = Owned(a, stmt->sequence, ShareRowExclusiveLock);
  if (sequence == nullptr) return;
  int64 last = 0;
  Effect effect = {.target = sequence, .lock = ShareRowExclusiveLock};
  effect.why = GoesBackwards(sequence->oid, stmt->options) ? Why::sequence_restart_backwards
                                                           : BeyondBound(sequence->oid, stmt->options, &last);
  if (effect.why == Why::sequence_exhausted) effect.fact = Format("the last one was {}", last);
  a.Add(effect);
}

void AnalyzeCreateStatistics(Analysis &a, const CreateStatsStmt *stmt) {
  for (const Node *node : Each<const Node>(stmt->relations)) {
    if (!IsA(node, RangeVar)) continue;
    const Target *table = Owned(a, reinterpret_cast<const RangeVar *>(node), ShareUpdateExclusiveLock);
    if (table == nullptr) continue;
    const char *name = stmt->defnames == NIL ? nullptr : strVal(llast(stmt->defnames));
    a.Add({.why = Why::analyze_needed, .target = table, .lock = ShareUpdateExclusiveLock, .column = name});
  }
}

void AddSubscription(Analysis &a, const char *name) {
  if (!a.Wants(Why::subscription_or_slot_ddl)) return;
  a.Add({.why = Why::subscription_or_slot_ddl,
         .target = a.LookObject(SubscriptionRelationId, get_subscription_oid(name, true), nullptr, name)});
}

void AnalyzeComment(Analysis &a, const CommentStmt *stmt) {
  if (stmt->object == nullptr || !IsA(stmt->object, List)) return;
  List *names = list_copy(reinterpret_cast<const List *>(stmt->object));
  if (stmt->objtype == OBJECT_COLUMN) names = list_truncate(names, list_length(names) - 1);
  else if (!IsRelationType(stmt->objtype)) return;
  if (names == NIL) return;
  const Target *relation = Owned(a, makeRangeVarFromNameList(names), ShareUpdateExclusiveLock);
  if (relation != nullptr) AddLock(a, relation, ShareUpdateExclusiveLock);
}

void AnalyzeDropDatabase(Analysis &a, const DropdbStmt *stmt) {
  Oid database = get_database_oid(stmt->dbname, true);
  if (!OidIsValid(database) || database == MyDatabaseId) return;
  if (!OwnsObject(DatabaseRelationId, database, ActingRole())) return;
  a.Add({.why = Why::drop_database, .target = a.LookObject(DatabaseRelationId, database, nullptr, stmt->dbname)});
}

void AnalyzeTablespaceDrop(Analysis &a, const DropTableSpaceStmt *stmt) {
  Oid tablespace = get_tablespace_oid(stmt->tablespacename, true);
  if (!OidIsValid(tablespace) || !OwnsObject(TableSpaceRelationId, tablespace, GetUserId())) return;
  a.Add({.why = Why::drop_tablespace,
         .target = a.LookObject(TableSpaceRelationId, tablespace, nullptr, stmt->tablespacename)});
}

}  // namespace

/* One that rewrites statements from now on does what a new one would.  As with triggers, whether one that this
 * transaction has changed did so before is not known. */
void AnalyzeEnableRule(Analysis &a, const Target *table, const char *name, LOCKMODE lock) {
  Why why = Why::lock_only;
  HeapTuple tuple = SearchSysCache2(RULERELNAME, ObjectIdGetDatum(table->oid), CStringGetDatum(name));
  if (HeapTupleIsValid(tuple)) {
    auto form = reinterpret_cast<Form_pg_rewrite>(GETSTRUCT(tuple));
    const bool idle = form->ev_enabled == RULE_DISABLED || form->ev_enabled == RULE_FIRES_ON_REPLICA;
    if (idle && !TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetXmin(tuple->t_data)))
      why = WhyOfRule(table, static_cast<CmdType>(form->ev_type - '0'), form->is_instead);
    ReleaseSysCache(tuple);
  }
  a.Add({.why = why, .target = table, .lock = lock, .column = name, .below = NoLock});
}

void AnalyzeObject(Analysis &a, const Node *statement) {
  switch (nodeTag(statement)) {
    case T_AlterDatabaseSetStmt:
      return AnalyzeDatabaseSetting(a, reinterpret_cast<const AlterDatabaseSetStmt *>(statement));
    case T_AlterDatabaseStmt:
      return AnalyzeDatabaseOptions(a, reinterpret_cast<const AlterDatabaseStmt *>(statement));
    case T_AlterRoleSetStmt:
      return AnalyzeRoleSetting(a, reinterpret_cast<const AlterRoleSetStmt *>(statement));
    case T_AlterRoleStmt:
      return AnalyzeRoleOptions(a, reinterpret_cast<const AlterRoleStmt *>(statement));
    case T_ViewStmt:
      return AnalyzeView(a, reinterpret_cast<const ViewStmt *>(statement));
    case T_CreateFunctionStmt:
      return AnalyzeCreateFunction(a, reinterpret_cast<const CreateFunctionStmt *>(statement));
    case T_AlterFunctionStmt:
      return AnalyzeAlterFunction(a, reinterpret_cast<const AlterFunctionStmt *>(statement));
    case T_CreateTrigStmt:
      return AnalyzeCreateTrigger(a, reinterpret_cast<const CreateTrigStmt *>(statement));
    case T_RuleStmt:
      return AnalyzeRule(a, reinterpret_cast<const RuleStmt *>(statement));
    case T_CreatePolicyStmt:
      return AnalyzeCreatePolicy(a, reinterpret_cast<const CreatePolicyStmt *>(statement));
    case T_AlterPolicyStmt:
      return AnalyzeAlterPolicy(a, reinterpret_cast<const AlterPolicyStmt *>(statement));
    case T_AlterSeqStmt:
      return AnalyzeAlterSequence(a, reinterpret_cast<const AlterSeqStmt *>(statement));
    case T_GrantStmt:
      return AnalyzeGrant(a, reinterpret_cast<const GrantStmt *>(statement));
    case T_GrantRoleStmt:
      return AnalyzeGrantRole(a, reinterpret_cast<const GrantRoleStmt *>(statement));
    case T_ReassignOwnedStmt:
      return AnalyzeReassignOwned(a, reinterpret_cast<const ReassignOwnedStmt *>(statement));
    case T_CreatePublicationStmt:
      return AnalyzeCreatePublication(a, reinterpret_cast<const CreatePublicationStmt *>(statement));
    case T_AlterPublicationStmt:
      return AnalyzeAlterPublication(a, reinterpret_cast<const AlterPublicationStmt *>(statement));
    case T_CreateEventTrigStmt:
      return AnalyzeEventTrigger(a, reinterpret_cast<const CreateEventTrigStmt *>(statement)->trigname);
    case T_AlterEventTrigStmt:
      return AnalyzeEventTrigger(a, reinterpret_cast<const AlterEventTrigStmt *>(statement)->trigname);
    case T_CreateStatsStmt:
      return AnalyzeCreateStatistics(a, reinterpret_cast<const CreateStatsStmt *>(statement));
    case T_CommentStmt:
      return AnalyzeComment(a, reinterpret_cast<const CommentStmt *>(statement));
    case T_CreateSubscriptionStmt:
      return AddSubscription(a, reinterpret_cast<const CreateSubscriptionStmt *>(statement)->subname);
    case T_AlterSubscriptionStmt:
      return AddSubscription(a, reinterpret_cast<const AlterSubscriptionStmt *>(statement)->subname);
    case T_DropSubscriptionStmt:
      return AddSubscription(a, reinterpret_cast<const DropSubscriptionStmt *>(statement)->subname);
    case T_DropdbStmt:
      return AnalyzeDropDatabase(a, reinterpret_cast<const DropdbStmt *>(statement));
    case T_DropTableSpaceStmt:
      return AnalyzeTablespaceDrop(a, reinterpret_cast<const DropTableSpaceStmt *>(statement));
    default:
      /* What route.cpp sends here besides touches no relation that others use. */
      return;
  }
}

}  // namespace ddlguard
