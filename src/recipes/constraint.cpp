/*
 * CHECK constraints and foreign keys: NOT VALID first, which binds new rows, then VALIDATE.
 */
#include "pg/catalog.h"
#include "recipes/commands.h"
#include "recipes/recipe.h"

namespace ddlguard {

void AddValidatedSteps(Plan &plan, const char *table, const char *name, const char *definition) {
  plan.Add({.sql = Format("ALTER TABLE {} ADD CONSTRAINT {} {} NOT VALID", table, name, definition),
            .back_out = Format("ALTER TABLE {} DROP CONSTRAINT {}", table, name)});
  plan.Add({.phase = Phase::validate,
            .sql = Format("ALTER TABLE {} VALIDATE CONSTRAINT {}", table, name),
            .back_out = Format("ALTER TABLE {0} DROP CONSTRAINT {1}, ADD CONSTRAINT {1} {2} NOT VALID", table, name,
                               definition)});
}

const char *CheckDefinition(Oid relation, const Constraint *constraint, const char *text, int nth) {
  const char *condition = text == nullptr ? nullptr : ParenthesisAfter(text, "check", nth);
  if (condition == nullptr) {
    condition = ExpressionSql(relation, constraint->raw_expr, EXPR_KIND_CHECK_CONSTRAINT);
    if (condition == nullptr) return nullptr;
    condition = Format("({})", condition);
  }
  return Format("CHECK {}{}", condition, constraint->is_no_inherit ? " NO INHERIT" : "");
}

void AddCheck(const Case &c, Plan &plan) {
  auto *constraint = c.As<Constraint>(T_Constraint);
  if (constraint == nullptr || constraint->raw_expr == nullptr) return;
  /* Which of several commands it is cannot be told from the text. */
  const Array<const char *> commands = CommandTexts(c.statement);
  const char *definition = CheckDefinition(c.Relation(), constraint, commands.count == 1 ? commands[0] : nullptr, 0);
  if (definition == nullptr) return;
  const char *name =
      constraint->conname != nullptr ? constraint->conname : NewCheckName(plan, c.Relation(), constraint->raw_expr);
  AddValidatedSteps(plan, c.Table(), QuoteIdent(name), definition);
}

namespace {

const char *ReferencesSql(const Constraint *constraint) {
  const Oid referenced = RangeVarGetRelid(constraint->pktable, NoLock, true);
  const char *text = OidIsValid(referenced)
                         ? RelationSql(referenced)
                         : QualifiedName(constraint->pktable->schemaname, constraint->pktable->relname);
  if (constraint->pk_attrs != NIL) text = Format("{} ({})", text, ColumnListSql(constraint->pk_attrs));
  if (constraint->fk_matchtype == FKCONSTR_MATCH_FULL) text = Format("{} MATCH FULL", text);
  if (const char *action = ReferenceAction(constraint->fk_upd_action)) text = Format("{} ON UPDATE {}", text, action);
  if (const char *action = ReferenceAction(constraint->fk_del_action)) text = Format("{} ON DELETE {}", text, action);
  if (constraint->fk_del_set_cols != NIL) text = Format("{} ({})", text, ColumnListSql(constraint->fk_del_set_cols));
  return Format("{}{}", text, DeferrableSql(constraint));
}

bool HasForeignKey(Oid relation, const char *name) {
  bool found = false;
  ForEachConstraint(relation, [&](Form_pg_constraint form, HeapTuple) {
    found = found || (form->contype == CONSTRAINT_FOREIGN && Equal(NameStr(form->conname), name));
  });
  return found;
}

}  // namespace

/* Where a partitioned table's key cannot be NOT VALID (before 18), it adopts the validated keys of its
 * partitions, which get the name that they would have from it, without reading a row. */
void AddForeignKeySteps(Plan &plan, const Target *table, const Constraint *constraint, const List *columns) {
  const char *name =
      constraint->conname != nullptr ? constraint->conname : NewForeignKeyName(plan, table->oid, columns);
  const char *definition = Format("FOREIGN KEY ({}) REFERENCES {}", ColumnListSql(columns), ReferencesSql(constraint));
  if (!table->IsPartitioned() || kPartitionedKeyNotValid)
    return AddValidatedSteps(plan, RelationSql(table), QuoteIdent(name), definition);
  for (Oid leaf : table->descendants) {
    if (get_rel_relkind(leaf) != RELKIND_RELATION || HasForeignKey(leaf, name)) continue;
    AddValidatedSteps(plan, RelationSql(leaf), QuoteIdent(name), definition);
  }
  plan.Add({.phase = Phase::switch_over,
            .sql = Format("ALTER TABLE {} ADD CONSTRAINT {} {}", RelationSql(table), QuoteIdent(name), definition)});
}

void AddForeignKey(const Case &c, Plan &plan) {
  auto *constraint = c.As<Constraint>(T_Constraint);
  if (constraint == nullptr || constraint->fk_attrs == NIL) return;
  if (IsTemporalKey(constraint)) return;
  /* A new table that references an old one: the old one's writers wait for the check. */
  const Target *table =
      c.effect.target->oid == RangeVarGetRelid(constraint->pktable, NoLock, true) && c.effect.other != nullptr
          ? c.effect.other
          : c.effect.target;
  if (!OidIsValid(table->oid)) return;
  AddForeignKeySteps(plan, table, constraint, constraint->fk_attrs);
}

}  // namespace ddlguard
