/*
 * See attempt.h.
 */
#include "analysis/attempt.h"

#include "analysis/statement.h"
#include "pg/activity.h"

namespace ddlguard {

bool IsOursToCatch(int sqlstate) {
  if (sqlstate == ERRCODE_LOCK_NOT_AVAILABLE) return false; /* lock_timeout */
  const int category = ERRCODE_TO_CATEGORY(sqlstate);
  return category != ERRCODE_OPERATOR_INTERVENTION && category != ERRCODE_INSUFFICIENT_RESOURCES &&
         category != ERRCODE_TRANSACTION_ROLLBACK; /* a deadlock, a failure to serialize */
}

const char *Attempt(void (*run)(void *context), void *context, bool (*catches)(int sqlstate)) {
  MemoryContext memory = CurrentMemoryContext;
  ResourceOwner owner = CurrentResourceOwner;
  const char *volatile failure = nullptr;
  BeginInternalSubTransaction(nullptr);
  MemoryContextSwitchTo(memory);
  PG_TRY();
  {
    run(context);
    ReleaseCurrentSubTransaction();
  }
  PG_CATCH();
  {
    MemoryContextSwitchTo(memory);
    ErrorData *error = CopyErrorData();
    FlushErrorState();
    RollbackAndReleaseCurrentSubTransaction();
    if (!catches(error->sqlerrcode)) ReThrowError(error);
    failure = error->message;
  }
  PG_END_TRY();
  CurrentResourceOwner = owner;
  MemoryContextSwitchTo(memory);
  return failure;
}

namespace {

struct AnalysisAttempt {
  Analysis &a;
  const Node *statement;
  void (*analyse)(Analysis &, const Node *);
};

void RunAnalysis(void *context) {
  auto *attempt = static_cast<AnalysisAttempt *>(context);
  attempt->analyse(attempt->a, attempt->statement);
}

}  // namespace

const char *AttemptAnalysis(Analysis &a, const Node *statement, void (*analyse)(Analysis &, const Node *)) {
  /* A subtransaction costs more than such an analysis.  (In a read-only transaction that is what PostgreSQL minds.) */
  if (!a.ledger.script && a.conventions.Empty() && !XactReadOnly && ReadsCatalogOnly(statement) &&
      LogicalSlots() == 0) {
    a.unpublished = true;
    analyse(a, statement);
    return nullptr;
  }
  AnalysisAttempt attempt = {a, statement, analyse};
  const char *failure = Attempt(RunAnalysis, &attempt);
  if (failure != nullptr) a.effects.Clear();
  return failure;
}

}  // namespace ddlguard
