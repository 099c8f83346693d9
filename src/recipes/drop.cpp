/*
 * Drops: after a quiet period, on record.
 */
#include "recipes/recipe.h"

namespace ddlguard {

void DropColumn(const Case &c, Plan &plan) {
  plan.Add({.phase = Phase::contract,
            .run_by = RunBy::deploy,
            .wait_for = Format("no release that runs reads or writes {}", c.Column())});
  plan.Add({.phase = Phase::contract,
            .sql = c.statement,
            .wait_for = "nothing has used it for some days",
            .on_record = true});
}

}  // namespace ddlguard
