/*
 * The utility hook: skip list, gate, judgement, second look under the lock (hooks/second_look.h), next hook.
 *
 * The skip list comes first and touches nothing: transaction control, SET, cursors, prepared
 * statements and everything else that only carries other statements pass in nanoseconds, also in an
 * aborted transaction and before SET TRANSACTION.  What a function, a DO block or EXECUTE runs
 * arrives here again as a statement of its own.
 *
 * Once the statement is allowed its names are looked at again under the lock that it takes, and it is judged
 * anew when that may have changed the answer.  An approval is claimed before that lock, so that nobody waits
 * behind it meanwhile, and used up after it, so that what it was used for is what runs.
 *
 * When the analysis itself fails, PostgreSQL is left to raise its own error for the statement; should
 * it not, the statement is undone (DG005).
 */
#include "hooks/hooks.h"

#include "analysis/attempt.h"
#include "analysis/prediction.h"
#include "analysis/repack.h"
#include "analysis/statement.h"
#include "hooks/second_look.h"
#include "observe/counters.h"
#include "observe/event.h"
#include "observe/guard_log.h"
#include "observe/secret.h"
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
    return !TransactionLedger().held.Empty() || (stmt->is_from && MayBeCatalog(stmt->relation));
  }
  if (!IsA(statement, TransactionStmt)) return false;
  auto *stmt = reinterpret_cast<const TransactionStmt *>(statement);
  return (stmt->kind == TRANS_STMT_BEGIN || stmt->kind == TRANS_STMT_START) && IsTransactionBlock() &&
         !IsAbortedTransactionBlockState();
}

bool Passes(const Node *statement) {
  return (CarriesNoDdl(nodeTag(statement)) && !MayMatterHere(statement)) || !GuardActive();
}

/* What has been done is not what was judged, or nobody has judged it: then it is undone, where the guard
 * may refuse at all. */
void RefuseUnjudged(const Analysis &a, const Node *statement, const Source &source) {
  if (CurrentMode() != Mode::enforce || *BypassReason() != '\0') return;
  RefuseOtherNames(a, statement, source);
  if (a.kept_by_dependents != nullptr && a.kept_by_dependents->Live()) {
    SetOccasion({CreateCommandTag(const_cast<Node *>(statement))});
    const char *what = Format("what depended on \"{}\" went away while the statement ran", a.kept_by_dependents->name);
    RefuseUndecided({what, what, nullptr, "Run the statement again."}, source.Text());
  }
  /* PostgreSQL found nothing wrong where the analysis did. */
  if (a.failure == nullptr) return;
  if (CurrentFailMode() == FailMode::open) return LogUndecided(a.failure, WithoutSecrets(source.Text()));
  SetOccasion({CreateCommandTag(const_cast<Node *>(statement))});
  RefuseUndecided({a.failure, Format("ddlguard cannot judge this statement: {}", a.failure), nullptr,
                   "Run the statement again: another session may have changed what it names. If it is "
                   "refused again, report a defect of ddlguard, and run it under ddlguard.bypass."},
                  source.Text());
}

/* A node of a later major, or of a fork, that no analyser knows: what the server itself calls DDL or a change
 * of data is refused, unless something says that it may run; the rest is said once for each kind. */
void JudgeUnclassified(const Node *statement, const char *text) {
  const NodeTag tag = nodeTag(statement);
  if (CurrentMode() == Mode::enforce && *BypassReason() == '\0' &&
      GetCommandLogLevel(const_cast<Node *>(statement)) <= LOGSTMT_MOD) {
    const char *failure = Format("it does not know utility statement node {}", static_cast<int>(tag));
    if (CurrentFailMode() == FailMode::open) return LogUndecided(failure, WithoutSecrets(text));
    RefuseUndecided({failure, Format("ddlguard cannot judge this statement: {}", failure), nullptr,
                     "Run it under ddlguard.bypass; or, as a superuser, SET ddlguard.fail_mode = open."},
                    text);
  }
  static NodeTag noted[16];
  for (NodeTag &each : noted) {
    if (each == tag) return;
    if (each != T_Invalid) continue;
    each = tag;
    ereport(LOG, (errmsg("ddlguard does not know utility statement node %d and lets it pass", static_cast<int>(tag))));
    return;
  }
}

void AnalyzeInTransaction(Analysis &a, const Node *statement) {
  DebugPoint(Stage::before_analysis);
  Analyze(a, statement);
  DebugPoint(Stage::names_resolved);
  AnalyzeSurroundings(a, statement);
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

/* Statements that PostgreSQL does not start, or that would wait for themselves, in a transaction with an id. */
bool StartsWithoutId(const Node *statement) {
  if (IsA(statement, DropStmt)) return reinterpret_cast<const DropStmt *>(statement)->concurrent;
  return kRepack && nodeTag(statement) == kRepackTag && ReadRepack(statement).concurrently;
}

/* Uses the approval in a transaction of its own: as with whatever commits by itself, the use is gone then.
 * The statement is one that may do so, since it must be alone in its transaction. */
void UseAhead(const Approval &approval, const Node *statement) {
  PreventInTransactionBlock(true, CreateCommandName(const_cast<Node *>(statement)));
  UseApproval(approval);
  const bool snapshot = ActiveSnapshotSet();
  if (snapshot) PopActiveSnapshot();
  CommitTransactionCommand();
  StartTransactionCommand();
  DebugPoint(Stage::used_ahead);
  if (snapshot) EnsurePortalSnapshotExists();
}

/* The others are over before anybody has waited for them worth mentioning; should they not be, see GuardUtility(). */
bool MayHoldLong(const Analysis &a) {
  constexpr uint64 kBrief = 1024 * 1024; /* bytes of work */
  if (IsTransactionBlock()) return true;
  for (const Effect &effect : a.effects)
    if (effect.work != Work::none && effect.size.Bytes() >= kBrief) return true;
  return false;
}

struct Judged {
  Analysis *analysis;
  const Approval *approval; /* used; null: none */
  int64 hold;               /* see HoldLimit() */
};

/* Judges until the statement is allowed and its names are certain; does not return when it is refused.  used: an
 * approval of the statement that this one is a part of. */
Judged JudgeStatement(const Node *statement, const Source &source, MemoryContext context, bool in_block,
                      bool conventions, Origin origin, bool top_level, const Approval *used) {
  int64 used_ahead = 0;
  Occasion occasion = {CreateCommandTag(const_cast<Node *>(statement)), 0, 0};
  SetOccasion(occasion);
  for (bool first = true;; first = false) {
    const int64 begin = Nanoseconds();
    MemoryContextReset(context);
    MemoryContext old = MemoryContextSwitchTo(context);
    const uint64 invalidations = SharedInvalidMessageCounter;
    auto *a = new (palloc(sizeof(Analysis))) Analysis(source.query, TransactionLedger());
    a->location = source.location;
    a->length = source.length;
    if (conventions) a->conventions = SwitchedOn(CurrentAsker());
    a->may_set_aside = in_block;
    a->waits_politely = WaitsPolitely(statement);
    a->origin = origin;
    a->ledger.in_block = IsTransactionBlock();
    a->ledger.depth = GetCurrentTransactionNestLevel() - 1;
    a->failure = AttemptAnalysis(*a, statement, AnalyzeInTransaction);
    if (a->unclassified) JudgeUnclassified(statement, source.Text());
    DebugPoint(Stage::before_verdict);
    Verdict verdict = Judge(*a, &source);
    const int64 judged = Nanoseconds();
    occasion.analysis += judged - begin;
    SetOccasion(occasion);
    if (used_ahead != 0) used = LoadApproval(used_ahead);
    if (verdict.action != Action::allow) RefuseRejected(verdict, source.Text(), statement, used);
    const bool claimed = verdict.approval != nullptr && verdict.approval != used && verdict.approval->limited;
    if (claimed && StartsWithoutId(statement) && !IsInTransactionBlock(top_level)) {
      used_ahead = verdict.approval->id;
      UseAhead(*verdict.approval, statement);
      MemoryContextSwitchTo(old);
      continue;
    }
    DebugPoint(Stage::before_locks);
    occasion.verdict = &verdict;
    occasion.source = &source;
    occasion.since = judged;
    SetOccasion(occasion);
    const SecondLook look = LookAgain(*a, statement, source, used);
    DebugPoint(Stage::locked);
    occasion.verdict = nullptr;
    occasion.source = nullptr;
    if (look != SecondLook::held) occasion.lock_wait += Nanoseconds() - judged;
    /* Under the locks the facts stay; those found before may have changed without a wait, too. */
    bool certain =
        look == SecondLook::held || (look == SecondLook::locked && invalidations == SharedInvalidMessageCounter);
    if (a->failure != nullptr && first) certain = false; /* something may have gone while it was looked at */
    if (certain) {
      SetOccasion(occasion);
      if (!CarriesNoDdl(nodeTag(statement)) || verdict.action != Action::allow)
        CountStatement(occasion.tag, occasion.analysis);
      if (claimed) UseApproval(*verdict.approval);
      if (verdict.action != Action::allow) Report(verdict, source.Text());
      if (HeaviestLock(*a, statement) != nullptr) {
        CountLockWait(occasion.tag, occasion.lock_wait);
        if (MayHoldLong(*a)) RecordLocking(verdict, source.Text());
      }
    }
    MemoryContextSwitchTo(old);
    if (certain) return {a, verdict.approval, HoldLimit(verdict)};
  }
}

/* What there is to learn from the statement when it is done: the work that it is about to do.  Nothing of one that
 * waits for others on its way, whose tables are not as most are, or that runs a query. */
Workload WorkToLearn(const Analysis &a, const Node *statement) {
  uint64 blocks = 0;
  for (const Effect &effect : a.effects) {
    if (effect.work == Work::none || effect.target == nullptr) continue;
    if (effect.lock < ShareUpdateExclusiveLock) return {}; /* a query */
    if (effect.target->persistence != RELPERSISTENCE_PERMANENT) return {};
    blocks = std::max(blocks, effect.size.blocks);
  }
  if (static_cast<double>(blocks) * BLCKSZ < kLeastToLearn / 4 || RunsConcurrently(statement) ||
      IsA(statement, RefreshMatViewStmt))
    return {};
  return WorkOfStatement(a);
}

void RunUtility(PlannedStmt *pstmt, const char *query, bool read_only_tree, ProcessUtilityContext context,
                ParamListInfo params, QueryEnvironment *environment, DestReceiver *dest, QueryCompletion *completion) {
  auto next = next_utility_hook != nullptr ? next_utility_hook : standard_ProcessUtility;
  next(pstmt, query, read_only_tree, context, params, environment, dest, completion);
}

void GuardUtility(PlannedStmt *pstmt, const char *query, bool read_only_tree, ProcessUtilityContext context,
                  ParamListInfo params, QueryEnvironment *environment, DestReceiver *dest,
                  QueryCompletion *completion) {
  if (!IsA(pstmt->utilityStmt, TransactionStmt)) CheckHold();
  if (Passes(pstmt->utilityStmt)) {
    RunUtility(pstmt, query, read_only_tree, context, params, environment, dest, completion);
    return;
  }

  const Node *statement = pstmt->utilityStmt;
  Source source = {query, pstmt->stmt_location, pstmt->stmt_len};
  MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "ddlguard statement", ALLOCSET_SMALL_SIZES);
  /* Under a bypass it is judged at once, since the reason may be gone when the transaction ends. */
  const bool in_block = context == PROCESS_UTILITY_TOPLEVEL && IsTransactionBlock() && *BypassReason() == '\0';
  const Approval *used =
      context == PROCESS_UTILITY_SUBCOMMAND && current_frame != nullptr ? current_frame->approval : nullptr;
  auto [a, approval, hold] = JudgeStatement(statement, source, memory, in_block, AskConventions(context),
                                            OriginOf(context), context == PROCESS_UTILITY_TOPLEVEL, used);

  BeginHold(*a, statement, hold);
  BeginConcurrently(*a, statement);
  Frame frame = {a, &source, statement, approval, current_frame};
  Frame *volatile outer = current_frame;
  current_frame = &frame;
  uint64 event = BeginRun();
  const uint64 held = BeginHeld(*a, statement, event);
  const Workload work = WorkToLearn(*a, statement);
  const bool learn = work.Total() >= kLeastToLearn;
  const int64 begin = event == 0 && held == 0 && !learn ? 0 : Nanoseconds();
  LockTimeoutBound bound;
  bound.Begin(*a, statement);
  PG_TRY();
  {
    DebugPoint(Stage::before_run);
    RunUtility(pstmt, query, read_only_tree, context, params, environment, dest, completion);
  }
  PG_CATCH();
  {
    bound.EndAfterError();
    current_frame = outer;
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
  EndHold(statement);
  EndConcurrently(statement);

  DebugPoint(Stage::has_run);
  RefuseUnjudged(*a, statement, source);
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
