/*
 * NOT NULL: proven by a validated constraint, so that nothing is read under a strong lock.
 */
#include "recipes/recipe.h"

namespace ddlguard {

void AddNotNullSteps(Plan &plan, const Target *table, const char *column, const char *constraint) {
  const char *relation = RelationSql(table);
  const char *name = QuoteIdent(constraint != nullptr ? constraint : NewConstraintName(table, column, "not_null"));
  const char *drop = Format("ALTER TABLE {} DROP CONSTRAINT {}", relation, name);
  column = QuoteIdent(column);
  if (kNotNullIsConstraint) {
    plan.Add({.sql = Format("ALTER TABLE {} ADD CONSTRAINT {} NOT NULL {} NOT VALID", relation, name, column),
              .back_out = drop});
    plan.Add({.phase = Phase::validate,
              .sql = Format("ALTER TABLE {} VALIDATE CONSTRAINT {}", relation, name),
              .back_out = drop});
    return;
  }
  plan.Add({.sql = Format("ALTER TABLE {} ADD CONSTRAINT {} CHECK ({} IS NOT NULL) NOT VALID", relation, name, column),
            .back_out = drop});
  plan.Add({.phase = Phase::validate,
            .sql = Format("ALTER TABLE {} VALIDATE CONSTRAINT {}", relation, name),
            .back_out = drop});
  plan.Add({.phase = Phase::validate,
            .sql = Format("ALTER TABLE {} ALTER COLUMN {} SET NOT NULL", relation, column),
            .back_out = Format("ALTER TABLE {} ALTER COLUMN {} DROP NOT NULL", relation, column)});
  plan.Add({.phase = Phase::contract,
            .sql = drop,
            .back_out =
                Format("ALTER TABLE {} ADD CONSTRAINT {} CHECK ({} IS NOT NULL) NOT VALID", relation, name, column)});
}

void SetNotNull(const Case &c, Plan &plan) { AddNotNullSteps(plan, c.effect.target, c.effect.column); }

}  // namespace ddlguard
