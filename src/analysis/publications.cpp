/*
 * CREATE and ALTER PUBLICATION.
 *
 * From the moment a table is published for UPDATE or DELETE, PostgreSQL refuses both on it unless it
 * has a replica identity (a primary key, by default) and the column list and row filter are made of
 * the identity's columns only.
 */
#include "analysis/named_object.h"
#include "analysis/objects.h"
#include "analysis/published.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

/* Does the option list publish updates or deletes?  fallback: what holds when it does not say. */
bool PublishesChanges(const List *options, bool fallback) {
  for (const DefElem *option : Each<const DefElem>(options)) {
    if (!Equal(option->defname, "publish") || option->arg == nullptr) continue;
    const char *what = defGetString(const_cast<DefElem *>(option));
    return strcasestr(what, "update") != nullptr || strcasestr(what, "delete") != nullptr;
  }
  return fallback;
}

/* The columns that identify a row; false: none, UPDATE and DELETE fail.  full: any row, by all columns. */
bool ReplicaIdentity(Oid table, Bitmapset **columns, bool *full) {
  Relation rel = OpenUnlocked(table);
  if (rel == nullptr) return true;
  *full = rel->rd_rel->relreplident == REPLICA_IDENTITY_FULL;
  *columns = nullptr;
  bool has = *full;
  if (!has) {
    Oid index = RelationGetReplicaIndex(rel);
    has = OidIsValid(index);
    if (has) *columns = RelationGetIndexAttrBitmap(rel, INDEX_ATTR_BITMAP_IDENTITY_KEY);
  }
  CloseUnlocked(rel);
  return has;
}

bool IsPublishable(const Target *table) {
  return table->relkind == RELKIND_RELATION && table->persistence == RELPERSISTENCE_PERMANENT && table->Live();
}

void AddTable(Analysis &a, const Target *table, const char *fact) {
  a.Add({.why = Why::published_table_without_replica_identity, .target = table, .fact = fact});
}

/* The same question without a relcache entry, for statements that ask it of thousands of tables. */
bool HasReplicaIdentity(Oid relation) {
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
  if (!HeapTupleIsValid(tuple)) return true;
  auto form = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
  const char identity = form->relreplident;
  const bool has_index = form->relhasindex;
  ReleaseSysCache(tuple);
  if (identity == REPLICA_IDENTITY_FULL) return true;
  if (identity == REPLICA_IDENTITY_NOTHING || !has_index) return false;
  bool has = false;
  Relation catalog = table_open(IndexRelationId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_index_indrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
  SysScanDesc scan = systable_beginscan(catalog, IndexIndrelidIndexId, true, nullptr, 1, &key);
  while (HeapTuple index = systable_getnext(scan)) {
    auto each = reinterpret_cast<Form_pg_index>(GETSTRUCT(index));
    if (!each->indislive || !each->indisvalid || !each->indimmediate) continue;
    has |= identity == REPLICA_IDENTITY_DEFAULT ? each->indisprimary : each->indisreplident;
  }
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  return has;
}

void CheckTable(Analysis &a, Oid relation) {
  if (HasReplicaIdentity(relation) || a.ledger.identified.Contains(relation)) return;
  const Target *table = a.Look(relation);
  if (table != nullptr && IsPublishable(table)) AddTable(a, table, nullptr);
}

struct FilterColumns {
  Oid relation;
  Bitmapset *columns;
};

bool CollectFilterColumns(Node *node, FilterColumns *found) {
  if (node == nullptr) return false;
  if (IsA(node, ColumnRef)) {
    Node *last = static_cast<Node *>(llast(reinterpret_cast<ColumnRef *>(node)->fields));
    if (IsA(last, String)) {
      AttrNumber attnum = get_attnum(found->relation, strVal(last));
      if (attnum > 0) found->columns = bms_add_member(found->columns, attnum - FirstLowInvalidHeapAttributeNumber);
    }
    return false;
  }
  return WalkRawTree(node, CollectFilterColumns, found);
}

/* A table with its column list and row filter. */
void CheckNamedTable(Analysis &a, const PublicationTable *published, bool changes) {
  const Target *named = a.Resolve(published->relation, ShareUpdateExclusiveLock);
  if (named == nullptr || !OidIsValid(named->oid) || !OwnsRelation(named->oid, ActingRole())) return;
  Array<Oid> tables;
  tables.Add(named->oid);
  if (published->relation->inh)
    for (Oid child : a.Look(named->oid, true)->descendants) tables.Add(child);
  a.Add({.target = named, .lock = ShareUpdateExclusiveLock});
  if (!changes) return;
  for (Oid relation : tables) {
    const Target *table = a.Look(relation);
    if (table == nullptr || !IsPublishable(table) || a.ledger.identified.Contains(relation)) continue;
    Bitmapset *identity = nullptr;
    bool full = false;
    if (!ReplicaIdentity(relation, &identity, &full)) {
      AddTable(a, table, nullptr);
      continue;
    }
    if (published->columns != NIL) {
      Bitmapset *listed = nullptr;
      for (const String *column : Each<const String>(published->columns)) {
        AttrNumber attnum = get_attnum(relation, strVal(column));
        if (attnum > 0) listed = bms_add_member(listed, attnum - FirstLowInvalidHeapAttributeNumber);
      }
      if (full || !bms_is_subset(identity, listed)) {
        AddTable(a, table, "the column list lacks columns of the replica identity");
        continue;
      }
    }
    if (published->whereClause != nullptr && !full) {
      FilterColumns filter = {relation, nullptr};
      CollectFilterColumns(published->whereClause, &filter);
      if (!bms_is_subset(filter.columns, identity))
        AddTable(a, table, "the row filter uses columns outside the replica identity");
    }
  }
}

void CheckSchema(Analysis &a, Oid schema) {
  if (!OidIsValid(schema)) return;
  Array<Oid> tables;
  ForEachDependent(NamespaceRelationId, schema, -1, [&](Form_pg_depend depend) {
    if (depend->classid == RelationRelationId && get_rel_relkind(depend->objid) == RELKIND_RELATION)
      tables.Add(depend->objid);
  });
  for (Oid table : tables) CheckTable(a, table);
}

/* FOR ALL TABLES: the one statement here that reads all of pg_class. */
void CheckDatabase(Analysis &a) {
  Array<Oid> tables;
  Relation catalog = table_open(RelationRelationId, AccessShareLock);
  SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, nullptr, 0, nullptr);
  while (HeapTuple tuple = systable_getnext(scan)) {
    auto form = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
    if (form->relkind != RELKIND_RELATION || form->relpersistence != RELPERSISTENCE_PERMANENT) continue;
    if (form->oid < FirstNormalObjectId) continue;
    tables.Add(form->oid);
  }
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  for (Oid table : tables) CheckTable(a, table);
}

/* changes: updates or deletes are published. */
void CheckObjects(Analysis &a, const List *objects, bool changes) {
  for (const PublicationObjSpec *object : Each<const PublicationObjSpec>(objects)) {
    switch (object->pubobjtype) {
      case PUBLICATIONOBJ_TABLE:
        CheckNamedTable(a, object->pubtable, changes);
        break;
      case PUBLICATIONOBJ_TABLES_IN_SCHEMA:
        if (changes) CheckSchema(a, get_namespace_oid(object->name, true));
        break;
      case PUBLICATIONOBJ_TABLES_IN_CUR_SCHEMA: {
        List *path = fetch_search_path(false);
        if (changes && path != NIL) CheckSchema(a, linitial_oid(path));
        break;
      }
      default:
        break;
    }
  }
}

}  // namespace

void AnalyzeCreatePublication(Analysis &a, const CreatePublicationStmt *stmt) {
  if (OidIsValid(get_publication_oid(stmt->pubname, true))) return;
  const bool changes = PublishesChanges(stmt->options, true);
  if (stmt->for_all_tables && a.Wants(Why::publication_for_all_tables))
    a.Add({.why = Why::publication_for_all_tables,
           .target = a.LookObject(PublicationRelationId, InvalidOid, nullptr, stmt->pubname),
           .column = stmt->pubname});
  if (stmt->for_all_tables) {
    if (changes && superuser()) CheckDatabase(a);
    return;
  }
  CheckObjects(a, stmt->pubobjects, changes);
}

void AnalyzeAlterPublication(Analysis &a, const AlterPublicationStmt *stmt) {
  Oid publication = get_publication_oid(stmt->pubname, true);
  if (!OidIsValid(publication) || !OwnsObject(PublicationRelationId, publication, ActingRole())) return;
  HeapTuple tuple = SearchSysCache1(PUBLICATIONOID, ObjectIdGetDatum(publication));
  if (!HeapTupleIsValid(tuple)) return;
  auto form = reinterpret_cast<Form_pg_publication>(GETSTRUCT(tuple));
  const bool all = form->puballtables;
  const bool publishes = form->pubupdate || form->pubdelete;
  ReleaseSysCache(tuple);

  AddPublicationLoss(a, publication, stmt);
  if (stmt->options != NIL) {
    /* Only turning updates or deletes on is of interest: then for every table it has. */
    if (publishes || !PublishesChanges(stmt->options, false)) return;
    if (all) return CheckDatabase(a);
    Array<Oid> tables;
    ListCell *cell;
    foreach (cell, PublishedRelations(publication)) tables.Add(lfirst_oid(cell));
    foreach (cell, GetPublicationSchemas(publication)) CheckSchema(a, lfirst_oid(cell));
    for (Oid table : tables) CheckTable(a, table);
    return;
  }
  if (stmt->action != AP_DropObjects) CheckObjects(a, stmt->pubobjects, publishes);
}

}  // namespace ddlguard
