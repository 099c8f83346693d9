/*
 * Indexes: CONCURRENTLY; for a partitioned table, partition by partition.
 */
#include "analysis/index_match.h"
#include "pg/catalog.h"
#include "recipes/recipe.h"

namespace ddlguard {

namespace {

const char *DropSql(Oid table, const char *index) {
  return Format("DROP INDEX CONCURRENTLY {}", QualifiedName(get_namespace_name(get_rel_namespace(table)), index));
}

const List *ColumnsOf(const IndexStmt *stmt) { return list_concat_copy(stmt->indexParams, stmt->indexIncludingParams); }

const char *NameFor(Plan &plan, Oid table, const IndexStmt *stmt) {
  return stmt->idxname != nullptr ? stmt->idxname : NewIndexName(plan, table, ColumnsOf(stmt), IndexUse::plain);
}

}  // namespace

void AddIndexBuildSteps(Plan &plan, Oid table, const char *name, const char *create) {
  if (OidIsValid(InvalidLeftover(table, name)))
    plan.Add({.sql = DropSql(table, name),
              .transactional = false,
              .wait_for = "no session is still building the invalid index of that name"});
  plan.Add({.sql = create, .transactional = false, .back_out = DropSql(table, name)});
}

void CreateIndex(const Case &c, Plan &plan) {
  auto *stmt = c.As<IndexStmt>(T_IndexStmt);
  const char *sql = InsertAfterKeyword(c.statement, "index", "CONCURRENTLY");
  if (stmt == nullptr || sql == nullptr || !OidIsValid(c.Relation())) return;
  AddIndexBuildSteps(plan, c.Relation(), NameFor(plan, c.Relation(), stmt), sql);
}

void CreateIndexAgain(const Case &c, Plan &plan) {
  auto *stmt = c.As<IndexStmt>(T_IndexStmt);
  if (stmt == nullptr || stmt->idxname == nullptr || !OidIsValid(c.Relation())) return;
  const char *sql = stmt->concurrent ? c.statement : InsertAfterKeyword(c.statement, "index", "CONCURRENTLY");
  if (sql != nullptr) AddIndexBuildSteps(plan, c.Relation(), stmt->idxname, sql);
}

namespace {

struct TreeIndex {
  Oid table;
  const char *name;
};

/* The index of a partitioned table that its partitions' indexes are attached to. */
const char *IndexAbove(const Array<TreeIndex> &indexes, Oid partition) {
  const Oid parent = get_partition_parent(partition, true);
  for (const TreeIndex &each : indexes)
    if (each.table == parent) return QualifiedName(get_namespace_name(get_rel_namespace(parent)), each.name);
  return nullptr;
}

void Attach(Plan &plan, const Array<TreeIndex> &indexes, Oid partition, const char *index) {
  if (const char *above = IndexAbove(indexes, partition))
    plan.Add({.phase = Phase::switch_over,
              .sql = Format("ALTER INDEX {} ATTACH PARTITION {}", above,
                            QualifiedName(get_namespace_name(get_rel_namespace(partition)), index))});
}

}  // namespace

/* CONCURRENTLY does not exist for a partitioned table.  The index of each partitioned table of the
 * tree is made without its partitions, and becomes valid when the last of them is attached. */
void CreatePartitionedIndex(const Case &c, Plan &plan) {
  auto *stmt = c.As<IndexStmt>(T_IndexStmt);
  const Target *root = c.effect.target;
  if (stmt == nullptr || !root->recursed) return;
  for (Oid each : root->descendants)
    if (get_rel_relkind(each) == RELKIND_FOREIGN_TABLE) return; /* it would never become valid */

  const char *tail = AfterTable(c.statement);
  const char *create = stmt->unique ? "CREATE UNIQUE INDEX" : "CREATE INDEX";
  const List *columns = ColumnsOf(stmt);
  Relation rel = OpenUnlocked(root->oid);
  if (rel == nullptr) return;
  Ledger ledger;
  Analysis a(c.statement, ledger);
  IndexShape shape;
  const bool complete = ShapeOfStatement(a, rel, stmt, &shape) == ShapeResult::complete;

  Array<TreeIndex> indexes;
  indexes.Add({root->oid, NameFor(plan, root->oid, stmt)});
  plan.Add({.sql = Format("{} {} ON ONLY {} {}", create, QuoteIdent(indexes[0].name), RelationSql(root), tail),
            .back_out = Format("DROP INDEX {}", QualifiedName(root->schema, indexes[0].name))});
  for (Oid child : root->descendants) {
    const char kind = get_rel_relkind(child);
    const char *table = RelationSql(child);
    if (table == nullptr) continue; /* just dropped */
    const Oid existing = complete ? AttachableIndex(child, RelationGetDescr(rel), shape, true) : InvalidOid;
    if (OidIsValid(existing)) {
      if (IndexAbove(indexes, child) != nullptr) Attach(plan, indexes, child, get_rel_name(existing));
      continue; /* what is below it, too */
    }
    if (IndexAbove(indexes, child) == nullptr) continue;
    const char *name = NewIndexName(plan, child, columns, IndexUse::plain);
    if (kind == RELKIND_PARTITIONED_TABLE) {
      plan.Add(
          {.sql = Format("{} {} ON ONLY {} {}", create, QuoteIdent(name), table, tail),
           .back_out = Format("DROP INDEX {}", QualifiedName(get_namespace_name(get_rel_namespace(child)), name))});
      Attach(plan, indexes, child, name);
      indexes.Add({child, name});
    } else {
      AddIndexBuildSteps(plan, child, name,
                         Format("{} CONCURRENTLY {} ON {} {}", create, QuoteIdent(name), table, tail));
      Attach(plan, indexes, child, name);
    }
  }
  CloseUnlocked(rel);
}

void DropIndexConcurrently(const Case &c, Plan &plan) {
  auto *stmt = c.Parsed<DropStmt>(T_DropStmt);
  if (stmt == nullptr || stmt->behavior == DROP_CASCADE) return;
  for (List *names : Each<List>(stmt->objects)) {
    const Oid index = RangeVarGetRelid(makeRangeVarFromNameList(names), NoLock, true);
    if (!OidIsValid(index)) continue;
    if (get_rel_relkind(index) != RELKIND_INDEX) {
      plan.Clear();
      return;
    }
    const char *definition = pg_get_indexdef_string(index);
    plan.Add({.phase = Phase::contract,
              .sql = Format("DROP INDEX CONCURRENTLY {}", RelationSql(index)),
              .transactional = false,
              .back_out = InsertAfterKeyword(definition, "index", "CONCURRENTLY")});
  }
}

void ReindexConcurrently(const Case &c, Plan &plan) {
  auto *stmt = c.As<ReindexStmt>(T_ReindexStmt);
  if (stmt == nullptr) return;
  const char *word = stmt->kind == REINDEX_OBJECT_INDEX    ? "index"
                     : stmt->kind == REINDEX_OBJECT_TABLE  ? "table"
                     : stmt->kind == REINDEX_OBJECT_SCHEMA ? "schema"
                                                           : "database";
  if (const char *sql = InsertAfterKeyword(c.statement, word, "CONCURRENTLY"))
    plan.Add({.sql = sql, .transactional = false});
}

}  // namespace ddlguard
