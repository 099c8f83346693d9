/*
 * VACUUM FULL, CLUSTER, REPACK, REFRESH MATERIALIZED VIEW.
 *
 * Before 19 nothing orders or shrinks a table without locking it: plain VACUUM makes its free space
 * usable again, which is what most want of the others.
 */
#include "pg/catalog.h"
#include "recipes/recipe.h"

namespace ddlguard {

namespace {

/* What REPACK (CONCURRENTLY) needs: a permanent table whose rows a key tells apart. */
bool HasRepackConcurrently(const Target *table) {
  if (!kRepack || table->persistence != RELPERSISTENCE_PERMANENT) return false;
  Relation rel = OpenUnlocked(table->oid);
  if (rel == nullptr) return false;
  Oid index = RelationGetReplicaIndex(rel);
  if (!OidIsValid(index)) index = PrimaryKeyIndex(rel);
  const bool has = OidIsValid(index) && rel->rd_rel->relreplident != REPLICA_IDENTITY_NOTHING;
  CloseUnlocked(rel);
  return has;
}

/* REFRESH ... CONCURRENTLY compares old and new rows by a unique index over columns alone. */
bool HasPlainUniqueIndex(Oid relation) {
  Relation rel = OpenUnlocked(relation);
  if (rel == nullptr) return false;
  List *indexes = RelationGetIndexList(rel);
  CloseUnlocked(rel);
  for (int i = 0; i < list_length(indexes); ++i) {
    HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(list_nth_oid(indexes, i)));
    if (!HeapTupleIsValid(tuple)) continue;
    auto form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
    const bool usable = form->indisunique && form->indisvalid && form->indimmediate &&
                        heap_attisnull(tuple, Anum_pg_index_indpred, nullptr) &&
                        heap_attisnull(tuple, Anum_pg_index_indexprs, nullptr);
    ReleaseSysCache(tuple);
    if (usable) return true;
  }
  return false;
}

/* What marks the index that is marked now. */
const char *MarkSql(Oid relation, const char *table) {
  Relation rel = OpenUnlocked(relation);
  List *indexes = rel == nullptr ? NIL : RelationGetIndexList(rel);
  CloseUnlocked(rel);
  for (int i = 0; i < list_length(indexes); ++i) {
    const Oid index = list_nth_oid(indexes, i);
    const char *name = get_index_isclustered(index) ? get_rel_name(index) : nullptr;
    if (name != nullptr) return Format("ALTER TABLE {} CLUSTER ON {}", table, QuoteIdent(name));
  }
  return Format("ALTER TABLE {} SET WITHOUT CLUSTER", table);
}

const char *TablesOf(const VacuumStmt *stmt) {
  const char *text = "";
  for (VacuumRelation *each : Each<VacuumRelation>(stmt->rels)) {
    const Oid relation = each->relation == nullptr ? each->oid : RangeVarGetRelid(each->relation, NoLock, true);
    const char *name = OidIsValid(relation) ? RelationSql(relation) : nullptr;
    if (name != nullptr) text = Format("{}{} {}", text, *text == '\0' ? "" : ",", name);
  }
  return text;
}

}  // namespace

void VacuumPlainly(const Case &c, Plan &plan) {
  if (auto *stmt = c.Parsed<VacuumStmt>(T_VacuumStmt))
    plan.Add({.sql = Format("VACUUM (ANALYZE){}", TablesOf(stmt)), .transactional = false});
}

void RepackConcurrently(const Case &c, Plan &plan) {
  const Target *table = c.effect.target;
  if (!table->HasStorage()) return;
  const bool marks = c.effect.why == Why::cluster && c.effect.column != nullptr;
  if (marks)
    plan.Add({.sql = Format("ALTER TABLE {} CLUSTER ON {}", c.Table(), c.Column()),
              .back_out = MarkSql(c.Relation(), c.Table())});
  if (HasRepackConcurrently(table))
    plan.Add({.sql = Format("REPACK (CONCURRENTLY) {}{}", c.Table(),
                            c.effect.column == nullptr ? "" : Format(" USING INDEX {}", c.Column())),
              .transactional = false});
  else plan.Add({.sql = Format("VACUUM (ANALYZE) {}", c.Table()), .transactional = false});
}

void RefreshConcurrently(const Case &c, Plan &plan) {
  const char *sql = InsertAfterKeyword(c.statement, "view", "CONCURRENTLY");
  if (sql != nullptr && HasPlainUniqueIndex(c.Relation())) plan.Add({.sql = sql});
}

}  // namespace ddlguard
