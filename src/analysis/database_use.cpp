/*
 * See database_use.h.
 *
 * A table is in use when VACUUM or ANALYZE has seen it, which autovacuum sees to soon after fifty rows have come, or
 * when it is larger than the notes that migration tools keep and the few rows that histories put in; a foreign table,
 * whose rows are elsewhere, always.  Tables of extensions do not count: they come filled, and ddlguard's own are among
 * them.  A database without any table is there for its functions.
 *
 * One statement may ask for thousands of functions or sequences, and a table that is not in use is found so by looking
 * at all of them: the last answer is kept while the transaction has executed nothing.
 */
#include "analysis/database_use.h"

#include "analysis/target.h"
#include "pg/catalog.h"

namespace ddlguard {

namespace {

constexpr uint64 kFewBlocks = 4; /* hold fewer than a thousand rows of the narrowest table */

enum class Use : uint8 { none, idle, used }; /* none: it is no table that counts */

/* pg_class.reltuples alone does not tell for a table with rows: building an index sets it, too. */
bool IsSeen(Form_pg_class form) {
  if (form->reltuples <= 0 || form->relallvisible > 0) return form->reltuples == 0 || form->relallvisible > 0;
  Relation catalog = table_open(StatisticRelationId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_statistic_starelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(form->oid));
  SysScanDesc scan = systable_beginscan(catalog, StatisticRelidAttnumInhIndexId, true, nullptr, 1, &key);
  const bool analysed = HeapTupleIsValid(systable_getnext(scan));
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  return analysed;
}

Use UseOf(HeapTuple row) {
  auto form = reinterpret_cast<Form_pg_class>(GETSTRUCT(row));
  const bool foreign = form->relkind == RELKIND_FOREIGN_TABLE;
  if (!foreign && form->relkind != RELKIND_RELATION && form->relkind != RELKIND_MATVIEW) return Use::none;
  if (form->relpersistence == RELPERSISTENCE_TEMP || form->oid < FirstNormalObjectId || RelationIsFresh(row) ||
      OidIsValid(getExtensionOfObject(RelationRelationId, form->oid)))
    return Use::none;
  return foreign || IsSeen(form) || Storage(form).Blocks() > kFewBlocks ? Use::used : Use::idle;
}

bool IsUsed(Oid table) {
  HeapTuple row = OidIsValid(table) ? SearchSysCache1(RELOID, ObjectIdGetDatum(table)) : nullptr;
  if (!HeapTupleIsValid(row)) return false;
  const bool used = UseOf(row) == Use::used;
  ReleaseSysCache(row);
  return used;
}

/* Of the schema or, without one, of the database: the most that is made of a table, and the one. */
Use LookForMost(Oid schema, Oid *table) {
  Use most = Use::none;
  Relation catalog = table_open(RelationRelationId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_class_relnamespace, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(schema));
  SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, nullptr, OidIsValid(schema) ? 1 : 0, &key);
  while (HeapTuple row = most == Use::used ? nullptr : systable_getnext(scan)) {
    most = Max(most, UseOf(row));
    *table = reinterpret_cast<Form_pg_class>(GETSTRUCT(row))->oid;
  }
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  return most;
}

/* What was asked last, and before which command. */
struct Answer {
  bool known = false;
  CommandId command = 0;
  Oid schema = InvalidOid;
  Use most = Use::none;
  Oid table = InvalidOid;
};
Answer last;

Use MostOf(Oid schema, Oid *table) {
  const CommandId command = GetCurrentCommandId(false);
  if (!last.known || last.command != command || last.schema != schema) {
    Answer now = {.known = true, .command = command, .schema = schema};
    now.most = LookForMost(schema, &now.table);
    last = now;
  }
  *table = last.table;
  return last.most;
}

}  // namespace

void ForgetDatabaseUse() { last = {}; }

bool SchemaInUse(Oid schema) {
  Oid table;
  return MostOf(schema, &table) == Use::used;
}

bool DatabaseInUse() {
  static Oid used = InvalidOid; /* mostly it still is, which saves the scan */
  if (IsUsed(used)) return true;
  const Use most = MostOf(InvalidOid, &used);
  if (most != Use::used) used = InvalidOid;
  return most != Use::idle;
}

}  // namespace ddlguard
