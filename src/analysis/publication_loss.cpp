/*
 * ALTER and DROP PUBLICATION: tables, rows, columns and actions that a publication stops to carry.
 *
 * Subscribers are told nothing: their copy just stays as it is.  Without a logical slot in this database
 * nobody receives changes, and rearranging publications is harmless.
 */
#include "analysis/published.h"
#include "pg/activity.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

Published PublishedActions(Oid table) {
  Published published;
  Relation rel = OpenUnlocked(table);
  if (rel == nullptr) return published;
  PublicationDesc description = {};
  RelationBuildPublicationDesc(rel, &description);
  CloseUnlocked(rel);
  const PublicationActions &actions = description.pubactions;
  published = {actions.pubinsert, actions.pubupdate, actions.pubdelete, actions.pubtruncate};
  return published;
}

bool IsPublishedByName(Oid table) {
  CatCList *rows = SearchSysCacheList1(PUBLICATIONRELMAP, ObjectIdGetDatum(table));
  const bool named = rows->n_members > 0;
  ReleaseSysCacheList(rows);
  return named;
}

namespace {

struct Loss {
  Analysis &a;
  const char *publication;

  void Table(Oid relation, const char *fact) const {
    const Target *table = a.Look(relation);
    if (table != nullptr && table->Shared())
      a.Add({.why = Why::alter_publication_removes_tables, .target = table, .column = publication, .fact = fact});
  }
};

/* The entry for a table in the publication: its column list and whether it has a row filter. */
struct Entry {
  bool there = false;
  bool filtered = false;
  bool all_columns = true;
  Bitmapset *columns = nullptr;
};

Entry EntryOf(Oid relation, Oid publication) {
  Entry entry;
  HeapTuple tuple = SearchSysCache2(PUBLICATIONRELMAP, ObjectIdGetDatum(relation), ObjectIdGetDatum(publication));
  if (!HeapTupleIsValid(tuple)) return entry;
  entry.there = true;
  bool null;
  SysCacheGetAttr(PUBLICATIONRELMAP, tuple, Anum_pg_publication_rel_prqual, &null);
  entry.filtered = !null;
  Datum columns = SysCacheGetAttr(PUBLICATIONRELMAP, tuple, Anum_pg_publication_rel_prattrs, &null);
  if (!null) {
    entry.all_columns = false;
    auto *list = reinterpret_cast<int2vector *>(DatumGetPointer(columns));
    for (int i = 0; i < list->dim1; ++i) entry.columns = bms_add_member(entry.columns, list->values[i]);
  }
  ReleaseSysCache(tuple);
  return entry;
}

/* Does the new list leave out a column that was sent?  An empty new list sends all. */
bool SendsFewerColumns(Oid relation, const Entry &before, const List *columns) {
  if (columns == NIL) return false;
  if (before.all_columns) return true;
  Bitmapset *after = nullptr;
  for (const String *column : Each<const String>(columns)) {
    AttrNumber attnum = get_attnum(relation, strVal(column));
    if (attnum > 0) after = bms_add_member(after, attnum);
  }
  return !bms_is_subset(before.columns, after);
}

Oid RelationOf(const PublicationTable *table) { return RangeVarGetRelid(table->relation, NoLock, true); }

void LoseObjects(const Loss &loss, Oid publication, const List *objects) {
  for (const PublicationObjSpec *object : Each<const PublicationObjSpec>(objects)) {
    if (object->pubobjtype == PUBLICATIONOBJ_TABLE) {
      const Oid relation = RelationOf(object->pubtable);
      if (OidIsValid(relation) && EntryOf(relation, publication).there) loss.Table(relation, nullptr);
    } else if (object->pubobjtype == PUBLICATIONOBJ_TABLES_IN_SCHEMA) {
      const Oid schema = get_namespace_oid(object->name, true);
      if (OidIsValid(schema))
        loss.a.Add({.why = Why::alter_publication_removes_tables,
                    .target = loss.a.LookObject(NamespaceRelationId, schema, nullptr, object->name),
                    .column = loss.publication});
    }
  }
}

/* The tables that the publication names. */
Array<Oid> NamedTables(Oid publication) {
  Array<Oid> tables;
  Relation catalog = table_open(PublicationRelRelationId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_publication_rel_prpubid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(publication));
  SysScanDesc scan = systable_beginscan(catalog, PublicationRelPrpubidIndexId, true, nullptr, 1, &key);
  while (HeapTuple tuple = systable_getnext(scan))
    tables.Add(reinterpret_cast<Form_pg_publication_rel>(GETSTRUCT(tuple))->prrelid);
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  return tables;
}

/* SET TABLE: what it does not name goes, and what it names may become narrower. */
void ReplaceObjects(const Loss &loss, Oid publication, const List *objects) {
  for (Oid relation : NamedTables(publication)) {
    const Entry before = EntryOf(relation, publication);
    const PublicationTable *after = nullptr;
    for (const PublicationObjSpec *object : Each<const PublicationObjSpec>(objects))
      if (object->pubobjtype == PUBLICATIONOBJ_TABLE && RelationOf(object->pubtable) == relation)
        after = object->pubtable;
    if (after == nullptr) loss.Table(relation, nullptr);
    else if (SendsFewerColumns(relation, before, after->columns)) loss.Table(relation, "it keeps some of its columns");
    else if (!before.filtered && after->whereClause != nullptr) loss.Table(relation, "it keeps some of its rows");
  }
}

/* SET (publish = ...): is an action left out that was published? */
bool LeavesOutActions(Form_pg_publication form, const List *options) {
  for (const DefElem *option : Each<const DefElem>(options)) {
    if (!Equal(option->defname, "publish") || option->arg == nullptr) continue;
    const char *what = defGetString(const_cast<DefElem *>(option));
    return (form->pubinsert && strcasestr(what, "insert") == nullptr) ||
           (form->pubupdate && strcasestr(what, "update") == nullptr) ||
           (form->pubdelete && strcasestr(what, "delete") == nullptr) ||
           (form->pubtruncate && strcasestr(what, "truncate") == nullptr);
  }
  return false;
}

}  // namespace

void AddPublicationLoss(Analysis &a, Oid publication, const AlterPublicationStmt *stmt) {
  if (LogicalSlots() == 0) return;
  const Loss loss = {a, stmt->pubname};
  if (stmt->options != NIL) {
    HeapTuple tuple = SearchSysCache1(PUBLICATIONOID, ObjectIdGetDatum(publication));
    if (!HeapTupleIsValid(tuple)) return;
    const bool fewer = LeavesOutActions(reinterpret_cast<Form_pg_publication>(GETSTRUCT(tuple)), stmt->options);
    ReleaseSysCache(tuple);
    if (fewer)
      a.Add({.why = Why::alter_publication_removes_tables,
             .target = a.LookObject(PublicationRelationId, publication, nullptr, stmt->pubname),
             .column = stmt->pubname,
             .fact = "it publishes fewer actions"});
    return;
  }
  if (stmt->action == AP_DropObjects) LoseObjects(loss, publication, stmt->pubobjects);
  else if (stmt->action == AP_SetObjects) ReplaceObjects(loss, publication, stmt->pubobjects);
}

void AddPublicationDrop(Analysis &a, const Target *publication) {
  if (LogicalSlots() > 0)
    a.Add({.why = Why::alter_publication_removes_tables, .target = publication, .column = publication->name});
}

}  // namespace ddlguard
