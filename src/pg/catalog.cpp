/*
 * See catalog.h.
 */
#include "pg/catalog.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "pg/text.h"

namespace ddlguard {

Relation OpenUnlocked(Oid relation) { return OidIsValid(relation) ? RelationIdGetRelation(relation) : nullptr; }

void CloseUnlocked(Relation relation) {
  if (relation != nullptr) RelationClose(relation);
}

namespace {

/* The database's directory, open as long as the backend lives; -1 when it cannot be opened.  It stays
 * where it is: ALTER DATABASE SET TABLESPACE wants nobody connected. */
int DatabaseDirectory() {
  static int directory = -1;
  if (directory < 0) directory = open(DatabasePath, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return directory;
}

/* The files of a relation's main fork. */
struct DataFiles {
  int directory;
  const char *first;

  /* 0 when there is no such segment. */
  uint64 Bytes(uint64 segment) const {
    struct stat file;
    if (fstatat(directory, segment == 0 ? first : Format("{}.{}", first, segment), &file, 0) != 0) return 0;
    return file.st_size;
  }
};

}  // namespace

/*
 * stat(2) instead of smgrnblocks(): it needs no relcache entry and no file descriptor (ten thousand
 * partitions do not fit into max_files_per_process), and a file that was just dropped is no error.
 * Relative to the directory it costs a quarter less.  All segments before the last are full (md.c),
 * so a search finds the last one in a few steps.
 */
uint64 BlocksOnDisk(Oid tablespace, Oid relfilenode, uint64 expected) {
  if (!OidIsValid(relfilenode)) return 0;
  char name[16];
  *pg_ultostr(name, relfilenode) = '\0';
  DataFiles files = {DatabaseDirectory(), name};
  if (OidIsValid(tablespace) || files.directory < 0) files = {AT_FDCWD, RelationFilePath(tablespace, relfilenode)};
  constexpr uint64 kSegment = static_cast<uint64>(RELSEG_SIZE) * BLCKSZ;
  uint64 full = 0; /* the segments before this one are full, segment last is not */
  uint64 last = expected / RELSEG_SIZE;
  uint64 bytes = files.Bytes(last);
  for (uint64 step = 1; bytes >= kSegment; step *= 2) {
    full = last + 1;
    last += step;
    bytes = files.Bytes(last);
  }
  for (uint64 probe = last - 1; full < last; probe = full + (last - full) / 2) {
    uint64 probed = files.Bytes(probe);
    if (probed >= kSegment) {
      full = probe + 1;
    } else {
      last = probe;
      bytes = probed;
    }
  }
  return (last * kSegment + bytes) / BLCKSZ;
}

bool FindColumns(TupleDesc desc, const TypedColumn *columns, int count, AttrNumber *attnums) {
  for (int c = 0; c < count; ++c) {
    attnums[c] = InvalidAttrNumber;
    for (int i = 0; i < desc->natts; ++i) {
      Form_pg_attribute attribute = TupleDescAttr(desc, i);
      if (!attribute->attisdropped && attribute->atttypid == columns[c].type &&
          Equal(NameStr(attribute->attname), columns[c].name))
        attnums[c] = attribute->attnum;
    }
    if (attnums[c] == InvalidAttrNumber) return false;
  }
  return true;
}

/* As get_rel_data_width() reckons, which wants a relcache entry: without a lock that may fail to be built. */
double RowsPerBlockByWidth(Oid relation) {
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
  if (!HeapTupleIsValid(tuple)) return 0;
  const AttrNumber columns = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relnatts;
  ReleaseSysCache(tuple);
  int width = MAXALIGN(SizeofHeapTupleHeader) + sizeof(ItemIdData);
  for (AttrNumber number = 1; number <= columns; ++number) {
    HeapTuple row = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relation), Int16GetDatum(number));
    if (!HeapTupleIsValid(row)) continue;
    auto attribute = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(row));
    if (!attribute->attisdropped) {
      const int32 average = get_attavgwidth(relation, number);
      width += average > 0 ? average : get_typavgwidth(attribute->atttypid, attribute->atttypmod);
    }
    ReleaseSysCache(row);
  }
  return (BLCKSZ - SizeOfPageHeaderData) / width;
}

bool RelationIsFresh(Oid relation) {
  Relation rel = OpenUnlocked(relation);
  if (rel == nullptr) return false;
  bool fresh = rel->rd_createSubid != InvalidSubTransactionId;
  CloseUnlocked(rel);
  return fresh;
}

bool RelationIsFresh(HeapTuple row) {
  return TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetXmin(row->t_data)) &&
         RelationIsFresh(reinterpret_cast<Form_pg_class>(GETSTRUCT(row))->oid);
}

/* Read from its page, as nextval does, but under a weak lock that is not waited for. */
bool SequenceLastValue(Oid sequence, int64 *value, bool unknown) {
  if (!ConditionalLockRelationOid(sequence, AccessShareLock)) return unknown;
  bool called = false;
  Relation rel = OpenUnlocked(sequence);
  if (rel != nullptr && rel->rd_rel->relkind == RELKIND_SEQUENCE) {
    Buffer buffer = ReadBuffer(rel, 0);
    LockBuffer(buffer, BUFFER_LOCK_SHARE);
    Page page = BufferGetPage(buffer);
    HeapTupleHeader row = reinterpret_cast<HeapTupleHeader>(PageGetItem(page, PageGetItemId(page, FirstOffsetNumber)));
    auto *data = reinterpret_cast<Form_pg_sequence_data>(reinterpret_cast<char *>(row) + row->t_hoff);
    called = data->is_called;
    *value = data->last_value;
    UnlockReleaseBuffer(buffer);
  }
  CloseUnlocked(rel);
  UnlockRelationOid(sequence, AccessShareLock);
  return called;
}

Array<Oid> DescendantsOf(Oid relation) {
  Array<Oid> all;
  if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relation)) || !has_subclass(relation)) return all;
  List *found = find_all_inheritors(relation, NoLock, nullptr);
  ListCell *cell;
  foreach (cell, found)
    if (lfirst_oid(cell) != relation) all.Add(lfirst_oid(cell));
  return all;
}

namespace {

Array<Oid> RelationsOfView(Oid view) {
  Array<Oid> relations;
  const Oid rule = get_rewrite_oid(view, ViewSelectRuleName, true);
  if (!OidIsValid(rule)) return relations;
  Relation catalog = table_open(DependRelationId, AccessShareLock);
  ScanKeyData key[2];
  ScanKeyInit(&key[0], Anum_pg_depend_classid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(RewriteRelationId));
  ScanKeyInit(&key[1], Anum_pg_depend_objid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(rule));
  SysScanDesc scan = systable_beginscan(catalog, DependDependerIndexId, true, nullptr, 2, key);
  while (HeapTuple tuple = systable_getnext(scan)) {
    auto form = reinterpret_cast<Form_pg_depend>(GETSTRUCT(tuple));
    if (form->refclassid == RelationRelationId && form->refobjid != view && !relations.Contains(form->refobjid))
      relations.Add(form->refobjid);
  }
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  return relations;
}

Array<Oid> TablesOfSequence(Oid sequence) {
  Array<Oid> tables;
  Oid owner = InvalidOid;
  int32 column;
  if (sequenceIsOwned(sequence, DEPENDENCY_AUTO, &owner, &column) ||
      sequenceIsOwned(sequence, DEPENDENCY_INTERNAL, &owner, &column)) {
    tables.Add(owner);
    return tables;
  }
  ForEachDependent(RelationRelationId, sequence, -1, [&](Form_pg_depend depend) {
    if (depend->classid != AttrDefaultRelationId) return;
    ObjectAddress default_column = GetAttrDefaultColumnAddress(depend->objid);
    if (OidIsValid(default_column.objectId)) tables.Add(default_column.objectId);
  });
  return tables;
}

}  // namespace

Array<Oid> RelationsServedBy(Oid relation, char relkind) {
  Array<Oid> served;
  if (relkind == RELKIND_VIEW) return RelationsOfView(relation);
  if (relkind == RELKIND_SEQUENCE) return TablesOfSequence(relation);
  Oid table = IndexGetRelation(relation, true);
  if (OidIsValid(table)) served.Add(table);
  return served;
}

static bool IsOwn(Oid extension) { return OidIsValid(extension) && Equal(get_extension_name(extension), "ddlguard"); }

bool BelongsToExtension(Oid classid, Oid object) { return IsOwn(getExtensionOfObject(classid, object)); }

bool InOwnScript() { return creating_extension && IsOwn(CurrentExtensionObject); }

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

const char *SettingIn(ArrayType *settings, const char *name) {
  Datum *elements;
  int count;
  const size_t length = strlen(name);
  deconstruct_array(settings, TEXTOID, -1, false, TYPALIGN_INT, &elements, nullptr, &count);
  for (int i = 0; i < count; ++i) {
    const char *setting = TextDatumGetCString(elements[i]);
    if (pg_strncasecmp(setting, name, length) == 0 && setting[length] == '=') return setting + length + 1;
  }
  return nullptr;
}

const char *StoredSetting(Oid database, Oid role, const char *name) {
  const char *value = nullptr;
  Relation catalog = table_open(DbRoleSettingRelationId, AccessShareLock);
  ScanKeyData key[2];
  ScanKeyInit(&key[0], Anum_pg_db_role_setting_setdatabase, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(database));
  ScanKeyInit(&key[1], Anum_pg_db_role_setting_setrole, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(role));
  SysScanDesc scan = systable_beginscan(catalog, DbRoleSettingDatidRolidIndexId, true, nullptr, 2, key);
  if (HeapTuple tuple = systable_getnext(scan)) {
    bool isnull;
    Datum settings = heap_getattr(tuple, Anum_pg_db_role_setting_setconfig, RelationGetDescr(catalog), &isnull);
    if (!isnull) value = SettingIn(DatumGetArrayTypePCopy(settings), name);
  }
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  return value;
}

}  // namespace ddlguard
