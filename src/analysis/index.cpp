/*
 * CREATE INDEX and REINDEX.
 *
 * A plain build holds SHARE on the table for its whole time; CONCURRENTLY lets writers go on, but
 * cannot run in a transaction block, on a partitioned table, or under a short timeout.  The index of
 * a partitioned table is built on every partition that has none to adopt.
 */
#include "analysis/analysis.h"

#include "analysis/index_match.h"
#include "analysis/statement.h"
#include "pg/catalog.h"
#include "pg/expression.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

const Node *AsNode(const void *statement) { return static_cast<const Node *>(statement); }

Effect MakeEffect(Why why, const Target *target, LOCKMODE lock, const char *index, const void *statement) {
  Effect effect;
  effect.why = why;
  effect.target = target;
  effect.lock = lock;
  effect.column = index;
  effect.node = AsNode(statement);
  return effect;
}

bool IsInvalidIndex(Oid index) {
  HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
  if (!HeapTupleIsValid(tuple)) return false;
  bool invalid = !reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple))->indisvalid;
  ReleaseSysCache(tuple);
  return invalid;
}

struct Neighbours {
  const char *equal_unique = nullptr; /* a valid unique index that makes the new one's promise already */
  const char *covering = nullptr;     /* a valid index that starts with the same columns */
  const char *invalid = nullptr;      /* what a failed build left behind */
};

/* Does the shape start with, or equal, the keys of the other? */
bool KeysBegin(const IndexShape &wide, const IndexShape &narrow) {
  const int keys = narrow.info->ii_NumIndexKeyAttrs;
  if (wide.info->ii_NumIndexKeyAttrs < keys) return false;
  for (int i = 0; i < keys; ++i) {
    if (wide.info->ii_IndexAttrNumbers[i] != narrow.info->ii_IndexAttrNumbers[i]) return false;
    if (wide.collations[i] != narrow.collations[i] || wide.opfamilies[i] != narrow.opfamilies[i]) return false;
  }
  return true;
}

/* The other indexes of the table, seen from the new one.  Those over expressions or with a predicate
 * are not compared. */
Neighbours LookAtNeighbours(const Analysis &a, Relation table, const IndexShape *shape) {
  Neighbours found;
  const bool plain = shape != nullptr && shape->info->ii_Expressions == NIL && shape->info->ii_Predicate == NIL;
  List *indexes = RelationGetIndexList(table);
  ListCell *cell;
  foreach (cell, indexes) {
    const Oid index = lfirst_oid(cell);
    if (a.ledger.Dropped(index)) continue;
    HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
    if (!HeapTupleIsValid(tuple)) continue;
    auto form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
    const bool invalid = !form->indisvalid && get_rel_relkind(index) == RELKIND_INDEX;
    const bool comparable = form->indisvalid && form->indkey.values[0] != 0 && plain &&
                            form->indkey.values[0] == shape->info->ii_IndexAttrNumbers[0];
    const bool unique = form->indisunique && form->indimmediate;
    ReleaseSysCache(tuple);
    if (invalid) found.invalid = get_rel_name(index);
    IndexShape other;
    if (!comparable || !ShapeOfIndex(index, &other)) continue;
    if (other.info->ii_Predicate != NIL || other.info->ii_Expressions != NIL) continue;
    if (unique && shape->info->ii_Unique && KeysBegin(*shape, other) &&
        (other.info->ii_NullsNotDistinct || !shape->info->ii_NullsNotDistinct))
      found.equal_unique = get_rel_name(index);
    if (other.info->ii_Am == shape->info->ii_Am && KeysBegin(other, *shape) &&
        other.info->ii_NumIndexAttrs >= shape->info->ii_NumIndexAttrs &&
        shape->info->ii_NumIndexAttrs == shape->info->ii_NumIndexKeyAttrs &&
        (!shape->info->ii_Unique || (unique && other.info->ii_NumIndexKeyAttrs == shape->info->ii_NumIndexKeyAttrs)))
      found.covering = get_rel_name(index);
  }
  return found;
}

/* A unique index of a partitioned table must contain the partition key. */
bool LacksPartitionKey(Relation table, const IndexShape &shape) {
  PartitionKey key = PartitionKeyOf(table);
  if (key == nullptr || !shape.info->ii_Unique) return false;
  for (int i = 0; i < key->partnatts; ++i) {
    bool contained = false;
    for (int j = 0; j < shape.info->ii_NumIndexKeyAttrs; ++j)
      if (key->partattrs[i] != 0 && shape.info->ii_IndexAttrNumbers[j] == key->partattrs[i]) contained = true;
    if (!contained) return true;
  }
  return false;
}

void AddNeighbours(Analysis &a, const Target *table, const Neighbours &found, LOCKMODE lock, const IndexStmt *stmt) {
  if (stmt->unique && found.equal_unique == nullptr) {
    a.Add(MakeEffect(Why::add_unique_on_existing_data, table, lock, stmt->idxname, stmt));
    if (stmt->concurrent) a.Add(MakeEffect(Why::unique_concurrent_may_fail, table, lock, stmt->idxname, stmt));
  }
  if (found.covering != nullptr) {
    Effect effect = MakeEffect(Why::duplicate_or_redundant_index, table, lock, stmt->idxname, stmt);
    effect.fact = found.covering;
    a.Add(effect);
  }
  if (found.invalid != nullptr) a.Add(MakeEffect(Why::invalid_index_present, table, lock, found.invalid, stmt));
}

void AddBuild(Analysis &a, Why why, const Target *table, LOCKMODE lock, Size size, const char *index,
              const void *statement, const char *fact = nullptr) {
  Effect effect = MakeEffect(why, table, lock, index, statement);
  effect.work = size.blocks > 0 ? Work::index_build : Work::none;
  if (size.blocks == 0) effect.why = Why::lock_only;
  effect.size = size;
  effect.fact = fact;
  a.Add(effect);
}

}  // namespace

void AnalyzeCreateIndex(Analysis &a, const IndexStmt *stmt) {
  const bool concurrently = stmt->concurrent;
  const LOCKMODE lock = concurrently ? ShareUpdateExclusiveLock : ShareLock;
  const Target *table = a.Resolve(stmt->relation, concurrently ? NoLock : ShareLock);
  if (table == nullptr) return;
  const bool partitioned = table->relkind == RELKIND_PARTITIONED_TABLE;
  if (!partitioned && table->relkind != RELKIND_RELATION && table->relkind != RELKIND_MATVIEW) return;
  if (partitioned && concurrently) return;
  if (OidIsValid(table->oid) && !OwnsRelation(table->oid, ActingRole())) return;
  if (concurrently) AddIfInBlock(a, table, AsNode(stmt));

  const NewName name = LookUpNewName(a, table->schema, table->namespace_oid, stmt->idxname);
  if (name.taken) {
    const bool masks = stmt->if_not_exists && IsInvalidIndex(name.oid);
    a.Add(
        MakeEffect(masks ? Why::if_not_exists_masks_invalid_index : Why::lock_only, table, lock, stmt->idxname, stmt));
    return;
  }

  /* Made by the script: nothing is known of it, and nobody waits for it. */
  if (!OidIsValid(table->oid)) {
    AddBuild(a, Why::create_index_blocking, table, lock, table->Own(), stmt->idxname, stmt);
    return AddIndexConventions(a, table, stmt);
  }
  const bool recurse = partitioned && stmt->relation->inh;
  if (recurse) table = a.Look(table->oid, true);
  else if (partitioned) a.LookBelow(table);

  Relation rel = OpenUnlocked(table->oid);
  if (rel == nullptr) return;
  IndexShape shape;
  const ShapeResult known = ShapeOfStatement(a, rel, stmt, &shape);
  const bool complete = known == ShapeResult::complete;
  if (known == ShapeResult::refused) return CloseUnlocked(rel);
  if (partitioned && complete && LacksPartitionKey(rel, shape)) {
    if (a.ledger.script) a.Add(MakeEffect(Why::partition_key_missing_in_unique, table, lock, stmt->idxname, stmt));
    return CloseUnlocked(rel);
  }

  /* ONLY: it promises nothing yet. */
  const bool compared = table->Live() && (recurse || !partitioned);
  Neighbours neighbours;
  if (compared) neighbours = LookAtNeighbours(a, rel, complete ? &shape : nullptr);

  if (concurrently) {
    AddBuild(a, Why::lock_only, table, lock, table->Own(), stmt->idxname, stmt);
    AddIfTimeouts(a, table, stmt->idxname, AsNode(stmt));
  } else if (!partitioned) {
    AddBuild(a, Why::create_index_blocking, table, lock, table->Own(), stmt->idxname, stmt,
             neighbours.covering == nullptr ? nullptr : Format("{} covers these columns already", neighbours.covering));
  } else if (!recurse) {
    a.Add(MakeEffect(Why::lock_only, table, lock, stmt->idxname, stmt));
  } else {
    const Size size = complete ? UncoveredSize(a, table, RelationGetDescr(rel), shape) : table->Tree();
    AddBuild(a, Why::partitioned_index_build, table, lock, size, stmt->idxname, stmt);
  }
  if (compared) AddNeighbours(a, table, neighbours, lock, stmt);
  CloseUnlocked(rel);
  AddIndexConventions(a, table, stmt);
}

namespace {

/* Up to 16 a member of the owner's role; from 17 on also who holds MAINTAIN. */
bool MayReindex(Oid relation) {
#if PG_VERSION_NUM >= 170000
  return MayMaintainRelation(relation, ActingRole());
#else
  return OwnsRelation(relation, ActingRole());
#endif
}

/* relhasindex stays set after the last one is gone, until the next VACUUM. */
bool HasIndexes(Oid relation) {
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
  if (!HeapTupleIsValid(tuple)) return false;
  bool indexed = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relhasindex;
  ReleaseSysCache(tuple);
  Relation rel = indexed ? OpenUnlocked(relation) : nullptr;
  if (rel == nullptr) return false;
  indexed = RelationGetIndexList(rel) != NIL;
  CloseUnlocked(rel);
  return indexed;
}

/* Its new file comes under ACCESS EXCLUSIVE on it. */
void AddIndexLock(Analysis &a, Oid oid) {
  const Target *index = a.Look(oid);
  if (index != nullptr && index->relkind == RELKIND_INDEX)
    a.Add({.why = Why::lock_only, .target = index, .lock = AccessExclusiveLock});
}

void AddIndexLocks(Analysis &a, Oid relation) {
  Relation rel = OpenUnlocked(relation);
  if (rel == nullptr) return;
  ListCell *cell;
  foreach (cell, RelationGetIndexList(rel)) AddIndexLock(a, lfirst_oid(cell));
  CloseUnlocked(rel);
}

void AddReindex(Analysis &a, const Target *table, const char *index, bool concurrently, Size size,
                const ReindexStmt *stmt) {
  const char *fact = "ACCESS EXCLUSIVE on the index also stops queries that would plan with it";
  AddBuild(a, concurrently ? Why::lock_only : Why::reindex_blocking, table,
           concurrently ? ShareUpdateExclusiveLock : ShareLock, size, index, stmt, concurrently ? nullptr : fact);
  if (concurrently || index != nullptr || !OidIsValid(table->oid)) return;
  AddIndexLocks(a, table->oid);
  if (table->recursed)
    for (Oid child : table->descendants) AddIndexLocks(a, child);
}

void ReindexIndex(Analysis &a, const ReindexStmt *stmt, bool concurrently) {
  const Target *index = a.Resolve(stmt->relation, NoLock);
  if (index == nullptr || !OidIsValid(index->oid) || !MayReindex(index->oid)) return;
  const bool partitioned = index->relkind == RELKIND_PARTITIONED_INDEX;
  if (!partitioned && index->relkind != RELKIND_INDEX) return;
  const Target *table = a.Look(IndexGetRelation(index->oid, true), partitioned);
  if (table == nullptr) return;
  if (!concurrently && !partitioned) {
    ResolvedName &name = a.names.Last();
    name.lock = AccessExclusiveLock;
    name.table = table->oid;
    name.table_lock = ShareLock;
  }
  if (concurrently || partitioned) AddIfInBlock(a, table, AsNode(stmt));
  AddReindex(a, table, index->name, concurrently, partitioned ? table->Tree() : table->Own(), stmt);
  if (!concurrently) {
    AddIndexLock(a, index->oid);
    for (Oid part : DescendantsOf(index->oid)) AddIndexLock(a, part);
  }
  if (concurrently) AddIfTimeouts(a, table, index->name, AsNode(stmt));
}

void ReindexTable(Analysis &a, const ReindexStmt *stmt, bool concurrently) {
  const Target *table = a.Resolve(stmt->relation, NoLock);
  if (table == nullptr || !OidIsValid(table->oid) || !MayReindex(table->oid)) return;
  const bool partitioned = table->relkind == RELKIND_PARTITIONED_TABLE;
  if (!partitioned && table->relkind != RELKIND_RELATION && table->relkind != RELKIND_MATVIEW) return;
  if (!partitioned && !concurrently) a.names.Last().lock = ShareLock;
  if (partitioned) a.Look(table->oid, true);
  if (concurrently || partitioned) AddIfInBlock(a, table, AsNode(stmt));
  Size size = partitioned ? table->Tree() : table->Own();
  if (!partitioned && !HasIndexes(table->oid)) size = Size();
  AddReindex(a, table, nullptr, concurrently, size, stmt);
  if (concurrently && size.blocks > 0) AddIfTimeouts(a, table, nullptr, AsNode(stmt));
}

/* Each relation in a transaction of its own. */
void ReindexMany(Analysis &a, const ReindexStmt *stmt, Oid schema, const Target *where, bool concurrently) {
  a.whole_database = a.one_by_one = true;
  AddIfInBlock(a, where, AsNode(stmt));
  for (Oid relation : TablesOf(schema)) {
    if (!HasIndexes(relation)) continue;
    const Target *table = a.Look(relation);
    if (table == nullptr || !table->Shared()) continue;
    AddReindex(a, table, nullptr, concurrently, table->Own(), stmt);
  }
  if (concurrently) AddIfTimeouts(a, where, nullptr, AsNode(stmt));
}

}  // namespace

void AnalyzeReindex(Analysis &a, const ReindexStmt *stmt) {
  const bool concurrently = OptionIsOn(stmt->params, "concurrently");
  const char *database = get_database_name(MyDatabaseId);
  switch (stmt->kind) {
    case REINDEX_OBJECT_INDEX:
      return ReindexIndex(a, stmt, concurrently);
    case REINDEX_OBJECT_TABLE:
      return ReindexTable(a, stmt, concurrently);
    case REINDEX_OBJECT_SCHEMA: {
      const Oid schema = get_namespace_oid(stmt->name, true);
      if (!OidIsValid(schema) || !OwnsObject(NamespaceRelationId, schema, ActingRole())) return;
      const Target *where = a.LookObject(NamespaceRelationId, schema, nullptr, stmt->name);
      return ReindexMany(a, stmt, schema, where, concurrently);
    }
    case REINDEX_OBJECT_SYSTEM:
    case REINDEX_OBJECT_DATABASE: {
      if ((stmt->name != nullptr && !Equal(stmt->name, database)) ||
          !OwnsObject(DatabaseRelationId, MyDatabaseId, ActingRole()))
        return;
      const Target *where = a.LookObject(DatabaseRelationId, MyDatabaseId, nullptr, database);
      if (stmt->kind == REINDEX_OBJECT_DATABASE) return ReindexMany(a, stmt, InvalidOid, where, concurrently);
      a.whole_database = true;
      return AddIfInBlock(a, where, AsNode(stmt));
    }
  }
}

}  // namespace ddlguard
