/*
 * PRIMARY KEY and UNIQUE: the index concurrently, then the constraint takes it over.  There is no way
 * back from that which keeps the index.
 *
 * A partitioned table cannot take over an index, but its new constraint adopts the equal ones that
 * its partitions have.
 */
#include "pg/catalog.h"
#include "recipes/commands.h"
#include "recipes/recipe.h"

namespace ddlguard {

namespace {

bool IsNullable(const Plan &plan, Oid relation, const char *column) {
  HeapTuple tuple = SearchSysCacheAttName(relation, column);
  if (!HeapTupleIsValid(tuple)) return true; /* the same script adds it */
  auto attribute = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
  const bool nullable = !attribute->attnotnull || plan.IsGone(AttributeRelationId, relation, attribute->attnum);
  ReleaseSysCache(tuple);
  return nullable;
}

struct Key {
  const Constraint *constraint;
  const List *columns;
  bool primary;

  const char *Kind() const { return primary ? "PRIMARY KEY" : "UNIQUE"; }
  const char *Nulls() const { return constraint->nulls_not_distinct ? " NULLS NOT DISTINCT" : ""; }
  List *All() const { return list_concat_copy(columns, constraint->including); }

  /* INCLUDE and WITH, which stand in the same order in both statements. */
  const char *Including() const {
    return constraint->including == NIL ? "" : Format(" INCLUDE ({})", ColumnListSql(constraint->including));
  }
  const char *With() const {
    return constraint->options == NIL ? "" : Format(" WITH ({})", OptionsSql(constraint->options));
  }

  const char *IndexSql(const char *name, const char *table) const {
    return Format(
        "CREATE UNIQUE INDEX CONCURRENTLY {} ON {} ({}){}{}{}{}", QuoteIdent(name), table, ColumnListSql(columns),
        Including(), Nulls(), With(),
        constraint->indexspace == nullptr ? "" : Format(" TABLESPACE {}", QuoteIdent(constraint->indexspace)));
  }

  const char *ConstraintSql() const {
    return Format("{}{} ({}){}{}{}{}", Kind(), Nulls(), ColumnListSql(columns), Including(), With(),
                  constraint->indexspace == nullptr
                      ? ""
                      : Format(" USING INDEX TABLESPACE {}", QuoteIdent(constraint->indexspace)),
                  DeferrableSql(constraint));
  }
};

/* Has the partition the constraint already? */
bool HasKey(Oid relation, const Key &key) {
  bool found = false;
  ForEachConstraint(relation, [&](Form_pg_constraint form, HeapTuple tuple) {
    if (form->contype != (key.primary ? CONSTRAINT_PRIMARY : CONSTRAINT_UNIQUE)) return;
    AttrNumber numbers[INDEX_MAX_KEYS];
    const int count = ConstraintColumns(tuple, Anum_pg_constraint_conkey, numbers, INDEX_MAX_KEYS);
    bool same = count == list_length(key.columns);
    for (int i = 0; same && i < count; ++i) same = numbers[i] == get_attnum(relation, strVal(list_nth(key.columns, i)));
    found = found || same;
  });
  return found;
}

void AddSteps(Plan &plan, Oid table, const char *name, const Key &key) {
  const char *relation = RelationSql(table);
  if (relation == nullptr) return; /* just dropped */
  AddIndexBuildSteps(plan, table, name, key.IndexSql(name, relation));
  name = QuoteIdent(name);
  plan.Add({.phase = Phase::switch_over,
            .sql = Format("ALTER TABLE {} ADD CONSTRAINT {} {} USING INDEX {}{}", relation, name, key.Kind(), name,
                          DeferrableSql(key.constraint))});
}

}  // namespace

void AddKeySteps(Plan &plan, const Target *table, const Constraint *constraint, const List *columns,
                 bool not_null_known) {
  if (IsTemporalKey(constraint)) return;
  const Key key = {constraint, columns, constraint->contype == CONSTR_PRIMARY};
  const IndexUse use = key.primary ? IndexUse::primary : IndexUse::unique;
  if (key.primary && !not_null_known)
    for (Node *column : Each<Node>(columns))
      if (IsNullable(plan, table->oid, strVal(column))) AddNotNullSteps(plan, table, strVal(column));
  if (!table->IsPartitioned()) {
    const char *name = constraint->conname;
    if (name == nullptr) name = NewIndexName(plan, table->oid, key.All(), use);
    return AddSteps(plan, table->oid, name, key);
  }
  for (Oid leaf : table->descendants)
    if (get_rel_relkind(leaf) == RELKIND_RELATION && !HasKey(leaf, key))
      AddSteps(plan, leaf, NewIndexName(plan, leaf, key.All(), use), key);
  const char *name = constraint->conname;
  if (name == nullptr) name = NewIndexName(plan, table->oid, key.All(), use);
  plan.Add({.phase = Phase::switch_over,
            .sql = Format("ALTER TABLE {} ADD CONSTRAINT {} {}", RelationSql(table), QuoteIdent(name),
                          key.ConstraintSql())});
}

void AddKey(const Case &c, Plan &plan) {
  if (c.As<ColumnDef>(T_ColumnDef) != nullptr) return AddColumn(c, plan);
  auto *constraint = c.As<Constraint>(T_Constraint);
  if (constraint == nullptr) return;
  if (constraint->indexname == nullptr) return AddKeySteps(plan, c.effect.target, constraint, constraint->keys);
  /* USING INDEX: only the NOT NULL is missing. */
  if (CommandTexts(c.statement).count != 1) return;
  AddNotNullSteps(plan, c.effect.target, c.effect.column);
  plan.Add({.phase = Phase::switch_over, .sql = c.statement});
}

}  // namespace ddlguard
