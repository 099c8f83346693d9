/*
 * See catalog.h.
 */
#include "pg/catalog.h"

#include <sys/stat.h>

#include "pg/text.h"

namespace ddlguard {

Relation OpenUnlocked(Oid relation) {
  return OidIsValid(relation) ? RelationIdGetRelation(relation) : nullptr;
}

void CloseUnlocked(Relation relation) {
  if (relation != nullptr) RelationClose(relation);
}

/*
 * stat(2) instead of smgrnblocks(): it needs no relcache entry and no file descriptor (ten thousand
 * partitions do not fit into max_files_per_process), and a file that was just dropped is no error.
 */
uint64 BlocksOnDisk(Oid tablespace, Oid relfilenode) {
  if (!OidIsValid(relfilenode)) return 0;
  const char *path = RelationFilePath(tablespace, relfilenode);
  struct stat file;
  if (stat(path, &file) != 0) return 0;
  uint64 bytes = file.st_size;
  const uint64 segment = static_cast<uint64>(RELSEG_SIZE) * BLCKSZ;
  for (int i = 1; static_cast<uint64>(file.st_size) >= segment; ++i) {
    if (stat(Format("{}.{}", path, i), &file) != 0) break;
    bytes += file.st_size;
  }
  return bytes / BLCKSZ;
}

double EstimateRows(Oid relation, uint64 blocks, int32 relpages, float4 reltuples) {
  if (blocks == 0) return 0;
  if (relpages > 0 && reltuples >= 0) return static_cast<double>(reltuples) / relpages * static_cast<double>(blocks);
  /* Never analysed: the width of its columns, as the planner does. */
  Relation rel = OpenUnlocked(relation);
  if (rel == nullptr) return 0;
  int32 width = get_rel_data_width(rel, nullptr) + MAXALIGN(SizeofHeapTupleHeader) + sizeof(ItemIdData);
  CloseUnlocked(rel);
  return static_cast<double>(blocks) * ((BLCKSZ - SizeOfPageHeaderData) / (width > 0 ? width : 1));
}

bool RelationIsFresh(Oid relation) {
  Relation rel = OpenUnlocked(relation);
  if (rel == nullptr) return false;
  bool fresh = rel->rd_createSubid != InvalidSubTransactionId;
  CloseUnlocked(rel);
  return fresh;
}

Array<Oid> DescendantsOf(Oid relation) {
  Array<Oid> all;
  if (!has_subclass(relation)) return all;
  List *found = find_all_inheritors(relation, NoLock, nullptr);
  ListCell *cell;
  foreach (cell, found)
    if (lfirst_oid(cell) != relation) all.Add(lfirst_oid(cell));
  return all;
}

Oid AccessMethodOf(Oid relation) {
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
  if (!HeapTupleIsValid(tuple)) return InvalidOid;
  Oid access_method = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relam;
  ReleaseSysCache(tuple);
  return access_method;
}

const char *ColumnName(Oid relation, AttrNumber attnum) { return get_attname(relation, attnum, true); }

Array<Oid> ReferencingForeignKeys(Oid relation) {
  Array<Oid> keys;
  ForEachDependent(RelationRelationId, relation, -1, [&](Form_pg_depend depend) {
    if (depend->classid != ConstraintRelationId || keys.Contains(depend->objid)) return;
    HeapTuple tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(depend->objid));
    if (!HeapTupleIsValid(tuple)) return;
    auto form = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple));
    if (form->contype == CONSTRAINT_FOREIGN && form->confrelid == relation) keys.Add(depend->objid);
    ReleaseSysCache(tuple);
  });
  return keys;
}

int ConstraintColumns(HeapTuple tuple, AttrNumber attribute, AttrNumber *out, int max) {
  bool isnull;
  Datum value = SysCacheGetAttr(CONSTROID, tuple, attribute, &isnull);
  if (isnull) return 0;
  ArrayType *array = DatumGetArrayTypeP(value);
  int count = ARR_NDIM(array) == 1 ? ARR_DIMS(array)[0] : 0;
  auto elements = reinterpret_cast<int16 *>(ARR_DATA_PTR(array));
  for (int i = 0; i < count && i < max; ++i) out[i] = elements[i];
  return count < max ? count : max;
}

}  // namespace ddlguard
