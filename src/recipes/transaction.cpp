/*
 * Statements that are harmless, but not in that transaction or session.
 */
#include "analysis/statement.h"
#include "recipes/recipe.h"

namespace ddlguard {

namespace {

Phase PhaseOf(Why why) {
  if (why == Why::bulk_dml_after_ddl_lock) return Phase::backfill;
  return why == Why::validate_while_holding_locks || why == Why::not_valid_validate_same_tx ? Phase::validate
                                                                                            : Phase::expand;
}

bool IsTransactional(const char *statement) {
  List *parsed = raw_parser(statement, RAW_PARSE_DEFAULT);
  return list_length(parsed) != 1 || !RunsAlone(static_cast<RawStmt *>(linitial(parsed))->stmt);
}

}  // namespace

void ByItself(const Case &c, Plan &plan) {
  /* A default partition is in the way wherever it runs. */
  if (c.effect.why == Why::detach_concurrently_preconditions && strstr(c.effect.fact, "transaction") == nullptr) return;
  plan.Add({.phase = PhaseOf(c.effect.why),
            .sql = c.statement,
            .transactional = IsTransactional(c.statement),
            .wait_for = "the transaction before it has ended"});
}

void WithoutTimeouts(const Case &c, Plan &plan) {
  plan.Add({.sql = c.statement,
            .transactional = false,
            .wait_for = "lock_timeout and statement_timeout are 0 in its session"});
}

}  // namespace ddlguard
