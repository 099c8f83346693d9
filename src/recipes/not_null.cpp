/*
 * NOT NULL: proven by a validated constraint, so that nothing is read under a strong lock.
 *
 * Up to 17 by a CHECK that goes again; from 18 on the NOT NULL constraint itself may be NOT VALID.
 */
#include "recipes/recipe.h"

namespace ddlguard {

void AddNotNullSteps(Plan &plan, const Target *table, const char *column, const char *constraint) {
  const char *relation = RelationSql(table);
  const char *chosen = constraint != nullptr && kNotNullIsConstraint
                           ? constraint
                           : NewConstraintName(plan, table->oid, column, "not_null");
  const char *name = QuoteIdent(chosen);
  column = QuoteIdent(column);
  if (kNotNullIsConstraint) return AddValidatedSteps(plan, relation, name, Format("NOT NULL {}", column));
  AddValidatedSteps(plan, relation, name, Format("CHECK ({} IS NOT NULL)", column));
  plan.Add({.phase = Phase::validate,
            .sql = Format("ALTER TABLE {} ALTER COLUMN {} SET NOT NULL", relation, column),
            .back_out = Format("ALTER TABLE {} ALTER COLUMN {} DROP NOT NULL", relation, column)});
  plan.Add({.phase = Phase::contract, .sql = Format("ALTER TABLE {} DROP CONSTRAINT {}", relation, name)});
}

void SetNotNull(const Case &c, Plan &plan) {
  if (!c.effect.target->recursed && has_subclass(c.Relation())) return; /* ONLY */
  const bool breaks = c.effect.why == Why::set_not_null_without_default;
  if (breaks)
    plan.Add(
        {.run_by = RunBy::deploy, .wait_for = Format("every release that runs fills {} in every INSERT", c.Column())});
  const int first = plan.count;
  AddNotNullSteps(plan, c.effect.target, c.effect.column);
  plan[first].on_record = breaks; /* from here on, writers that leave it out fail */
}

void AddNotNullConstraint(const Case &c, Plan &plan) {
  if (auto *constraint = c.As<Constraint>(T_Constraint))
    AddNotNullSteps(plan, c.effect.target, c.effect.column, constraint->conname);
}

}  // namespace ddlguard
