/*
 * VACUUM FULL, CLUSTER, REFRESH MATERIALIZED VIEW.
 */
#include "recipes/recipe.h"

namespace ddlguard {

void VacuumPlainly(const Case &c, Plan &plan) {
  plan.Add({.sql = Format("VACUUM (ANALYZE) {}", c.Table()), .transactional = false});
}

void RefreshConcurrently(const Case &c, Plan &plan) {
  const char *sql = InsertAfterKeyword(c.statement, "view", "CONCURRENTLY");
  if (sql == nullptr) return;
  plan.Add({.sql = sql, .wait_for = "the view has a unique index"});
}

}  // namespace ddlguard
