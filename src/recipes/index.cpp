/*
 * Indexes: CONCURRENTLY; for a partitioned table, partition by partition.
 */
#include "recipes/recipe.h"

namespace ddlguard {

namespace {

/* Index key columns as the statement wrote them; null when one is an expression. */
const char *IndexColumns(const IndexStmt *index) {
  const char *text = "";
  for (IndexElem *element : Each<IndexElem>(index->indexParams)) {
    if (element->name == nullptr) return nullptr;
    text = Format("{}{}{}", text, *text == '\0' ? "" : ", ", QuoteIdent(element->name));
  }
  return text;
}

}  // namespace

void CreateIndex(const Case &c, Plan &plan) {
  const char *sql = InsertAfterKeyword(c.statement, "index", "CONCURRENTLY");
  if (sql == nullptr) return;
  plan.Add({.sql = sql, .transactional = false});
}

/* CONCURRENTLY does not exist for a partitioned table: leaf by leaf, then attach. */
void CreatePartitionedIndex(const Case &c, Plan &plan) {
  auto *index = c.As<IndexStmt>(T_IndexStmt);
  const char *columns = index == nullptr ? nullptr : IndexColumns(index);
  if (columns == nullptr) return;
  const char *name = index->idxname != nullptr ? index->idxname : makeObjectName(c.effect.target->name, nullptr, "idx");
  const char *unique = index->unique ? "UNIQUE " : "";
  plan.Add({.sql = Format("CREATE {}INDEX {} ON ONLY {} USING {} ({})", unique, QuoteIdent(name), c.Table(),
                          QuoteIdent(index->accessMethod), columns)});
  for (Oid leaf : c.effect.target->descendants) {
    if (get_rel_relkind(leaf) != RELKIND_RELATION) continue;
    const char *schema = get_namespace_name(get_rel_namespace(leaf));
    const char *leaf_name = get_rel_name(leaf);
    if (leaf_name == nullptr) continue; /* just dropped */
    const char *leaf_index = makeObjectName(leaf_name, name, nullptr);
    plan.Add({.sql = Format("CREATE {}INDEX CONCURRENTLY {} ON {} USING {} ({})", unique, QuoteIdent(leaf_index),
                            QualifiedName(schema, leaf_name), QuoteIdent(index->accessMethod), columns),
              .transactional = false});
    plan.Add({.sql = Format("ALTER INDEX {} ATTACH PARTITION {}", QualifiedName(c.effect.target->schema, name),
                            QualifiedName(schema, leaf_index))});
  }
}

void DropIndexConcurrently(const Case &c, Plan &plan) {
  const char *sql = InsertAfterKeyword(c.statement, "index", "CONCURRENTLY");
  if (sql == nullptr) return;
  plan.Add({.phase = Phase::contract, .sql = sql, .transactional = false});
}

void ReindexConcurrently(const Case &c, Plan &plan) {
  const char *words[] = {"index", "table", "schema", "database"};
  for (const char *word : words)
    if (const char *sql = InsertAfterKeyword(c.statement, word, "CONCURRENTLY")) {
      plan.Add({.sql = sql, .transactional = false});
      return;
    }
}

}  // namespace ddlguard
