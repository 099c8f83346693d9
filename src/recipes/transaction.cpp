/*
 * Statements that are harmless, but not in that transaction.
 */
#include "recipes/recipe.h"

namespace ddlguard {

void ByItself(const Case &c, Plan &plan) {
  plan.Add({.phase = Phase::validate, .sql = c.statement, .wait_for = "the transaction before it has ended"});
}

}  // namespace ddlguard
