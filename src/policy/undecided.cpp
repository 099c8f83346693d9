/*
 * See undecided.h.
 */
#include "policy/undecided.h"

#include "observe/event.h"
#include "observe/guard_log.h"
#include "observe/secret.h"

namespace ddlguard {

void RefuseUndecided(const Undecided &undecided, const char *statement) {
  bool secret = false;
  if (statement != nullptr) {
    const char *text = WithoutSecrets(statement, &secret);
    LogUndecided(undecided.why, text, true);
    RecordUndecided(undecided.why, text);
  }
  ereport(ERROR, (errcode(kSqlstateCannotDecide), errmsg_internal("%s", undecided.message),
                  undecided.detail == nullptr ? 0 : errdetail_internal("%s", undecided.detail),
                  errhint("%s", undecided.hint), errhidestmt(secret)));
  pg_unreachable();
}

}  // namespace ddlguard
