/*
 * See drop_effects.h.
 */
#include "analysis/drop_effects.h"

#include "analysis/database_use.h"
#include "analysis/filled_columns.h"
#include "analysis/named_object.h"
#include "analysis/view_writes.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

bool ReadConstraint(Oid constraint, ConstraintFacts *facts) {
  HeapTuple tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
  if (!HeapTupleIsValid(tuple)) return false;
  auto form = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple));
  facts->oid = constraint;
  facts->relation = form->conrelid;
  facts->other = form->confrelid;
  facts->index = form->conindid;
  facts->parent = form->conparentid;
  facts->name = pstrdup(NameStr(form->conname));
  facts->kind = form->contype;
  facts->inherited = form->coninhcount > 0;
  facts->columns = ConstraintColumns(tuple, Anum_pg_constraint_conkey, facts->column, INDEX_MAX_KEYS);
  ReleaseSysCache(tuple);
  return true;
}

const char *ConstraintKindName(char kind) {
  switch (kind) {
    case CONSTRAINT_CHECK:
      return "CHECK constraint";
    case CONSTRAINT_FOREIGN:
      return "foreign key";
    case CONSTRAINT_PRIMARY:
      return "primary key";
    case CONSTRAINT_UNIQUE:
      return "unique constraint";
    case CONSTRAINT_EXCLUSION:
      return "exclusion constraint";
    default:
      return "constraint";
  }
}

namespace {

struct IndexShape {
  bool usable; /* unique, immediate, valid: ON CONFLICT can infer it */
  Bitmapset *columns;
  const char *expressions;
  const char *predicate;
};

const char *NodeText(HeapTuple tuple, AttrNumber attribute) {
  bool isnull;
  Datum value = SysCacheGetAttr(INDEXRELID, tuple, attribute, &isnull);
  return isnull ? "" : TextDatumGetCString(value);
}

bool ReadIndex(Oid index, IndexShape *shape) {
  HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
  if (!HeapTupleIsValid(tuple)) return false;
  auto form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
  shape->usable = form->indisunique && form->indimmediate && form->indisvalid && form->indislive;
  shape->columns = nullptr;
  for (int i = 0; i < form->indnkeyatts; ++i)
    shape->columns = bms_add_member(shape->columns, form->indkey.values[i] - FirstLowInvalidHeapAttributeNumber);
  shape->expressions = NodeText(tuple, Anum_pg_index_indexprs);
  shape->predicate = NodeText(tuple, Anum_pg_index_indpred);
  ReleaseSysCache(tuple);
  return true;
}

/* Constraint or index that spans more than the columns that go. */
bool SpansMore(const Closure &closure, Oid relation, const AttrNumber *columns, int count) {
  for (int i = 0; i < count; ++i)
    if (columns[i] == 0 || !closure.Contains(RelationRelationId, relation, columns[i])) return true;
  return false;
}

const char *DroppedColumnOf(const Closure &closure, Oid relation) {
  for (const Dropped &each : closure.objects)
    if (each.object.classId == RelationRelationId && each.object.objectId == relation && each.object.objectSubId > 0)
      return ColumnName(relation, each.object.objectSubId);
  return nullptr;
}

Oid ParentOf(Oid relation) {
  Oid parent = InvalidOid;
  Relation catalog = table_open(InheritsRelationId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_inherits_inhrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
  SysScanDesc scan = systable_beginscan(catalog, InheritsRelidSeqnoIndexId, true, nullptr, 1, &key);
  if (HeapTuple tuple = systable_getnext(scan))
    parent = reinterpret_cast<Form_pg_inherits>(GETSTRUCT(tuple))->inhparent;
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  return parent;
}

/* A partition or child whose parent goes, or loses the same column: said of the parent already. */
bool SaidOfParent(const Closure &closure, Oid relation) {
  Oid parent = ParentOf(relation);
  return OidIsValid(parent) && (closure.ContainsRelation(parent) || closure.ContainsColumnOf(parent));
}

void AddRelation(Analysis &a, const Closure &closure, const Dropped &dropped, Why relation_why) {
  Oid relation = dropped.object.objectId;
  switch (get_rel_relkind(relation)) {
    case RELKIND_RELATION:
    case RELKIND_PARTITIONED_TABLE:
    case RELKIND_FOREIGN_TABLE: {
      if (dropped.Silent() && get_rel_relispartition(relation)) {
        Oid parent = ParentOf(relation);
        if (OidIsValid(parent) && closure.ContainsRelation(parent)) return;
      }
      break;
    }
    case RELKIND_VIEW:
    case RELKIND_MATVIEW:
      break;
    case RELKIND_SEQUENCE:
      /* Owned by a column that goes as well. */
      if (dropped.Silent()) return;
      break;
    default:
      return;
  }
  const Target *target = a.Look(relation, true);
  if (target != nullptr && target->Live()) a.Add({.why = relation_why, .target = target, .lock = AccessExclusiveLock});
}

void AddIndex(Analysis &a, const Closure &closure, Oid index) {
  Oid table = IndexGetRelation(index, true);
  if (!OidIsValid(table) || closure.ContainsRelation(table)) return;
  if (OidIsValid(get_index_constraint(index))) return; /* said of the constraint */
  const Target *target = a.Look(table);
  if (target == nullptr || SaidOfParent(closure, table)) return;
  const char *name = get_rel_name(index);
  HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
  if (!HeapTupleIsValid(tuple)) return;
  auto form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
  bool unique = form->indisunique;
  bool spans = SpansMore(closure, table, form->indkey.values, form->indnatts);
  ReleaseSysCache(tuple);
  if (closure.ContainsColumnOf(table)) {
    if (spans)
      a.Add({.why = Why::drop_column_drops_constraints,
             .target = target,
             .lock = AccessExclusiveLock,
             .column = DroppedColumnOf(closure, table),
             .fact = Format("{}index {}", unique ? "unique " : "", name)});
    if (!unique || !spans) return;
  }
  Why why =
      unique && !HasEqualUniqueIndex(table, index, &closure) ? Why::drop_unique_or_check : Why::drop_index_blocking;
  a.Add({.why = why, .target = target, .lock = AccessExclusiveLock, .column = name});
}

void AddConstraint(Analysis &a, const Closure &closure, Oid constraint) {
  ConstraintFacts facts;
  if (!ReadConstraint(constraint, &facts) || !OidIsValid(facts.relation)) return;
  if (OidIsValid(facts.parent) && closure.Contains(ConstraintRelationId, facts.parent)) return;
  if (SaidOfParent(closure, facts.relation)) return;
  const Target *table = a.Look(facts.relation);
  if (table == nullptr) return;
  const bool table_goes = closure.ContainsRelation(facts.relation);
  const bool column_goes = !table_goes && closure.ContainsColumnOf(facts.relation);
  const Target *other = nullptr;
  if (facts.kind == CONSTRAINT_FOREIGN && facts.other != facts.relation && !closure.ContainsRelation(facts.other))
    other = a.Look(facts.other, true);

  if (other != nullptr) {
    /* The triggers of the foreign key sit on both tables. */
    a.Add({.why = table_goes ? Why::drop_table_locks_referenced : Why::drop_fk_locks_parent,
           .target = other,
           .lock = AccessExclusiveLock,
           .column = facts.name,
           .other = table});
  }
  if (table_goes) return;
  if (column_goes) {
    if (SpansMore(closure, facts.relation, facts.column, facts.columns))
      a.Add({.why = Why::drop_column_drops_constraints,
             .target = table,
             .lock = AccessExclusiveLock,
             .column = DroppedColumnOf(closure, facts.relation),
             .fact = Format("{} {}", ConstraintKindName(facts.kind), facts.name)});
    return;
  }
  Effect effect = {
      .target = a.Look(facts.relation, true), .lock = AccessExclusiveLock, .column = facts.name, .other = other};
  switch (facts.kind) {
    case CONSTRAINT_FOREIGN:
      effect.why = Why::drop_foreign_key;
      break;
    case CONSTRAINT_CHECK:
      effect.why = Why::drop_check_constraint;
      break;
    case CONSTRAINT_PRIMARY:
    case CONSTRAINT_UNIQUE:
    case CONSTRAINT_EXCLUSION:
      effect.why = Why::drop_unique_or_check;
      break;
    default:
      break;
  }
  a.Add(effect);
}

void AddDefault(Analysis &a, const Closure &closure, Oid default_oid) {
  ObjectAddress column = GetAttrDefaultColumnAddress(default_oid);
  if (!OidIsValid(column.objectId) || closure.Contains(RelationRelationId, column.objectId, column.objectSubId)) return;
  const Target *target = a.Look(column.objectId, true);
  if (target == nullptr) return;
  Effect effect = {
      .target = target, .lock = AccessExclusiveLock, .column = ColumnName(column.objectId, column.objectSubId)};
  HeapTuple tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(column.objectId), Int16GetDatum(column.objectSubId));
  if (HeapTupleIsValid(tuple)) {
    if (reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple))->attnotnull) effect.why = Why::drop_default_on_not_null;
    ReleaseSysCache(tuple);
  }
  a.Add(effect);
}

/* Trigger, rule or policy of a relation that stays, which is returned; invalid when it goes. */
Oid AddLockOnTableOf(Analysis &a, const Closure &closure, const ObjectAddress &object) {
  Oid catalog_oid = object.classId;
  Oid index;
  AttrNumber relation_attribute, oid_attribute;
  if (catalog_oid == TriggerRelationId) {
    index = TriggerOidIndexId, oid_attribute = Anum_pg_trigger_oid, relation_attribute = Anum_pg_trigger_tgrelid;
  } else if (catalog_oid == RewriteRelationId) {
    index = RewriteOidIndexId, oid_attribute = Anum_pg_rewrite_oid, relation_attribute = Anum_pg_rewrite_ev_class;
  } else {
    index = PolicyOidIndexId, oid_attribute = Anum_pg_policy_oid, relation_attribute = Anum_pg_policy_polrelid;
  }
  Oid relation = InvalidOid;
  Relation catalog = table_open(catalog_oid, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, oid_attribute, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(object.objectId));
  SysScanDesc scan = systable_beginscan(catalog, index, true, nullptr, 1, &key);
  if (HeapTuple tuple = systable_getnext(scan)) {
    bool isnull;
    relation = DatumGetObjectId(heap_getattr(tuple, relation_attribute, RelationGetDescr(catalog), &isnull));
  }
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  if (!OidIsValid(relation) || closure.ContainsRelation(relation) || SaidOfParent(closure, relation)) return InvalidOid;
  AddLock(a, a.Look(relation), AccessExclusiveLock);
  return relation;
}

}  // namespace

void AddLock(Analysis &a, const Target *target, LOCKMODE lock) {
  if (target == nullptr) return;
  for (const Effect &effect : a.effects)
    if (effect.target == target && effect.lock >= lock) return;
  a.Add({.target = target, .lock = lock});
}

bool HasEqualUniqueIndex(Oid table, Oid index, const Closure *going) {
  IndexShape wanted;
  if (!ReadIndex(index, &wanted)) return false;
  Relation rel = OpenUnlocked(table);
  if (rel == nullptr) return false;
  List *indexes = RelationGetIndexList(rel);
  CloseUnlocked(rel);
  ListCell *cell;
  foreach (cell, indexes) {
    Oid other = lfirst_oid(cell);
    IndexShape shape;
    if (other == index || (going != nullptr && going->ContainsRelation(other)) || !ReadIndex(other, &shape)) continue;
    if (shape.usable && bms_equal(shape.columns, wanted.columns) && Equal(shape.expressions, wanted.expressions) &&
        Equal(shape.predicate, wanted.predicate))
      return true;
  }
  return false;
}

bool IsNeededReplicaIdentity(Oid table, Oid index) {
  Relation rel = OpenUnlocked(table);
  if (rel == nullptr) return false;
  bool needed = false;
  if (rel->rd_rel->relkind == RELKIND_RELATION && RelationGetReplicaIndex(rel) == index && OidIsValid(index)) {
    PublicationDesc published;
    RelationBuildPublicationDesc(rel, &published);
    needed = published.pubactions.pubupdate || published.pubactions.pubdelete;
  }
  CloseUnlocked(rel);
  return needed;
}

void AddCollateral(Analysis &a, const Closure &closure, Why relation_why) {
  Array<Oid> writers, written; /* triggers and rules, and what they are on */
  for (const Dropped &each : closure.objects) {
    const ObjectAddress &object = each.object;
    if (each.Named()) continue;
    switch (object.classId) {
      case RelationRelationId: {
        char relkind = get_rel_relkind(object.objectId);
        if (object.objectSubId == 0 && (relkind == RELKIND_INDEX || relkind == RELKIND_PARTITIONED_INDEX)) {
          AddIndex(a, closure, object.objectId);
        } else if (object.objectSubId == 0) {
          AddRelation(a, closure, each, relation_why);
        } else if (!closure.ContainsRelation(object.objectId) && !SaidOfParent(closure, object.objectId)) {
          if (relkind == RELKIND_COMPOSITE_TYPE) break;
          if (const Target *target = a.Look(object.objectId, true))
            a.Add({.why = Why::drop_column,
                   .target = target,
                   .lock = AccessExclusiveLock,
                   .column = ColumnName(object.objectId, object.objectSubId),
                   .fact = "CASCADE reaches the column"});
        }
        break;
      }
      case ConstraintRelationId:
        AddConstraint(a, closure, object.objectId);
        break;
      case AttrDefaultRelationId:
        AddDefault(a, closure, object.objectId);
        break;
      case TriggerRelationId:
      case RewriteRelationId: {
        const Oid relation = AddLockOnTableOf(a, closure, object);
        if (!OidIsValid(relation) || CreatedInTransaction(object.classId, object.objectId, 0)) break;
        writers.Add(object.objectId);
        if (!written.Contains(relation)) written.Add(relation);
        break;
      }
      case PolicyRelationId:
        AddLockOnTableOf(a, closure, object);
        break;
      case ProcedureRelationId:
        if (!each.Silent() && IsCallable(object.objectId))
          a.Add({.why = Why::drop_function_in_use, .target = TargetOf(a, object)});
        break;
      case TypeRelationId:
        if (!each.Silent() && TypeIsLive(a, object.objectId))
          a.Add({.why = Why::drop_type, .target = TargetOf(a, object)});
        break;
      case ExtensionRelationId:
        AddExtensionDrop(a, closure, TargetOf(a, object));
        break;
      default:
        break;
    }
  }
  for (Oid relation : written) {
    AddLostWriters(a, a.Look(relation), writers);
    AddLostFills(a, a.Look(relation, true), writers, AccessExclusiveLock);
  }
}

bool ReachesLiveObjects(Analysis &a, const Closure &closure) {
  for (const Dropped &each : closure.objects) {
    const ObjectAddress &object = each.object;
    if (each.Named()) continue;
    if (object.classId == RelationRelationId && object.objectSubId == 0) {
      switch (get_rel_relkind(object.objectId)) {
        case RELKIND_SEQUENCE:
          if (each.Silent()) continue;
          break;
        case RELKIND_RELATION:
        case RELKIND_FOREIGN_TABLE:
        case RELKIND_VIEW:
        case RELKIND_MATVIEW:
          break;
        default:
          continue;
      }
      const Target *target = a.Look(object.objectId);
      if (target != nullptr && target->Live()) return true;
    } else if (object.classId == ProcedureRelationId) {
      if (!each.Silent() && FunctionIsLive(object.objectId)) return true;
    } else if (object.classId == TypeRelationId) {
      if (!each.Silent() && TypeIsLive(a, object.objectId)) return true;
    }
  }
  return false;
}

/* Its own tables do not make the database one in use, but users may have put rows there. */
void AddExtensionDrop(Analysis &a, const Closure &closure, const Target *extension) {
  if (DatabaseInUse() || ReachesLiveObjects(a, closure)) a.Add({.why = Why::drop_extension, .target = extension});
}

}  // namespace ddlguard
