/*
 * See attempt.h.
 */
#include "analysis/attempt.h"

namespace ddlguard {

namespace {

bool IsOutOfOurHands(int sqlstate) {
  const int category = ERRCODE_TO_CATEGORY(sqlstate);
  return category == ERRCODE_OPERATOR_INTERVENTION || category == ERRCODE_INSUFFICIENT_RESOURCES;
}

}  // namespace

const char *AttemptAnalysis(Analysis &a, const Node *statement, void (*analyse)(Analysis &, const Node *)) {
  MemoryContext memory = CurrentMemoryContext;
  ResourceOwner owner = CurrentResourceOwner;
  const char *volatile failure = nullptr;
  BeginInternalSubTransaction(nullptr);
  MemoryContextSwitchTo(memory);
  PG_TRY();
  {
    analyse(a, statement);
    ReleaseCurrentSubTransaction();
  }
  PG_CATCH();
  {
    MemoryContextSwitchTo(memory);
    ErrorData *error = CopyErrorData();
    FlushErrorState();
    RollbackAndReleaseCurrentSubTransaction();
    if (IsOutOfOurHands(error->sqlerrcode)) ReThrowError(error);
    failure = error->message;
    a.effects.Clear();
    a.set_aside.Clear();
  }
  PG_END_TRY();
  CurrentResourceOwner = owner;
  MemoryContextSwitchTo(memory);
  return failure;
}

}  // namespace ddlguard
