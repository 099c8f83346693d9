/*
 * The executor hook: DML and queries that would keep a strong lock of this transaction for long, DML that
 * would change a whole table, or more rows than a convention lets it.  Everything else leaves after a few
 * comparisons.
 */
#include "hooks/hooks.h"

#include "analysis/dml.h"
#include "observe/counters.h"
#include "observe/event.h"
#include "pg/debug_point.h"
#include "policy/settings.h"
#include "runtime/hold.h"
#include "worker/state.h"

namespace ddlguard {

namespace {

ExecutorStart_hook_type next_executor_start = nullptr;

/* EXPLAIN ANALYZE of a query, or of EXECUTE; it is judged itself where it makes a table. */
bool ExplainsQuery(const Node *statement) {
  if (!IsA(statement, ExplainStmt)) return false;
  const Node *inner = reinterpret_cast<const ExplainStmt *>(statement)->query;
  if (inner == nullptr || !IsA(inner, Query)) return false;
  const Node *utility = reinterpret_cast<const Query *>(inner)->utilityStmt;
  return utility == nullptr || IsA(utility, ExecuteStmt);
}

/* What a utility statement reads for itself (to validate a foreign key, to fill a table) was judged with it. */
bool ReadsUnderLock() {
  return !TransactionLedger().Held().Empty() && (current_frame == nullptr || ExplainsQuery(current_frame->statement));
}

bool WritesCatalog(const PlannedStmt *plan) {
  if (plan->planTree == nullptr || !IsA(plan->planTree, ModifyTable)) return false;
  const Index table = reinterpret_cast<const ModifyTable *>(plan->planTree)->nominalRelation;
  return table != 0 && rt_fetch(table, plan->rtable)->relid < FirstNormalObjectId;
}

bool MayMatter(const QueryDesc *query, int flags) {
  if ((flags & EXEC_FLAG_EXPLAIN_ONLY) != 0) return false;
  if (query->operation == CMD_SELECT) return query->plannedstmt->hasModifyingCTE || ReadsUnderLock();
  return (query->operation != CMD_INSERT && MayChangeEverything(query->plannedstmt)) ||
         WritesCatalog(query->plannedstmt) || !TransactionLedger().Held().Empty() || MayBeOn(Why::insert_row_limit) ||
         MayBeOn(Why::unbatched_update);
}

CommandTag TagOf(CmdType operation) {
  switch (operation) {
    case CMD_SELECT:
      return CMDTAG_SELECT;
    case CMD_INSERT:
      return CMDTAG_INSERT;
    case CMD_UPDATE:
      return CMDTAG_UPDATE;
    case CMD_DELETE:
      return CMDTAG_DELETE;
    default: /* MERGE */
      return CMDTAG_MERGE;
  }
}

void JudgeDml(const QueryDesc *query) {
  MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "ddlguard dml", ALLOCSET_SMALL_SIZES);
  MemoryContext old = MemoryContextSwitchTo(memory);
  Source source = {query->sourceText, query->plannedstmt->stmt_location, query->plannedstmt->stmt_len};
  Analysis a(query->sourceText, TransactionLedger());
  if (MayBeOn(Why::unbatched_update) || MayBeOn(Why::insert_row_limit) || MayBeOn(Why::ddl_dml_mixed))
    a.conventions = SwitchedOn();
  const int64 begin = Nanoseconds();
  AnalyzeDml(a, query->plannedstmt);
  DebugPoint(Stage::dml);
  if (!a.effects.Empty()) SetOccasion({TagOf(query->operation)});
  Verdict verdict = Judge(a, &source);
  if (verdict.action != Action::allow) {
    /* Only then, since UPDATE and DELETE come this way by the thousand. */
    SetOccasion({TagOf(query->operation), Nanoseconds() - begin});
    RefuseRejected(verdict, source.Text(), nullptr, nullptr);
    if (verdict.approval != nullptr) UseApproval(*verdict.approval, source.Text());
    CountStatement(CurrentOccasion().tag, CurrentOccasion().analysis);
    Report(verdict, source.Text());
  }
  MemoryContextSwitchTo(old);
  MemoryContextDelete(memory);
}

void GuardExecutorStart(QueryDesc *query, int flags) {
  CheckHold();
  if (MayMatter(query, flags) && !is_ddlguard_worker && GuardActive()) JudgeDml(query);
  if (next_executor_start != nullptr) next_executor_start(query, flags);
  else standard_ExecutorStart(query, flags);
}

}  // namespace

void ExecutorHookInit() {
  next_executor_start = ExecutorStart_hook;
  ExecutorStart_hook = GuardExecutorStart;
}

}  // namespace ddlguard
