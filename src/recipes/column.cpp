/*
 * ADD COLUMN: nullable first, then its default, then the rows that there are, then what it demands.
 */
#include "recipes/recipe.h"

namespace ddlguard {

namespace {

const Node *DefaultOf(const ColumnDef *column) {
  for (const Constraint *constraint : Each<Constraint>(column->constraints))
    if (constraint->contype == CONSTR_DEFAULT) return constraint->raw_expr;
  return column->raw_default;
}

bool IsNotNull(const ColumnDef *column) {
  for (const Constraint *constraint : Each<Constraint>(column->constraints))
    if (constraint->contype == CONSTR_NOTNULL || constraint->contype == CONSTR_PRIMARY) return true;
  return column->is_not_null;
}

}  // namespace

void AddColumn(const Case &c, Plan &plan) {
  auto *column = c.As<ColumnDef>(T_ColumnDef);
  if (column == nullptr || column->typeName == nullptr) return;
  plan.Add({.sql = Format("ALTER TABLE {} ADD COLUMN {} {}", c.Table(), c.Column(), TypeSql(column->typeName)),
            .back_out = Format("ALTER TABLE {} DROP COLUMN {}", c.Table(), c.Column())});
  if (const Node *raw = DefaultOf(column)) {
    if (const char *value = ExpressionSql(c.Relation(), raw, EXPR_KIND_COLUMN_DEFAULT)) {
      plan.Add({.sql = Format("ALTER TABLE {} ALTER COLUMN {} SET DEFAULT {}", c.Table(), c.Column(), value),
                .back_out = Format("ALTER TABLE {} ALTER COLUMN {} DROP DEFAULT", c.Table(), c.Column())});
      AddBackfillSteps(plan, c.effect.target, Format("{} = {}", c.Column(), value), Format("{} IS NULL", c.Column()));
    }
  }
  if (IsNotNull(column)) AddNotNullSteps(plan, c.effect.target, c.effect.column);
}

}  // namespace ddlguard
