/*
 * The utility hook: skip list, gate, judgement (hooks/judgement.h), next hook, and what is to be done when the
 * statement has run.
 *
 * The skip list comes first and touches nothing: transaction control, SET, cursors, prepared
 * statements and everything else that only carries other statements pass in nanoseconds, also in an
 * aborted transaction and before SET TRANSACTION.  What a function, a DO block or EXECUTE runs
 * arrives here again as a statement of its own.
 *
 * When the analysis itself fails, PostgreSQL is left to raise its own error for the statement; should
 * it not, the statement is undone (DG005).
 */
#include "hooks/hooks.h"

#include "analysis/prediction.h"
#include "hooks/judgement.h"
#include "observe/event.h"
#include "pg/debug_point.h"
#include "pg/text.h"
#include "policy/settings.h"
#include "runtime/concurrently.h"
#include "runtime/held.h"
#include "runtime/hold.h"
#include "runtime/wait.h"

namespace ddlguard {

Frame *current_frame = nullptr;

namespace {

ProcessUtility_hook_type next_utility_hook = nullptr;
uint64 statements = 0; /* that this session has run, whatever sent them */

bool CarriesNoDdl(NodeTag tag) {
  switch (tag) {
    case T_TransactionStmt:
    case T_VariableSetStmt:
    case T_VariableShowStmt:
    case T_PrepareStmt:
    case T_ExecuteStmt:
    case T_DeallocateStmt:
    case T_DeclareCursorStmt:
    case T_ClosePortalStmt:
    case T_FetchStmt:
    case T_CopyStmt:
    case T_DoStmt:
    case T_CallStmt:
    case T_NotifyStmt:
    case T_ListenStmt:
    case T_UnlistenStmt:
    case T_LoadStmt:
    case T_CheckPointStmt:
    case T_DiscardStmt:
    case T_ConstraintsSetStmt:
    case kWaitTag:
      return true;
    default:
      return false;
  }
}

bool MayBeCatalog(const RangeVar *name) { return name != nullptr && strncmp(name->relname, "pg_", 3) == 0; }

/* BEGIN where a block is open already, COPY while others wait for a lock of this transaction, and COPY into a
 * catalog are judged all the same. */
bool MayMatterHere(const Node *statement) {
  if (IsA(statement, CopyStmt)) {
    auto *stmt = reinterpret_cast<const CopyStmt *>(statement);
    return !TransactionLedger().Held().Empty() || (stmt->is_from && MayBeCatalog(stmt->relation));
  }
  if (!IsA(statement, TransactionStmt)) return false;
  auto *stmt = reinterpret_cast<const TransactionStmt *>(statement);
  return (stmt->kind == TRANS_STMT_BEGIN || stmt->kind == TRANS_STMT_START) && IsTransactionBlock() &&
         !IsAbortedTransactionBlockState();
}

bool Passes(const Node *statement) {
  return (CarriesNoDdl(nodeTag(statement)) && !MayMatterHere(statement)) || !GuardActive();
}

Origin OriginOf(ProcessUtilityContext context) {
  switch (context) {
    case PROCESS_UTILITY_TOPLEVEL:
    case PROCESS_UTILITY_SUBCOMMAND:
      return Origin::client;
    case PROCESS_UTILITY_QUERY:
    case PROCESS_UTILITY_QUERY_NONATOMIC:
      break;
  }
  return Origin::function;
}

/*
 * Conventions are about what a client writes: not about an extension's script, nor about the statements that
 * PostgreSQL makes of a CREATE TABLE for its keys and sequences; the parts of CREATE SCHEMA come as they were
 * written.
 */
bool AskConventions(ProcessUtilityContext context) {
  if (creating_extension) return false;
  return context != PROCESS_UTILITY_SUBCOMMAND || current_frame == nullptr ||
         IsA(current_frame->statement, CreateSchemaStmt);
}

void RunUtility(PlannedStmt *pstmt, const char *query, bool read_only_tree, ProcessUtilityContext context,
                ParamListInfo params, QueryEnvironment *environment, DestReceiver *dest, QueryCompletion *completion) {
  auto next = next_utility_hook != nullptr ? next_utility_hook : standard_ProcessUtility;
  next(pstmt, query, read_only_tree, context, params, environment, dest, completion);
}

void GuardUtility(PlannedStmt *pstmt, const char *query, bool read_only_tree, ProcessUtilityContext context,
                  ParamListInfo params, QueryEnvironment *environment, DestReceiver *dest,
                  QueryCompletion *completion) {
  ++statements;
  if (!IsA(pstmt->utilityStmt, TransactionStmt)) {
    CheckHold();
    NoteStatement();
  }
  if (Passes(pstmt->utilityStmt)) {
    RunUtility(pstmt, query, read_only_tree, context, params, environment, dest, completion);
    return;
  }

  const Node *statement = pstmt->utilityStmt;
  Source source = {query, pstmt->stmt_location, pstmt->stmt_len};
  MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "ddlguard statement", ALLOCSET_DEFAULT_SIZES);
  Circumstances around;
  around.ddl = !CarriesNoDdl(nodeTag(statement));
  /* Under a bypass it is judged at once, since the reason may be gone when the transaction ends. */
  around.in_block = context == PROCESS_UTILITY_TOPLEVEL && IsTransactionBlock() && *BypassReason() == '\0';
  around.conventions = AskConventions(context);
  around.origin = OriginOf(context);
  around.top_level = context == PROCESS_UTILITY_TOPLEVEL;
  if (context == PROCESS_UTILITY_SUBCOMMAND && current_frame != nullptr) around.used = current_frame->approval;
  auto [a, approval, lock, hold, heard] = JudgeStatement(statement, source, around, memory);

  const bool renews = BeginHold(lock, statement, a->alone, hold);
  BeginConcurrently(*a, statement);
  uint64 event = BeginRun();
  const uint64 held = BeginHeld(*a, statement, lock != nullptr, event);
  const Workload work = WorkToLearn(*a, statement);
  const bool learn = work.Total() >= kLeastToLearn;
  const int64 begin = event == 0 && held == 0 && !learn ? 0 : Nanoseconds();
  LockTimeoutBound bound;
  bound.Begin(*a, statement);
  const uint64 number = statements;
  const bool triggers = EventCacheLookup(EVT_DDLCommandStart) != NIL;
  Frame frame = {a, &source, statement, approval, current_frame};
  Frame *volatile outer = current_frame;
  current_frame = &frame;
  PG_TRY();
  {
    DebugPoint(Stage::before_run);
    RunUtility(pstmt, query, read_only_tree, context, params, environment, dest, completion);
  }
  PG_CATCH();
  {
    current_frame = outer;
    bound.EndAfterError();
    if (event != 0) EndRun(event, Nanoseconds() - begin, SqlstateOfHold(geterrcode()));
    EndHeld(held);
    PG_RE_THROW();
  }
  PG_END_TRY();
  bound.End();
  current_frame = outer;
  if (begin != 0) {
    const int64 run = Nanoseconds() - begin;
    if (event == 0 && held != 0 && run >= kShortHold) {
      RecordLocking({}, source.Text());
      event = BeginRun();
    }
    if (event != 0) EndRun(event, run, 0);
    if (learn) LearnThroughput(work, static_cast<double>(run) / 1e9);
  }
  EndHeld(held, event);
  if (renews) EndHold();
  EndConcurrently(*a);

  DebugPoint(Stage::has_run);
  /* By other sessions, or by what ran before PostgreSQL resolved them: event triggers, another library's hook. */
  const bool names_moved = triggers || heard != SharedInvalidMessageCounter || number != statements;
  RefuseUnjudged(*a, statement, source, names_moved);
  RecordInLedger(*a, statement, TransactionLedger());
  if (!a->set_aside.Empty()) Defer(*a, source.Text(), approval == nullptr ? 0 : approval->id);
  MemoryContextDelete(memory);
}

}  // namespace

void UtilityHookInit() {
  next_utility_hook = ProcessUtility_hook;
  ProcessUtility_hook = GuardUtility;
}

}  // namespace ddlguard
