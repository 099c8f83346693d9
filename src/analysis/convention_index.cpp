/*
 * Conventions about indexes, and what is worth knowing of a new one: how long its build takes, and what it
 * needs afterwards.
 */
#include "analysis/convention.h"

#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

/* How much longer than a btree's a build takes, roughly: entries for each word, lexeme or neighbour. */
constexpr struct {
  const char *method;
  double factor;
} kWeights[] = {{"brin", 0.1}, {"gin", 3}, {"ivfflat", 5}, {"hnsw", 20}};

double WeightOf(const char *method) {
  for (const auto &each : kWeights)
    if (Equal(each.method, method)) return each.factor;
  return 1;
}

/* With those that a script has made so far. */
int CountIndexes(const Analysis &a, const Target *table, const IndexStmt *stmt) {
  int count = 0;
  for (int i = 0; a.ledger.script && i < a.ledger.next - 1; ++i) {
    auto *earlier = reinterpret_cast<const IndexStmt *>(static_cast<RawStmt *>(list_nth(a.ledger.statements, i))->stmt);
    if (IsA(earlier, IndexStmt) && Equal(earlier->relation->relname, stmt->relation->relname)) ++count;
  }
  Relation rel = OidIsValid(table->oid) ? OpenUnlocked(table->oid) : nullptr;
  if (rel == nullptr) return count;
  count += list_length(RelationGetIndexList(rel));
  CloseUnlocked(rel);
  return count;
}

/* jsonb_ops is what jsonb gets when nothing is said. */
bool IsDefaultJsonb(Oid table, const IndexElem *element) {
  if (element->name == nullptr || !OidIsValid(table)) return false;
  const AttrNumber attnum = get_attnum(table, element->name);
  if (attnum == InvalidAttrNumber || getBaseType(get_atttype(table, attnum)) != JSONBOID) return false;
  return element->opclass == NIL || Equal(strVal(llast(element->opclass)), "jsonb_ops");
}

bool RepeatsColumn(const IndexStmt *stmt) {
  for (int i = 0; i < list_length(stmt->indexParams); ++i) {
    auto *element = static_cast<const IndexElem *>(list_nth(stmt->indexParams, i));
    for (int j = 0; j < i && element->name != nullptr; ++j) {
      auto *other = static_cast<const IndexElem *>(list_nth(stmt->indexParams, j));
      if (Equal(element->name, other->name) && equal(element->opclass, other->opclass)) return true;
    }
  }
  return false;
}

void AddAboutBuild(const Conventions &c, const IndexStmt *stmt) {
  if (!c.target->Live()) return;
  const double megabytes = static_cast<double>(c.target->Tree().Bytes()) / (1024 * 1024) * WeightOf(stmt->accessMethod);
  auto add = [&](Why why, Measured measured, const char *fact) {
    c.a.Add(
        {.why = why, .target = c.target, .column = stmt->idxname, .fact = fact, .node = c.node, .measured = measured});
  };
  const auto full = static_cast<double>(static_cast<int64>(megabytes)); /* not ceil(), which would need libm */
  add(Why::long_index_build, {.amount = full < megabytes ? full + 1 : full}, nullptr);
  for (const IndexElem *element : Each<IndexElem>(stmt->indexParams)) {
    if (element->expr == nullptr) continue;
    add(Why::expression_index_needs_analyze, {}, "the expressions of the index");
    break;
  }
}

}  // namespace

void AddIndexConventions(Analysis &a, const Target *table, const IndexStmt *stmt) {
  /* What PostgreSQL makes of constraints and of LIKE. */
  if (stmt->transformed || stmt->isconstraint) return;
  const Conventions c = {a, table, reinterpret_cast<const Node *>(stmt)};
  AddAboutBuild(c, stmt);
  if (a.conventions.Empty()) return;
  const char *name = stmt->idxname;
  if (!stmt->unique)
    c.Add(Why::index_too_many_columns, name, {.amount = static_cast<double>(list_length(stmt->indexParams))});
  c.Add(Why::disallowed_index_method, name, {.value = stmt->accessMethod});
  if (name == nullptr) c.Add(Why::index_without_name);
  if (c.Wants(Why::too_many_indexes))
    c.Add(Why::too_many_indexes, name, {.amount = static_cast<double>(CountIndexes(a, table, stmt) + 1)});
  if (c.Wants(Why::jsonb_gin_opclass) && Equal(stmt->accessMethod, "gin"))
    for (const IndexElem *element : Each<IndexElem>(stmt->indexParams))
      if (IsDefaultJsonb(table->oid, element)) c.Add(Why::jsonb_gin_opclass, name);
  if (c.Wants(Why::duplicate_column_definition) && RepeatsColumn(stmt))
    c.Add(Why::duplicate_column_definition, name, {}, "a column of the index");
}

}  // namespace ddlguard
