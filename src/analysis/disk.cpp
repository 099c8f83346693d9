/*
 * Room on disk: a rewrite keeps the old files beside the new ones until its transaction ends.
 */
#include "analysis/analysis.h"
#include "pg/activity.h"
#include "pg/catalog.h"

namespace ddlguard {

namespace {

uint64 BlocksOf(Oid relation) {
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
  if (!HeapTupleIsValid(tuple)) return 0;
  auto form = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
  uint64 blocks = Storage(form).Blocks();
  if (OidIsValid(form->reltoastrelid)) blocks += BlocksOf(form->reltoastrelid);
  ReleaseSysCache(tuple);
  return blocks;
}

/* The table, its TOAST table, and the indexes, all of which are written anew. */
uint64 BlocksWithIndexes(Oid relation) {
  uint64 blocks = BlocksOf(relation);
  Relation catalog = table_open(IndexRelationId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_index_indrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
  SysScanDesc scan = systable_beginscan(catalog, IndexIndrelidIndexId, true, nullptr, 1, &key);
  while (HeapTuple tuple = systable_getnext(scan))
    blocks += BlocksOf(reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple))->indexrelid);
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  return blocks;
}

}  // namespace

void AnalyzeDiskSpace(Analysis &a) {
  for (const Effect &effect : a.effects) {
    if (effect.work != Work::rewrite || !effect.target->Live() || !OidIsValid(effect.target->oid)) continue;
    uint64 blocks = BlocksWithIndexes(effect.target->oid);
    for (Oid child : effect.target->descendants) blocks += BlocksWithIndexes(child);
    const double needed = static_cast<double>(blocks) * BLCKSZ,
                 available = FreeBytes(effect.target->storage.tablespace);
    if (available < 0) return;
    a.Add({.why = Why::rewrite_disk_headroom,
           .target = effect.target,
           .lock = effect.lock,
           .work = effect.work,
           .size = effect.Extent(),
           .on_fresh = true,
           .measured = {.amount = available > needed / 1e9 ? 100 * needed / available : 1e9}});
    return;
  }
}

}  // namespace ddlguard
