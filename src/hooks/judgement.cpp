/*
 * See judgement.h.
 *
 * An approval is claimed before the locks, so that nobody waits behind it meanwhile, and used up after them, so that
 * what it was used for is what runs.
 */
#include "hooks/judgement.h"

#include "analysis/attempt.h"
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
#include "policy/undecided.h"
#include "runtime/hold.h"
#include "runtime/wait.h"

namespace ddlguard {

namespace {

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
  a.alone = RunsAlone(statement);
  Analyze(a, statement);
  DebugPoint(Stage::names_resolved);
  AnalyzeSurroundings(a, statement);
}

/* Nothing else has come in its transaction, given that a client has sent it.  Statements of one message share its
 * start, but then the transaction counts as a block; background workers may never tell when theirs start. */
bool IsFirst(const Ledger &ledger) {
  const TimestampTz start = GetCurrentStatementStartTimestamp();
  return start != 0 && start == GetCurrentTransactionStartTimestamp() && !ledger.in_block && ledger.locked.Count() == 0;
}

/* Statements that PostgreSQL does not start, or that would wait for themselves, in a transaction with an id. */
bool StartsWithoutId(const Node *statement) {
  if (IsA(statement, DropStmt)) return reinterpret_cast<const DropStmt *>(statement)->concurrent;
  return kRepack && nodeTag(statement) == kRepackTag && ReadRepack(statement).concurrently;
}

/* Uses the approval in a transaction of its own: as with whatever commits by itself, the use is gone then.
 * The statement is one that may do so, since it must be alone in its transaction. */
void UseAhead(const Approval &approval, const Node *statement, const Source &source) {
  PreventInTransactionBlock(true, CreateCommandName(const_cast<Node *>(statement)));
  UseApproval(approval, source.Text());
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
    if (effect.work != Work::none && effect.Extent().Bytes() >= kBrief) return true;
  return false;
}

}  // namespace

Judged JudgeStatement(const Node *statement, const Source &source, const Circumstances &around, MemoryContext context) {
  const Approval *used = around.used;
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
    if (around.conventions) a->conventions = SwitchedOn();
    a->may_set_aside = around.in_block;
    a->concurrently = RunsConcurrently(statement);
    a->waits_politely = WaitsPolitely(*a, statement);
    a->origin = around.origin;
    a->ledger.in_block = IsTransactionBlock();
    a->ledger.depth = GetCurrentTransactionNestLevel() - 1;
    a->first = first && around.top_level && IsFirst(a->ledger);
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
    if (claimed && StartsWithoutId(statement) && !IsInTransactionBlock(around.top_level)) {
      used_ahead = verdict.approval->id;
      UseAhead(*verdict.approval, statement, source);
      MemoryContextSwitchTo(old);
      continue;
    }
    DebugPoint(Stage::before_locks);
    occasion.verdict = &verdict;
    occasion.source = &source;
    occasion.since = judged;
    SetOccasion(occasion);
    const SecondLook look = LookAgain(*a, statement, source, used, invalidations);
    DebugPoint(Stage::locked);
    occasion.verdict = nullptr;
    occasion.source = nullptr;
    if (look != SecondLook::held) occasion.lock_wait += Nanoseconds() - judged;
    /* Under the locks the facts stay; those found before may have changed without a wait, too. */
    bool certain =
        look == SecondLook::held || (look == SecondLook::locked && invalidations == SharedInvalidMessageCounter);
    if (a->failure != nullptr && first) certain = false; /* something may have gone while it was looked at */
    const Effect *lock = certain ? HeaviestLock(*a, statement) : nullptr;
    if (certain) {
      SetOccasion(occasion);
      if (claimed) UseApproval(*verdict.approval, source.Text());
      if (around.ddl || verdict.action != Action::allow) CountStatement(occasion.tag, occasion.analysis);
      if (verdict.action != Action::allow) Report(verdict, source.Text());
      if (lock != nullptr) {
        CountLockWait(occasion.tag, occasion.lock_wait);
        if (MayHoldLong(*a)) RecordLocking(verdict, source.Text());
      }
    }
    MemoryContextSwitchTo(old);
    if (certain) return {a, verdict.approval, lock, HoldLimit(verdict), invalidations};
  }
}

void RefuseUnjudged(const Analysis &a, const Node *statement, const Source &source, bool names_moved) {
  if (CurrentMode() != Mode::enforce || *BypassReason() != '\0') return;
  if (names_moved) RefuseOtherNames(a, statement, source);
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

}  // namespace ddlguard
