/*
 * ALTER COLUMN TYPE: a new column beside the old one, kept equal, filled, and put in its place.
 */
#include "recipes/recipe.h"

namespace ddlguard {

void ChangeType(const Case &c, Plan &plan) {
  auto *column = c.As<ColumnDef>(T_ColumnDef);
  if (column == nullptr || column->typeName == nullptr) return;
  const char *fresh = QuoteIdent(makeObjectName(c.effect.column, "new", nullptr));
  const char *type = TypeSql(column->typeName);
  plan.Add({.sql = Format("ALTER TABLE {} ADD COLUMN {} {}", c.Table(), fresh, type)});
  plan.Add({.phase = Phase::dual_write,
            .run_by = RunBy::deploy,
            .wait_for = Format("a BEFORE INSERT OR UPDATE trigger keeps {} equal to {}", fresh, c.Column())});
  AddBackfillSteps(plan, c.effect.target, Format("{} = {}::{}", fresh, c.Column(), type), Format("{} IS NULL", fresh));
  plan.Add({.phase = Phase::switch_over,
            .run_by = RunBy::deploy,
            .wait_for = Format("its indexes are built concurrently, and readers and writers use {}; then drop {}",
                               fresh, c.Column())});
}

}  // namespace ddlguard
