/*
 * Renames: both names work until nobody uses the old one.
 */
#include "recipes/recipe.h"

namespace ddlguard {

void RenameTable(const Case &c, Plan &plan) {
  auto *rename = c.As<RenameStmt>(T_RenameStmt);
  if (rename == nullptr) return;
  const char *fresh = QualifiedName(c.effect.target->schema, rename->newname);
  plan.Add({.phase = Phase::switch_over,
            .sql = Format("ALTER TABLE {0} RENAME TO {1};\nCREATE VIEW {0} AS SELECT * FROM {2}", c.Table(),
                          QuoteIdent(rename->newname), fresh),
            .on_record = true});
}

void RenameColumn(const Case &c, Plan &plan) {
  auto *rename = c.As<RenameStmt>(T_RenameStmt);
  if (rename == nullptr) return;
  plan.Add({.phase = Phase::dual_write,
            .run_by = RunBy::deploy,
            .wait_for = Format("a new column {0} is written beside {1}, backfilled in batches and read, and nothing "
                               "uses {1} any more; then drop {1}",
                               QuoteIdent(rename->newname), c.Column())});
}

}  // namespace ddlguard
