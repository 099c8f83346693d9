/*
 * PRIMARY KEY and UNIQUE: the index concurrently, then the constraint takes it over.
 */
#include "recipes/recipe.h"

namespace ddlguard {

void AddKey(const Case &c, Plan &plan) {
  auto *constraint = c.As<Constraint>(T_Constraint);
  if (constraint == nullptr || constraint->keys == NIL) return;
  const bool primary = constraint->contype == CONSTR_PRIMARY;
  const char *name = constraint->conname;
  if (name == nullptr)
    name = primary ? NewConstraintName(c.effect.target, nullptr, "pkey")
                   : NewConstraintName(c.effect.target, strVal(linitial(constraint->keys)), "key");
  name = QuoteIdent(name);
  plan.Add({.sql = Format("CREATE UNIQUE INDEX CONCURRENTLY {} ON {} ({})", name, c.Table(),
                          ColumnListSql(constraint->keys)),
            .transactional = false,
            .back_out = Format("DROP INDEX CONCURRENTLY {}", QualifiedName(c.effect.target->schema, name))});
  plan.Add({.phase = Phase::switch_over,
            .sql = Format("ALTER TABLE {} ADD CONSTRAINT {} {} USING INDEX {}", c.Table(), name,
                          primary ? "PRIMARY KEY" : "UNIQUE", name),
            .back_out = Format("ALTER TABLE {} DROP CONSTRAINT {}", c.Table(), name)});
}

}  // namespace ddlguard
