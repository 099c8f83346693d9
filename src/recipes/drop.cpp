/*
 * Drops: after a quiet period, on record; what can be taken back stands before what cannot.
 */
#include "pg/catalog.h"
#include "analysis/statement.h"
#include "recipes/recipe.h"
#include "rules/rules.h"

namespace ddlguard {

namespace {

bool Alone(const Case &c) {
  const Node *node = c.Parsed();
  return node != nullptr && RunsAlone(node);
}

constexpr const char *kQuiet = "nothing has used it for some days";

void AddRelease(Plan &plan, const char *what) {
  plan.Add({.phase = Phase::contract, .run_by = RunBy::deploy, .wait_for = what});
}

void AddOnRecord(const Case &c, Plan &plan) {
  plan.Add({.phase = Phase::contract,
            .sql = c.statement,
            .transactional = !Alone(c),
            .wait_for = kQuiet,
            .on_record = true});
}

const char *NameOf(const Target *target) { return QualifiedName(target->schema, target->name); }

}  // namespace

/* DROP NOT NULL first, where writers that leave the column out would fail. */
void DropColumn(const Case &c, Plan &plan) {
  AddRelease(plan, Format("no release that runs reads or writes {}", c.Column()));
  Relation rel = OpenUnlocked(c.Relation());
  if (rel != nullptr) {
    const AttrNumber attnum = get_attnum(c.Relation(), c.effect.column);
    bool required = false;
    if (attnum > 0) {
      const FormData_pg_attribute &column = *TupleDescAttr(RelationGetDescr(rel), attnum - 1);
      required = column.attnotnull && !column.atthasdef && column.attidentity == '\0' && column.attinhcount == 0;
      const Oid key = PrimaryKeyIndex(rel);
      if (required && OidIsValid(key)) {
        HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(key));
        if (HeapTupleIsValid(tuple)) {
          auto index = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
          for (int i = 0; i < index->indnkeyatts; ++i) required = required && index->indkey.values[i] != attnum;
          ReleaseSysCache(tuple);
        }
      }
    }
    CloseUnlocked(rel);
    if (required) {
      const char *name = nullptr;
      if (kNotNullIsConstraint)
        ForEachConstraint(c.Relation(), [&](Form_pg_constraint form, HeapTuple tuple) {
          AttrNumber each;
          if (form->contype == 'n' && ConstraintColumns(tuple, Anum_pg_constraint_conkey, &each, 1) == 1 &&
              each == attnum)
            name = pstrdup(NameStr(form->conname));
        });
      plan.Add({.phase = Phase::contract,
                .sql = Format("ALTER TABLE {} ALTER COLUMN {} DROP NOT NULL", c.Table(), c.Column()),
                .back_out = name != nullptr
                                ? Format("ALTER TABLE {} ADD CONSTRAINT {} NOT NULL {}", c.Table(), QuoteIdent(name),
                                         c.Column())
                                : Format("ALTER TABLE {} ALTER COLUMN {} SET NOT NULL", c.Table(), c.Column())});
    }
  }
  AddOnRecord(c, plan);
}

/* Out of sight first: that can be taken back at once. */
void DropTable(const Case &c, Plan &plan) {
  const Target *table = c.effect.target;
  AddRelease(plan, Format("no release that runs reads or writes {}", NameOf(table)));
  auto *drop = c.Parsed<DropStmt>(T_DropStmt);
  if (drop == nullptr || drop->removeType != OBJECT_TABLE || list_length(drop->objects) != 1 ||
      drop->behavior == DROP_CASCADE || !table->IsRelation() || table->partition)
    return AddOnRecord(c, plan);
  const char *helper = makeObjectName(table->name, nullptr, "dropped");
  for (int i = 2; OidIsValid(get_relname_relid(helper, table->namespace_oid)); ++i)
    helper = makeObjectName(table->name, nullptr, Format("dropped{}", i));
  const char *hidden = QualifiedName(table->schema, helper);
  plan.Add({.phase = Phase::contract,
            .sql = Format("ALTER TABLE {} RENAME TO {}", c.Table(), QuoteIdent(helper)),
            .wait_for = kQuiet,
            .back_out = Format("ALTER TABLE {} RENAME TO {}", hidden, QuoteIdent(table->name)),
            .on_record = true});
  plan.Add({.phase = Phase::contract,
            .sql = Format("DROP TABLE {}", hidden),
            .wait_for = "nobody has missed it for some days, and a backup has it",
            .on_record = true});
}

void DropObject(const Case &c, Plan &plan) {
  AddRelease(plan, Format("no release that runs uses {}", NameOf(c.effect.target)));
  AddOnRecord(c, plan);
}

/* What breaks clients by itself, whatever is done before: they must not need it any more. */
void AfterRelease(const Case &c, Plan &plan) {
  const char *remedy = RuleOf(c.effect.why).remedy;
  plan.Add(
      {.phase = Phase::contract, .run_by = RunBy::deploy, .wait_for = remedy, .brief = Format("-- to do: {}", remedy)});
  plan.Add({.phase = Phase::contract,
            .sql = c.statement,
            .transactional = !Alone(c),
            .wait_for = "that release is everywhere",
            .on_record = true});
}

/* What has no online way in plain SQL. */
void InMaintenanceWindow(const Case &c, Plan &plan) {
  plan.Add({.phase = Phase::contract,
            .sql = c.statement,
            .transactional = !Alone(c),
            .wait_for = Format("a maintenance window, since nobody can use {} meanwhile", NameOf(c.effect.target)),
            .on_record = true});
}

}  // namespace ddlguard
