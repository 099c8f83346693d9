/*
 * The end of a transaction: what its statements set aside because a later one could mend it is judged
 * now, statement by statement, when there is no later one (analysis/mend.h).  An error here aborts the
 * transaction, as that of a deferred constraint does.  The same for conventions about what is there in the end.
 *
 * PRE_COMMIT comes after deferred triggers and before anything is durable; the catalog can still be read.
 */
#include "hooks/hooks.h"

#include "analysis/convention.h"
#include "observe/event.h"
#include "pg/debug_point.h"
#include "policy/settings.h"

namespace ddlguard {

namespace {

void JudgeDeferred() {
  DebugPoint(Stage::before_commit);
  SetOccasion({CMDTAG_COMMIT});
  MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "ddlguard commit", ALLOCSET_SMALL_SIZES);
  MemoryContext old = MemoryContextSwitchTo(memory);
  const Array<Deferred> &deferred = DeferredEffects();
  for (int i = 0, next; i < deferred.count; i = next) {
    const char *statement = deferred[i].statement;
    const Source source = {statement};
    Analysis a(statement, TransactionLedger());
    for (next = i; next < deferred.count && deferred[next].statement == statement; ++next)
      if (!IsMended(deferred[next].effect, deferred[next].mend)) a.effects.Add(deferred[next].effect);
    Verdict verdict = Judge(a, &source);
    Enforce(verdict, statement, deferred[i].approval == 0 ? nullptr : LoadApproval(deferred[i].approval));
  }
  MemoryContextSwitchTo(old);
  MemoryContextDelete(memory);
}

void JudgeConventions() {
  SetOccasion({CMDTAG_COMMIT});
  MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "ddlguard commit", ALLOCSET_SMALL_SIZES);
  MemoryContext old = MemoryContextSwitchTo(memory);
  const char *statement = debug_query_string == nullptr ? "" : debug_query_string;
  const Source source = {statement};
  Analysis a(statement, TransactionLedger());
  a.conventions = SwitchedOn();
  AnalyzeEnd(a);
  Verdict verdict = Judge(a, &source);
  if (verdict.action != Action::allow) Enforce(verdict, statement);
  MemoryContextSwitchTo(old);
  MemoryContextDelete(memory);
}

void BeforeCommit(XactEvent event, void *) {
  if (event != XACT_EVENT_PRE_COMMIT && event != XACT_EVENT_PRE_PREPARE) return;
  if (!DeferredEffects().Empty() && GuardActive()) JudgeDeferred();
  if (!TransactionLedger().to_settle.Empty() && GuardActive()) JudgeConventions();
}

}  // namespace

void CommitHookInit() { RegisterXactCallback(BeforeCommit, nullptr); }

}  // namespace ddlguard
