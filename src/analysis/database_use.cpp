/*
 * See database_use.h.
 *
 * A table is in use when VACUUM or ANALYZE has seen it, which autovacuum sees to soon after fifty rows have come, or
 * when it is larger than the notes that migration tools keep and the few rows that histories put in.  Tables of
 * extensions do not count: they come filled, and ddlguard's own are among them.
 */
#include "analysis/database_use.h"

#include "analysis/target.h"
#include "pg/catalog.h"

namespace ddlguard {

namespace {

constexpr uint64 kFewBlocks = 4; /* hold fewer than a thousand rows of the narrowest table */

bool IsInUse(HeapTuple row) {
  auto form = reinterpret_cast<Form_pg_class>(GETSTRUCT(row));
  if (form->relkind != RELKIND_RELATION && form->relkind != RELKIND_MATVIEW) return false;
  if (form->relpersistence == RELPERSISTENCE_TEMP || form->oid < FirstNormalObjectId || RelationIsFresh(row))
    return false;
  if (form->reltuples < 0 && Storage(form).Blocks() <= kFewBlocks) return false;
  return !OidIsValid(getExtensionOfObject(RelationRelationId, form->oid));
}

bool IsInUse(Oid table) {
  HeapTuple row = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
  if (!HeapTupleIsValid(row)) return false;
  const bool in_use = IsInUse(row);
  ReleaseSysCache(row);
  return in_use;
}

}  // namespace

bool TablesInUse(Oid schema) {
  static Oid last_seen = InvalidOid; /* mostly still there, which saves the scan */
  const bool all = !OidIsValid(schema);
  if (all && OidIsValid(last_seen) && IsInUse(last_seen)) return true;

  Oid found = InvalidOid;
  Relation catalog = table_open(RelationRelationId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_class_relnamespace, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(schema));
  SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, nullptr, all ? 0 : 1, &key);
  while (HeapTuple row = systable_getnext(scan)) {
    if (!IsInUse(row)) continue;
    found = reinterpret_cast<Form_pg_class>(GETSTRUCT(row))->oid;
    break;
  }
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  if (all) last_seen = found;
  return OidIsValid(found);
}

}  // namespace ddlguard
