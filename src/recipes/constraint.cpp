/*
 * CHECK constraints and foreign keys: NOT VALID first, which binds new rows, then VALIDATE.
 */
#include "recipes/recipe.h"

#include "pg/catalog.h"

namespace ddlguard {

namespace {

void AddValidated(const Case &c, Plan &plan, const char *name, const char *definition) {
  const char *drop = Format("ALTER TABLE {} DROP CONSTRAINT {}", c.Table(), name);
  plan.Add(
      {.sql = Format("ALTER TABLE {} ADD CONSTRAINT {} {} NOT VALID", c.Table(), name, definition), .back_out = drop});
  plan.Add({.phase = Phase::validate,
            .sql = Format("ALTER TABLE {} VALIDATE CONSTRAINT {}", c.Table(), name),
            .back_out = drop});
}

const char *ReferenceAction(char action) {
  switch (action) {
    case FKCONSTR_ACTION_CASCADE:
      return "CASCADE";
    case FKCONSTR_ACTION_RESTRICT:
      return "RESTRICT";
    case FKCONSTR_ACTION_SETNULL:
      return "SET NULL";
    case FKCONSTR_ACTION_SETDEFAULT:
      return "SET DEFAULT";
    default:
      return nullptr;
  }
}

}  // namespace

void AddCheck(const Case &c, Plan &plan) {
  auto *constraint = c.As<Constraint>(T_Constraint);
  if (constraint == nullptr || constraint->raw_expr == nullptr) return;
  const char *expr = ExpressionSql(c.Relation(), constraint->raw_expr, EXPR_KIND_CHECK_CONSTRAINT);
  if (expr == nullptr) return;
  const char *name =
      constraint->conname != nullptr ? constraint->conname : NewConstraintName(c.effect.target, nullptr, "check");
  AddValidated(c, plan, QuoteIdent(name), Format("CHECK ({})", expr));
}

void AddForeignKey(const Case &c, Plan &plan) {
  auto *constraint = c.As<Constraint>(T_Constraint);
  if (constraint == nullptr || constraint->fk_attrs == NIL) return;
  if (c.effect.target->IsPartitioned()) return; /* NOT VALID does not exist for it before 18 */
  const char *name =
      QuoteIdent(constraint->conname != nullptr
                     ? constraint->conname
                     : NewConstraintName(c.effect.target, strVal(linitial(constraint->fk_attrs)), "fkey"));
  const char *columns = constraint->pk_attrs == NIL ? "" : Format(" ({})", ColumnListSql(constraint->pk_attrs));
  const char *actions = "";
  if (const char *action = ReferenceAction(constraint->fk_del_action)) actions = Format(" ON DELETE {}", action);
  if (const char *action = ReferenceAction(constraint->fk_upd_action))
    actions = Format("{} ON UPDATE {}", actions, action);
  AddValidated(c, plan, name,
               Format("FOREIGN KEY ({}) REFERENCES {}{}{}", ColumnListSql(constraint->fk_attrs),
                      RelationSql(c.effect.other), columns, actions));
}

}  // namespace ddlguard
