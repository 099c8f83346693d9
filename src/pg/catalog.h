/*
 * Questions to the catalog that more than one analyser asks.
 *
 * None takes a lock on a user relation.  Relations are read through the syscache and, where the
 * relcache is needed, RelationIdGetRelation, which locks nothing; what changes meanwhile is caught
 * by the second look under the lock (hooks/second_look.h) and by the net (hooks/object_access.cpp).
 */
#pragma once

#include "pg/array.h"

namespace ddlguard {

/* A relcache reference that is closed by hand: not RAII, since an error would jump over it and the
 * resource owner closes it then.  Null when the relation is gone. */
Relation OpenUnlocked(Oid relation);
void CloseUnlocked(Relation relation);

/* Blocks of the main fork on disk, by stat(2); 0 when there is no file.  expected: where to look for
 * the end first, pg_class.relpages. */
uint64 BlocksOnDisk(Oid tablespace, Oid relfilenode, uint64 expected);

/* Where columns are in a table, found by name and type, so that an altered table is an answer and not a crash:
 * false when one is missing. */
struct TypedColumn {
  const char *name;
  Oid type;
};
bool FindColumns(TupleDesc desc, const TypedColumn *columns, int count, AttrNumber *attnums);

/* Rows in a block of a table that was never analysed: from the width of its columns, as the planner
 * does. */
double RowsPerBlockByWidth(Oid relation);

/* Was the relation created in this transaction?  From the relcache, never from xmin. */
bool RelationIsFresh(Oid relation);
/* The same of a row of pg_class: it can only be new when the row is ours, and only then is the relcache asked. */
bool RelationIsFresh(HeapTuple row);

/* The last value that a sequence gave; false when it gave none; when its row cannot be read without waiting
 * for a lock: unknown, and no value. */
bool SequenceLastValue(Oid sequence, int64 *value, bool unknown = false);

/* All partitions and inheritance children, every level, without the relation itself. */
Array<Oid> DescendantsOf(Oid relation);

/* The relations whose rows a view shows, an index finds or a sequence numbers, each once: from the
 * dependencies of the view's rule, the index's table, the sequence's owner or the defaults that use it. */
Array<Oid> RelationsServedBy(Oid relation, char relkind);

/* Does the object belong to extension ddlguard?  Reads pg_depend. */
bool BelongsToExtension(Oid classid, Oid object);

/* The script of CREATE EXTENSION or ALTER EXTENSION UPDATE of ddlguard is running. */
bool InOwnScript();

/* pg_class.relam. */
Oid AccessMethodOf(Oid relation);

/* Name of an attribute, or null when it is dropped or missing. */
const char *ColumnName(Oid relation, AttrNumber attnum);

/* Constraint rows of a relation: calls visit(form, tuple) for each. */
template <typename Visit>
void ForEachConstraint(Oid relation, Visit visit) {
  Relation catalog = table_open(ConstraintRelationId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_constraint_conrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
  SysScanDesc scan = systable_beginscan(catalog, ConstraintRelidTypidNameIndexId, true, nullptr, 1, &key);
  while (HeapTuple tuple = systable_getnext(scan)) visit(reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple)), tuple);
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
}

/* Foreign keys that reference the relation (pg_constraint has no index for that: a catalog scan of
 * the rows of pg_depend that point at it). */
Array<Oid> ReferencingForeignKeys(Oid relation);

/* int2[] attribute of a constraint row (conkey, confkey); returns the number of elements. */
int ConstraintColumns(HeapTuple tuple, AttrNumber attribute, AttrNumber *out, int max);

/* pg_depend rows that point at an object: calls visit(form) for each; subid -1: any. */
template <typename Visit>
void ForEachDependent(Oid classid, Oid objectid, int subid, Visit visit) {
  Relation catalog = table_open(DependRelationId, AccessShareLock);
  ScanKeyData key[3];
  ScanKeyInit(&key[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(classid));
  ScanKeyInit(&key[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(objectid));
  int keys = 2;
  if (subid >= 0) {
    ScanKeyInit(&key[2], Anum_pg_depend_refobjsubid, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(subid));
    keys = 3;
  }
  SysScanDesc scan = systable_beginscan(catalog, DependReferenceIndexId, true, nullptr, keys, key);
  while (HeapTuple tuple = systable_getnext(scan)) visit(reinterpret_cast<Form_pg_depend>(GETSTRUCT(tuple)));
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
}

inline bool Includes(const Array<ObjectAddress> &objects, const ObjectAddress &object) {
  for (const ObjectAddress &each : objects)
    if (each.classId == object.classId && each.objectId == object.objectId && each.objectSubId == object.objectSubId)
      return true;
  return false;
}

/* One of the settings in an array like pg_proc.proconfig; null: it is not among them. */
const char *SettingIn(ArrayType *settings, const char *name);

/* What ALTER ROLE and ALTER DATABASE have set for just these (pg_db_role_setting); invalid: any; null: nothing. */
const char *StoredSetting(Oid database, Oid role, const char *name);

/* pg_shdepend rows of this database that point at a role: calls visit(form) for each. */
template <typename Visit>
void ForEachRoleDependent(Oid role, Visit visit) {
  Relation catalog = table_open(SharedDependRelationId, AccessShareLock);
  ScanKeyData key[2];
  ScanKeyInit(&key[0], Anum_pg_shdepend_refclassid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(AuthIdRelationId));
  ScanKeyInit(&key[1], Anum_pg_shdepend_refobjid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(role));
  SysScanDesc scan = systable_beginscan(catalog, SharedDependReferenceIndexId, true, nullptr, 2, key);
  while (HeapTuple tuple = systable_getnext(scan)) {
    auto form = reinterpret_cast<Form_pg_shdepend>(GETSTRUCT(tuple));
    if (form->dbid == MyDatabaseId) visit(form);
  }
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
}

}  // namespace ddlguard
