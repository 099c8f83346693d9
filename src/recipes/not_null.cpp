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
  AddNotNullSteps(plan, c.effect.target, c.effect.column);
}

void AddNotNullConstraint(const Case &c, Plan &plan) {
  if (auto *constraint = c.As<Constraint>(T_Constraint))
    AddNotNullSteps(plan, c.effect.target, c.effect.column, constraint->conname);
}

}  // namespace ddlguard
