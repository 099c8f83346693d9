/*
 * The executor hook: DML that would keep a strong lock of this transaction for long, or change a
 * whole table.  Everything else leaves after two comparisons.
 */
#include "hooks/hooks.h"

#include "policy/settings.h"

namespace ddlguard {

namespace {

ExecutorStart_hook_type next_executor_start = nullptr;

bool MayMatter(const QueryDesc *query, int flags) {
  if ((flags & EXEC_FLAG_EXPLAIN_ONLY) != 0) return false;
  if (query->operation == CMD_SELECT) return query->plannedstmt->hasModifyingCTE;
  return query->operation != CMD_INSERT || !TransactionLedger().held.Empty();
}

void JudgeDml(const QueryDesc *query) {
  MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "ddlguard dml", ALLOCSET_SMALL_SIZES);
  MemoryContext old = MemoryContextSwitchTo(memory);
  Source source = {query->sourceText, query->plannedstmt->stmt_location, query->plannedstmt->stmt_len};
  Analysis a(query->sourceText, TransactionLedger());
  AnalyzeDml(a, query->plannedstmt);
  Verdict verdict = Judge(a);
  if (verdict.action != Action::allow) Enforce(verdict, source.Text());
  MemoryContextSwitchTo(old);
  MemoryContextDelete(memory);
}

void GuardExecutorStart(QueryDesc *query, int flags) {
  if (MayMatter(query, flags) && GuardActive()) JudgeDml(query);
  if (next_executor_start != nullptr) next_executor_start(query, flags);
  else standard_ExecutorStart(query, flags);
}

}  // namespace

void ExecutorHookInit() {
  next_executor_start = ExecutorStart_hook;
  ExecutorStart_hook = GuardExecutorStart;
}

}  // namespace ddlguard
