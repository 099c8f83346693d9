/*
 * DROP of operators, casts, collations and text search configurations: queries name them, and nothing records it.
 *
 * None of them has CREATE OR REPLACE, so they are dropped and made again; what it would have to come back as is what
 * queries look it up by.
 */
#include "analysis/named_object.h"
#include "analysis/objects.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

bool ReadCast(Oid cast, Oid *source, Oid *target) {
  ScanKeyData key;
  Relation catalog = table_open(CastRelationId, AccessShareLock);
  ScanKeyInit(&key, Anum_pg_cast_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(cast));
  SysScanDesc scan = systable_beginscan(catalog, CastOidIndexId, true, nullptr, 1, &key);
  HeapTuple tuple = systable_getnext(scan);
  const bool found = HeapTupleIsValid(tuple);
  if (found) {
    *source = reinterpret_cast<Form_pg_cast>(GETSTRUCT(tuple))->castsource;
    *target = reinterpret_cast<Form_pg_cast>(GETSTRUCT(tuple))->casttarget;
  }
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  return found;
}

/* What it would have to come back as.  False: a cast between types of others. */
bool MendOfOther(const ObjectAddress &object, Mend *mend) {
  mend->object = object;
  Oid types[2] = {};
  if (object.classId == CastRelationId) {
    if (!ReadCast(object.objectId, &types[0], &types[1])) return false;
    if (!OwnsObject(TypeRelationId, types[0], ActingRole()) && !OwnsObject(TypeRelationId, types[1], ActingRole()))
      return false;
  } else {
    const auto cache = static_cast<SysCacheIdentifier>(get_object_catcache_oid(object.classId));
    HeapTuple tuple = SearchSysCache1(cache, ObjectIdGetDatum(object.objectId));
    if (!HeapTupleIsValid(tuple)) return false;
    bool isnull;
    const Datum name = SysCacheGetAttr(cache, tuple, get_object_attnum_name(object.classId), &isnull);
    mend->columns.Add({pstrdup(NameStr(*DatumGetName(name))), get_object_namespace(&object)});
    ReleaseSysCache(tuple);
    if (object.classId == OperatorRelationId) op_input_types(object.objectId, &types[0], &types[1]);
  }
  mend->arguments = buildoidvector(types, 2);
  return true;
}

}  // namespace

/* An extension's script knows what it does. */
void AddOtherDrop(Analysis &a, const NamedObject &object) {
  Mend mend;
  if (creating_extension || CreatedInTransaction(object.address.classId, object.address.objectId, 0) ||
      !MendOfOther(object.address, &mend))
    return;
  AddMendable(a, {.why = Why::drop_other_object, .target = object.target}, mend);
}

}  // namespace ddlguard
