/*
 * ALTER COLUMN TYPE: a new column beside the old one, kept equal, filled, and put in its place.  Where the rows
 * stay as they are and only an index or a CHECK is worked on, that one is taken out of the way and made again.
 */
#include <algorithm>

#include "analysis/proof.h"
#include "pg/catalog.h"
#include "recipes/column_copy.h"
#include "recipes/replace_column.h"

namespace ddlguard {

namespace {

/* Could a value of the old type have none of the new type? */
bool MayFail(const ColumnDef *definition, Oid old_type, int32 old_typmod, Oid new_type, int32 new_typmod) {
  if (definition->raw_default != nullptr) return true;
  if (!can_coerce_type(1, &old_type, &new_type, COERCION_IMPLICIT)) return true;
  return new_typmod >= 0 && (old_type != new_type || old_typmod < 0 || new_typmod < old_typmod);
}

/* The type, with its collation where that is not the type's own. */
const char *TypeWithCollation(const ColumnDef *definition, Oid type, int32 typmod) {
  const char *text = format_type_extended(type, typmod, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
  const Oid collation = GetColumnDefCollation(nullptr, const_cast<ColumnDef *>(definition), type);
  if (!OidIsValid(collation) || collation == get_typcollation(type)) return text;
  return Format("{}{}", text, CollationSql(collation));
}

/* As it stands, in a window, when nothing better is there.  PostgreSQL itself refuses it where a view, a policy, a
 * generated column and some other things use the column. */
void InWindow(const Case &c, Plan &plan, const char *obstacle) {
  plan.Add({.phase = Phase::contract,
            .sql = c.statement,
            .wait_for =
                Format("a maintenance window: {}, so that no copy can be put in its place; what PostgreSQL then names "
                       "as in the way is dropped before and made again after, in the same transaction",
                       obstacle),
            .on_record = true});
}

}  // namespace

void ChangeType(const Case &c, Plan &plan) {
  auto *definition = c.As<ColumnDef>(T_ColumnDef);
  const Oid relation = c.Relation();
  if (definition == nullptr || definition->typeName == nullptr || !OidIsValid(relation)) return;
  HeapTuple tuple = SearchSysCacheAttName(relation, c.effect.column);
  if (!HeapTupleIsValid(tuple)) return; /* the script makes it */
  auto attribute = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
  const Oid old_type = attribute->atttypid;
  const int32 old_typmod = attribute->atttypmod;
  ReleaseSysCache(tuple);
  Type type = LookupTypeName(nullptr, definition->typeName, nullptr, true);
  if (type == nullptr) return;
  ReleaseSysCache(type);
  Oid new_type;
  int32 new_typmod;
  typenameTypeIdAndMod(nullptr, definition->typeName, &new_type, &new_typmod);

  Node *expr = nullptr;
  if (definition->raw_default != nullptr) {
    Relation rel = OpenUnlocked(relation);
    if (rel == nullptr) return;
    expr = AnalyseExpression(rel, definition->raw_default, EXPR_KIND_ALTER_COL_TRANSFORM);
    CloseUnlocked(rel);
    if (expr == nullptr) return;
  }

  const int level = BeginQualifiedNames();
  ColumnReplacement replacement = {.table = c.effect.target, .column = c.effect.column, .name = c.effect.column};
  replacement.fresh = FreshColumnName(relation, c.effect.column, "new");
  replacement.type = TypeWithCollation(definition, new_type, new_typmod);
  const char *fresh = QuoteIdent(replacement.fresh);
  const char *from = Format("new.{}", c.Column());
  replacement.value = c.Column();
  replacement.condition = Format("{} IS NULL AND {} IS NOT NULL", fresh, c.Column());
  if (expr != nullptr) {
    replacement.value = MappedExpression(expr, relation, {});
    replacement.condition = Format("{} IS NULL AND ({}) IS NOT NULL", fresh, replacement.value);
    from = AliasedExpression(expr, relation, "new");
  }
  EndQualifiedNames(level);
  /* A row that does not fit must not fail for the clients that still have the old column alone: it stays
   * null in the new one, and is found before the switch. */
  const char *assign = Format("new.{} := {};\n", fresh, from);
  replacement.trigger =
      MayFail(definition, old_type, old_typmod, new_type, new_typmod)
          ? Format("  BEGIN\n    {}  EXCEPTION WHEN data_exception THEN\n    new.{} := NULL;\n  END;\n", assign, fresh)
          : Format("  {}", assign);
  const char *obstacle;
  if (!AddReplaceColumnSteps(plan, replacement, &obstacle)) InWindow(c, plan, obstacle);
}

/* The rows stay as they are: the CHECKs are out of the way for an instant, and validated afterwards. */
void ChangeTypeThenCheck(const Case &c, Plan &plan) {
  const AttrNumber attnum = get_attnum(c.Relation(), c.effect.column);
  if (attnum <= 0) return;
  const char *drop = "", *add = "";
  Plan validations;
  const int level = BeginQualifiedNames();
  ForEachConstraint(c.Relation(), [&](Form_pg_constraint form, HeapTuple tuple) {
    AttrNumber columns[INDEX_MAX_KEYS];
    if (form->contype != CONSTRAINT_CHECK || !form->convalidated || !form->conislocal) return;
    if (plan.IsGone(ConstraintRelationId, form->oid)) return;
    const int count = ConstraintColumns(tuple, Anum_pg_constraint_conkey, columns, INDEX_MAX_KEYS);
    if (std::find(columns, columns + count, attnum) == columns + count) return;
    bool null;
    Datum stored = SysCacheGetAttr(CONSTROID, tuple, Anum_pg_constraint_conbin, &null);
    auto expr = static_cast<Node *>(stringToNode(TextDatumGetCString(stored)));
    const char *name = QuoteIdent(NameStr(form->conname));
    drop = Format("{}ALTER TABLE {} DROP CONSTRAINT {};\n", drop, c.Table(), name);
    add = Format("{};\nALTER TABLE {} ADD CONSTRAINT {} CHECK ({}){} NOT VALID", add, c.Table(), name,
                 MappedExpression(expr, c.Relation(), {}), form->connoinherit ? " NO INHERIT" : "");
    if (const char *comment = GetComment(form->oid, ConstraintRelationId, 0))
      add = Format("{};\nCOMMENT ON CONSTRAINT {} ON {} IS {}", add, name, c.Table(),
                   static_cast<const char *>(quote_literal_cstr(comment)));
    validations.Add(
        {.phase = Phase::validate, .sql = Format("ALTER TABLE {} VALIDATE CONSTRAINT {}", c.Table(), name)});
  });
  EndQualifiedNames(level);
  if (validations.Empty()) return ChangeType(c, plan); /* those of a partition alone */
  plan.Add({.phase = Phase::switch_over, .sql = Format("{}{}{}", drop, c.statement, add)});
  for (const Step &step : validations) plan.Add(step);
}

}  // namespace ddlguard
