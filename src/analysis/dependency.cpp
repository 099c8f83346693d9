/*
 * See dependency.h.  Everything is allocated in the current context and goes with it.
 */
#include "analysis/dependency.h"

#include "analysis/database_use.h"
#include "pg/catalog.h"

namespace ddlguard {

namespace {

struct Level {
  const ObjectAddress *object;
  uint8 reasons;
  Level *outer;
};

/* One entry for each object; columns of one relation hang on the same entry. */
struct IndexKey {
  Oid classid;
  Oid objectid;
};
struct IndexEntry {
  IndexKey key;
  int whole;        /* position of the object itself, -1: none */
  int first_column; /* position of one of its columns, -1: none */
};

struct Walk {
  Relation depend;
  const Array<ObjectAddress> &named;
  const GoneObjects *gone;        /* by statements before */
  const FewEntries<Gone> *before; /* by this one */
  Closure closure;
  Array<int> next_column; /* chains the columns of one relation; parallel to closure.objects */

  Walk(const Array<ObjectAddress> &all, const GoneObjects *by_script, const FewEntries<Gone> *by_statement)
      : depend(nullptr), named(all), gone(by_script), before(by_statement) {
    HASHCTL control = {};
    control.keysize = sizeof(IndexKey);
    control.entrysize = sizeof(IndexEntry);
    control.hcxt = CurrentMemoryContext;
    closure.index = hash_create("ddlguard drop closure", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
  }

  bool Same(const ObjectAddress &a, const ObjectAddress &b) const {
    return a.classId == b.classId && a.objectId == b.objectId && a.objectSubId == b.objectSubId;
  }

  bool IsNamed(const ObjectAddress &object) const {
    for (const ObjectAddress &each : named)
      if (each.classId == object.classId && each.objectId == object.objectId &&
          (each.objectSubId == object.objectSubId || each.objectSubId == 0))
        return true;
    return false;
  }

  IndexEntry *Find(const ObjectAddress &object) {
    IndexKey key = {object.classId, object.objectId};
    return static_cast<IndexEntry *>(hash_search(closure.index, &key, HASH_FIND, nullptr));
  }

  /* Already there: adds the reasons. */
  bool Present(const ObjectAddress &object, uint8 reasons) {
    IndexEntry *entry = Find(object);
    if (entry == nullptr) return false;
    if (entry->whole >= 0) {
      /* A column that is also reached by itself says nothing about its whole table. */
      if (object.objectSubId == 0) closure.objects[entry->whole].reasons |= reasons;
      return true;
    }
    for (int i = entry->first_column; i >= 0; i = next_column[i])
      if (closure.objects[i].object.objectSubId == object.objectSubId) {
        closure.objects[i].reasons |= reasons;
        return true;
      }
    return false;
  }

  void Put(const ObjectAddress &object, uint8 reasons) {
    IndexKey key = {object.classId, object.objectId};
    bool found;
    auto *entry = static_cast<IndexEntry *>(hash_search(closure.index, &key, HASH_ENTER, &found));
    if (!found) entry->whole = entry->first_column = -1;
    int position = closure.objects.count;
    closure.objects.Add({object, reasons});
    next_column.Add(-1);
    if (object.objectSubId == 0) {
      entry->whole = position;
    } else {
      next_column[position] = entry->first_column;
      entry->first_column = position;
    }
  }

  /* Being visited further out (a cycle, or its whole is): notes the reasons there. */
  bool OnStack(const ObjectAddress &object, uint8 reasons, Level *stack) const {
    for (Level *level = stack; level != nullptr; level = level->outer) {
      if (level->object->classId != object.classId || level->object->objectId != object.objectId) continue;
      if (level->object->objectSubId == object.objectSubId) {
        level->reasons |= reasons;
        return true;
      }
      if (level->object->objectSubId == 0) return true;
    }
    return false;
  }

  void Visit(const ObjectAddress &object, uint8 reasons, Level *stack);
};

uint8 ReasonOf(char deptype) {
  switch (deptype) {
    case DEPENDENCY_NORMAL:
      return kDropNormal;
    case DEPENDENCY_PARTITION_PRI:
    case DEPENDENCY_PARTITION_SEC:
      return kDropPartition;
    default:
      return kDropAuto;
  }
}

/* Of all columns, only those of a partition key have an owner, their table.  Not asking for that of every
 * column makes dropping one from ten thousand partitions a quarter cheaper. */
bool MayHaveOwner(const ObjectAddress &object) {
  return object.classId != RelationRelationId || object.objectSubId == 0 ||
         get_rel_relkind(object.objectId) == RELKIND_PARTITIONED_TABLE;
}

void Walk::Visit(const ObjectAddress &object, uint8 reasons, Level *stack) {
  if (closure.refused || OnStack(object, reasons, stack) || Present(object, reasons)) return;
  if (gone != nullptr && (gone->Has(object) || before->Find(object) != nullptr)) return;
  check_stack_depth();
  if (IsPinnedObject(object.classId, object.objectId)) {
    closure.refused = true;
    return;
  }

  ScanKeyData key[3];
  ScanKeyInit(&key[0], Anum_pg_depend_classid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(object.classId));
  ScanKeyInit(&key[1], Anum_pg_depend_objid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(object.objectId));
  ScanKeyInit(&key[2], Anum_pg_depend_objsubid, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(object.objectSubId));
  int keys = object.objectSubId != 0 ? 3 : 2;
  ObjectAddress owner = {InvalidOid, InvalidOid, 0};
  if (MayHaveOwner(object)) {
    SysScanDesc scan = systable_beginscan(depend, DependDependerIndexId, true, nullptr, keys, key);
    while (HeapTuple tuple = systable_getnext(scan)) {
      auto form = reinterpret_cast<Form_pg_depend>(GETSTRUCT(tuple));
      ObjectAddress other = {form->refclassid, form->refobjid, form->refobjsubid};
      if (other.classId == object.classId && other.objectId == object.objectId && object.objectSubId == 0) continue;
      if (form->deptype == DEPENDENCY_PARTITION_PRI || form->deptype == DEPENDENCY_PARTITION_SEC) {
        reasons |= kDropIsPart;
        continue;
      }
      if (form->deptype != DEPENDENCY_INTERNAL && form->deptype != DEPENDENCY_EXTENSION) continue;
      if (form->deptype == DEPENDENCY_EXTENSION && creating_extension && other.objectId == CurrentExtensionObject)
        continue;
      if (stack == nullptr ? IsNamed(other) : OnStack(other, 0, stack)) {
        if (stack != nullptr) continue;
        /* It comes with its owner, which is named too. */
        systable_endscan(scan);
        return;
      }
      owner = other;
      break;
    }
    systable_endscan(scan);
  }
  if (OidIsValid(owner.classId)) {
    if (stack == nullptr) {
      closure.refused = true;
      return;
    }
    Visit(owner, kDropOwnerOf, stack);
    Present(object, reasons);
    return;
  }

  Array<Dropped> dependents;
  ScanKeyInit(&key[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(object.classId));
  ScanKeyInit(&key[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(object.objectId));
  ScanKeyInit(&key[2], Anum_pg_depend_refobjsubid, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(object.objectSubId));
  SysScanDesc scan = systable_beginscan(depend, DependReferenceIndexId, true, nullptr, keys, key);
  while (HeapTuple tuple = systable_getnext(scan)) {
    auto form = reinterpret_cast<Form_pg_depend>(GETSTRUCT(tuple));
    if (form->classid == object.classId && form->objid == object.objectId && object.objectSubId == 0) continue;
    dependents.Add({{form->classid, form->objid, form->objsubid}, ReasonOf(form->deptype)});
  }
  systable_endscan(scan);

  Level level = {&object, reasons, stack};
  for (const Dropped &each : dependents) {
    Visit(each.object, each.reasons, &level);
    if (closure.refused) return;
  }
  Put(object, level.reasons);
}

}  // namespace

bool Closure::Contains(Oid classid, Oid objectid, int subid) const {
  IndexKey key = {classid, objectid};
  auto *entry = static_cast<IndexEntry *>(hash_search(index, &key, HASH_FIND, nullptr));
  if (entry == nullptr) return false;
  if (entry->whole >= 0) return true;
  if (subid == 0) return false;
  for (const Dropped &each : objects)
    if (each.object.classId == classid && each.object.objectId == objectid && each.object.objectSubId == subid)
      return true;
  return false;
}

bool Closure::ContainsColumnOf(Oid relation) const {
  IndexKey key = {RelationRelationId, relation};
  auto *entry = static_cast<IndexEntry *>(hash_search(index, &key, HASH_FIND, nullptr));
  return entry != nullptr && entry->whole < 0;
}

namespace {

Closure ClosureWithout(const Array<ObjectAddress> &named, bool cascade, const GoneObjects *gone,
                       const FewEntries<Gone> *before) {
  Walk walk(named, gone, before);
  walk.depend = table_open(DependRelationId, AccessShareLock);
  for (const ObjectAddress &object : named) {
    walk.Visit(object, kDropNamed, nullptr);
    if (walk.closure.refused) break;
  }
  table_close(walk.depend, AccessShareLock);

  for (const Dropped &each : walk.closure.objects) {
    if (walk.closure.refused) break;
    if ((each.reasons & kDropIsPart) != 0 && (each.reasons & kDropPartition) == 0) walk.closure.refused = true;
    if (cascade || each.Named() || each.Silent()) continue;
    /* A column that also goes with its table needs no CASCADE of its own. */
    if (each.object.objectSubId != 0 && walk.closure.Contains(each.object.classId, each.object.objectId)) continue;
    walk.closure.refused = true;
  }
  return walk.closure;
}

}  // namespace

Closure DropClosure(const Array<ObjectAddress> &named, bool cascade) {
  return ClosureWithout(named, cascade, nullptr, nullptr);
}

Closure DropClosure(const Analysis &a, const Array<ObjectAddress> &named, bool cascade,
                    const Array<ObjectAddress> &before) {
  const bool any = !a.ledger.gone.Empty() || !before.Empty();
  if (!any || !cascade) {
    Closure closure = DropClosure(named, cascade);
    if (!any || !closure.refused) return closure;
  }
  FewEntries<Gone> by_statement;
  for (const ObjectAddress &each : before)
    if (by_statement.Find(each) == nullptr) by_statement.Add({each});
  return ClosureWithout(named, cascade, &a.ledger.gone, &by_statement);
}

namespace {

void CollectUses(Oid type, Array<TypeUse> &uses, Array<Oid> &seen) {
  if (seen.Contains(type)) return;
  seen.Add(type);
  check_stack_depth();
  Array<Oid> made_of_it;
  ForEachDependent(TypeRelationId, type, -1, [&](Form_pg_depend depend) {
    if (depend->classid == TypeRelationId) {
      made_of_it.Add(depend->objid);
      return;
    }
    if (depend->classid != RelationRelationId) return;
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(depend->objid));
    if (!HeapTupleIsValid(tuple)) return;
    auto form = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
    if (form->relkind == RELKIND_COMPOSITE_TYPE) {
      if (depend->objsubid > 0) made_of_it.Add(form->reltype);
    } else if (form->relkind != RELKIND_INDEX && form->relkind != RELKIND_PARTITIONED_INDEX) {
      if (depend->objsubid > 0) {
        uses.Add({depend->objid, static_cast<AttrNumber>(depend->objsubid), type});
        /* A table's row type may be a column's type elsewhere. */
        if (OidIsValid(form->reltype)) made_of_it.Add(form->reltype);
      } else if (form->reloftype == type) {
        uses.Add({depend->objid, 0, type});
      }
    }
    ReleaseSysCache(tuple);
  });
  Oid array = get_array_type(type);
  if (OidIsValid(array)) made_of_it.Add(array);
  for (Oid each : made_of_it) CollectUses(each, uses, seen);
}

}  // namespace

Array<TypeUse> UsesOfType(Oid type) {
  Array<TypeUse> uses;
  Array<Oid> seen;
  CollectUses(type, uses, seen);
  return uses;
}

bool TypeIsLive(Analysis &a, Oid type) {
  for (const TypeUse &use : UsesOfType(type)) {
    char relkind = get_rel_relkind(use.relation);
    if (relkind != RELKIND_RELATION && relkind != RELKIND_MATVIEW && relkind != RELKIND_FOREIGN_TABLE) continue;
    if (a.IsGone(RelationRelationId, use.relation) || a.IsGone(RelationRelationId, use.relation, use.attnum)) continue;
    const Target *target = a.Look(use.relation);
    if (target != nullptr && target->Live()) return true;
  }
  return false;
}

bool IsCallable(Oid function) {
  Oid result = get_func_rettype(function);
  return result != TRIGGEROID && result != EVENT_TRIGGEROID;
}

bool FunctionIsLive(Oid function) {
  return IsCallable(function) && !CreatedInTransaction(ProcedureRelationId, function, 0) && DatabaseInUse();
}

bool SchemaIsLive(Analysis &a, Oid schema) {
  bool live = false;
  ForEachDependent(NamespaceRelationId, schema, -1, [&](Form_pg_depend depend) {
    if (live) return;
    if (depend->classid == RelationRelationId) {
      char relkind = get_rel_relkind(depend->objid);
      if (relkind == RELKIND_COMPOSITE_TYPE || relkind == RELKIND_PARTITIONED_TABLE) return;
      Oid owner;
      int32 column;
      if (relkind == RELKIND_SEQUENCE && (sequenceIsOwned(depend->objid, DEPENDENCY_AUTO, &owner, &column) ||
                                          sequenceIsOwned(depend->objid, DEPENDENCY_INTERNAL, &owner, &column)))
        return;
      const Target *target = a.Look(depend->objid);
      live = target != nullptr && target->Live();
    } else if (depend->classid == ProcedureRelationId) {
      live = FunctionIsLive(depend->objid);
    } else if (depend->classid == TypeRelationId) {
      live = TypeIsLive(a, depend->objid);
    }
  });
  return live;
}

}  // namespace ddlguard
