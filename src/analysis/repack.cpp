/*
 * CLUSTER, and from 19 on REPACK, which is CLUSTER, VACUUM FULL and a concurrent form of both in one.
 *
 * Each table is written anew under ACCESS EXCLUSIVE.  REPACK (CONCURRENTLY) does so under SHARE UPDATE
 * EXCLUSIVE, and takes ACCESS EXCLUSIVE at its end for as long as two files are swapped.
 */
#include "analysis/repack.h"

#include "analysis/statement.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

/* Up to 16 only the owner may cluster; from 17 on MAINTAIN is enough. */
bool MayRepack(Oid relation) {
#if PG_VERSION_NUM >= 170000
  return MayMaintainRelation(relation, ActingRole());
#else
  return OwnsRelation(relation, ActingRole());
#endif
}

bool IsRepackable(const Target *target) {
  return target->relkind == RELKIND_RELATION || target->relkind == RELKIND_MATVIEW ||
         target->relkind == RELKIND_PARTITIONED_TABLE;
}

/* CLUSTER can order by it: complete, of a method that can, and on this table. */
bool IsClusterable(Oid index, Oid table) {
  HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
  if (!HeapTupleIsValid(tuple)) return false;
  auto form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
  bool usable = form->indrelid == table && (form->indisvalid || get_rel_relkind(index) == RELKIND_PARTITIONED_INDEX) &&
                heap_attisnull(tuple, Anum_pg_index_indpred, nullptr);
  ReleaseSysCache(tuple);
  return usable;
}

/* The index that an earlier CLUSTER, or ALTER TABLE CLUSTER ON, left marked. */
Oid MarkedIndex(Oid table) {
  Oid marked = InvalidOid;
  Relation catalog = table_open(IndexRelationId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_index_indrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(table));
  SysScanDesc scan = systable_beginscan(catalog, IndexIndrelidIndexId, true, nullptr, 1, &key);
  while (HeapTuple tuple = systable_getnext(scan)) {
    auto form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
    if (form->indisclustered) marked = form->indexrelid;
  }
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  return marked;
}

Array<Oid> MarkedTables() {
  Array<Oid> tables;
  Relation catalog = table_open(IndexRelationId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_index_indisclustered, BTEqualStrategyNumber, F_BOOLEQ, BoolGetDatum(true));
  SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, nullptr, 1, &key);
  while (HeapTuple tuple = systable_getnext(scan))
    tables.Add(reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple))->indrelid);
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  InOrder(tables);
  return tables;
}

void AddRewrite(Analysis &a, const Repack &repack, const Target *table, Size size, const char *index) {
  Effect effect;
  effect.why = repack.why;
  effect.target = table;
  effect.lock = AccessExclusiveLock;
  effect.work = size.blocks > 0 ? Work::rewrite : Work::none;
  effect.size = size;
  effect.column = index;
  effect.node = repack.statement;
  a.Add(effect);
}

void RepackAll(Analysis &a, const Repack &repack) {
  if (repack.concurrently) return; /* PostgreSQL wants a name */
  a.whole_database = a.one_by_one = true;
  AddIfInBlock(a, a.LookObject(DatabaseRelationId, MyDatabaseId, nullptr, get_database_name(MyDatabaseId)),
               repack.statement);
  for (Oid relation : repack.ordered ? MarkedTables() : TablesOf(InvalidOid)) {
    if (!MayRepack(relation)) continue;
    const Target *table = a.Look(relation);
    if (table != nullptr && table->Live()) AddRewrite(a, repack, table, table->Own(), nullptr);
  }
}

#if PG_VERSION_NUM >= 190000
/* What can be decoded: permanent, and with an index that tells its rows apart. */
bool CanRepackConcurrently(const Target *table) {
  if (table->relkind == RELKIND_PARTITIONED_TABLE || table->persistence != RELPERSISTENCE_PERMANENT) return false;
  Relation rel = OpenUnlocked(table->oid);
  if (rel == nullptr) return false;
  Oid index = RelationGetReplicaIndex(rel);
  if (!OidIsValid(index)) index = PrimaryKeyIndex(rel);
  const bool can = OidIsValid(index) && rel->rd_rel->relreplident != REPLICA_IDENTITY_NOTHING;
  CloseUnlocked(rel);
  return can;
}
#endif

void RepackConcurrently(Analysis &a, const Repack &repack, const Target *table) {
#if PG_VERSION_NUM >= 190000
  if (!CanRepackConcurrently(table)) return;
  AddIfInBlock(a, table, repack.statement);
  a.Add({.why = Why::lock_only,
         .target = table,
         .lock = ShareUpdateExclusiveLock,
         .work = table->Own().blocks > 0 ? Work::rewrite : Work::none,
         .size = table->Own()});
  a.Add({.why = Why::lock_only, .target = table, .lock = AccessExclusiveLock});
#endif
}

}  // namespace

Repack ReadRepack(const Node *statement) {
#if PG_VERSION_NUM >= 190000
  auto *stmt = reinterpret_cast<const RepackStmt *>(statement);
  const bool cluster = stmt->command == REPACK_COMMAND_CLUSTER;
  return {.statement = statement,
          .name = stmt->relation == nullptr ? nullptr : stmt->relation->relation,
          .indexname = stmt->indexname,
          .ordered = cluster || stmt->usingindex,
          .concurrently = !cluster && OptionIsOn(stmt->params, "concurrently"),
          .why = cluster ? Why::cluster : Why::repack_non_concurrent};
#else
  auto *stmt = reinterpret_cast<const ClusterStmt *>(statement);
  return {.statement = statement,
          .name = stmt->relation,
          .indexname = stmt->indexname,
          .ordered = true,
          .concurrently = false,
          .why = Why::cluster};
#endif
}

void AnalyzeRepack(Analysis &a, const Node *statement) {
  const Repack repack = ReadRepack(statement);
  if (repack.name == nullptr) return RepackAll(a, repack);
  const Target *table = a.Resolve(repack.name, NoLock);
  if (table == nullptr || !OidIsValid(table->oid) || !IsRepackable(table) || !MayRepack(table->oid)) return;
  const bool partitioned = table->relkind == RELKIND_PARTITIONED_TABLE;
  if (!partitioned) a.names.Last().lock = repack.concurrently ? ShareUpdateExclusiveLock : AccessExclusiveLock;
  Oid index = InvalidOid;
  if (repack.ordered) {
    index = repack.indexname == nullptr ? MarkedIndex(table->oid)
                                        : get_relname_relid(repack.indexname, table->namespace_oid);
    /* A script may have made the index itself. */
    const bool made = a.ledger.script && repack.indexname != nullptr && !OidIsValid(index) &&
                      a.ledger.FindRelation(table->schema, repack.indexname) != nullptr;
    if (!made && !IsClusterable(index, table->oid)) return;
  }
  if (repack.concurrently) return RepackConcurrently(a, repack, table);
  if (partitioned) {
    AddIfInBlock(a, table, repack.statement);
    a.Look(table->oid, true);
  }
  AddRewrite(a, repack, table, partitioned ? table->Tree() : table->Own(),
             OidIsValid(index) ? get_rel_name(index) : repack.indexname);
}

}  // namespace ddlguard
