/*
 * ALTER ... RENAME.  Nothing is lost and every lock is brief; what breaks is running code that uses
 * the old name.  Things that only the server refers to (by OID) are harmless.
 */
#include "analysis/dependency.h"
#include "analysis/drop_effects.h"
#include "analysis/named_object.h"
#include "analysis/objects.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

/* PostgreSQL refuses a name that is taken; a script may have made or freed it. */
bool NameIsTaken(Analysis &a, const Target *relation, const char *name) {
  if (const ScriptRelation *made = a.ledger.FindRelation(relation->schema, name)) return !made->gone;
  return OidIsValid(get_relname_relid(name, relation->namespace_oid));
}

void RenameRelation(Analysis &a, const RenameStmt *stmt) {
  /* ALTER INDEX on a table starts over with a table's lock; ALTER TABLE on an index keeps its own. */
  const Target *relation = a.Resolve(stmt->relation, AccessExclusiveLock);
  if (relation == nullptr || !OidIsValid(relation->oid)) return;
  const bool index = relation->relkind == RELKIND_INDEX || relation->relkind == RELKIND_PARTITIONED_INDEX;
  const LOCKMODE lock = index && stmt->renameType == OBJECT_INDEX ? ShareUpdateExclusiveLock : AccessExclusiveLock;
  if (!a.names.Empty()) a.names.Last().lock = lock;
  if (!OwnsRelation(relation->oid, ActingRole()) || NameIsTaken(a, relation, stmt->newname)) return;
  const Node *node = reinterpret_cast<const Node *>(stmt);
  switch (relation->relkind) {
    case RELKIND_RELATION:
    case RELKIND_PARTITIONED_TABLE:
    case RELKIND_VIEW:
    case RELKIND_MATVIEW:
    case RELKIND_FOREIGN_TABLE:
      a.Add(
          {.why = Why::rename_table, .target = a.Look(relation->oid, true), .lock = AccessExclusiveLock, .node = node});
      break;
    case RELKIND_SEQUENCE: {
      /* Defaults refer to it by OID, and pg_get_serial_sequence() finds it by its column. */
      Oid table;
      int32 column;
      bool owned = sequenceIsOwned(relation->oid, DEPENDENCY_AUTO, &table, &column) ||
                   sequenceIsOwned(relation->oid, DEPENDENCY_INTERNAL, &table, &column);
      a.Add({.why = owned ? Why::lock_only : Why::rename_sequence, .target = relation, .lock = AccessExclusiveLock});
      break;
    }
    case RELKIND_INDEX:
    case RELKIND_PARTITIONED_INDEX:
      /* The table is not locked. */
      a.Add({.target = relation, .lock = lock});
      break;
    default:
      break;
  }
}

/* A composite type's attribute: what uses the type reads it by name. */
void RenameAttribute(Analysis &a, const RenameStmt *stmt) {
  Oid relation = RangeVarGetRelid(stmt->relation, NoLock, true);
  if (!OidIsValid(relation) || get_rel_relkind(relation) != RELKIND_COMPOSITE_TYPE) return;
  if (!OwnsRelation(relation, ActingRole())) return;
  if (get_attnum(relation, stmt->subname) == InvalidAttrNumber) return;
  Array<TypeUse> uses = UsesOfType(get_rel_type_id(relation));
  for (const TypeUse &use : uses)
    if (use.attnum == 0 && stmt->behavior != DROP_CASCADE) return; /* refused */
  for (const TypeUse &use : uses) {
    const Target *target = a.Look(use.relation, true);
    if (target == nullptr || !target->Live() || get_rel_relispartition(use.relation)) continue;
    if (use.attnum == 0) {
      a.Add({.why = Why::rename_column, .target = target, .lock = AccessExclusiveLock, .column = stmt->subname});
    } else {
      a.Add({.why = Why::composite_type_alter, .target = target, .column = ColumnName(use.relation, use.attnum)});
    }
  }
}

void RenameColumn(Analysis &a, const RenameStmt *stmt) {
  const Target *relation = a.Resolve(stmt->relation, AccessExclusiveLock);
  if (relation == nullptr || !OidIsValid(relation->oid) || !OwnsRelation(relation->oid, ActingRole())) return;
  if (relation->relkind == RELKIND_INDEX || relation->relkind == RELKIND_PARTITIONED_INDEX) return;
  HeapTuple tuple = SearchSysCacheAttName(relation->oid, stmt->subname);
  if (!HeapTupleIsValid(tuple)) return;
  auto form = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
  AttrNumber attnum = form->attnum;
  bool inherited = form->attinhcount > 0;
  ReleaseSysCache(tuple);
  if (attnum <= 0 || inherited || OidIsValid(get_rel_type_id(relation->oid)) == false) return;
  if (!a.ledger.script && get_attnum(relation->oid, stmt->newname) != InvalidAttrNumber) return;
  if (!stmt->relation->inh && has_subclass(relation->oid)) return;
  const Target *whole = stmt->relation->inh ? a.Look(relation->oid, true) : relation;
  if (CreatedInTransaction(RelationRelationId, relation->oid, attnum) ||
      a.ledger.ColumnAdded(relation->oid, stmt->subname)) {
    AddLock(a, whole, AccessExclusiveLock);
    return;
  }
  a.Add({.why = Why::rename_column,
         .target = whole,
         .lock = AccessExclusiveLock,
         .column = stmt->subname,
         .node = reinterpret_cast<const Node *>(stmt)});
}

/* Constraint, trigger, rule, policy: by name only in ON CONFLICT ON CONSTRAINT and error handlers. */
void RenamePart(Analysis &a, const RenameStmt *stmt) {
  const Target *relation = a.Resolve(stmt->relation, AccessExclusiveLock);
  if (relation == nullptr || !OidIsValid(relation->oid) || !OwnsRelation(relation->oid, ActingRole())) return;
  const Target *whole = stmt->relation->inh ? a.Look(relation->oid, true) : relation;
  Oid part = InvalidOid;
  Why why = Why::lock_only;
  if (stmt->renameType == OBJECT_TABCONSTRAINT) {
    part = get_relation_constraint_oid(relation->oid, stmt->subname, true);
    why = whole->Live() && !CreatedInTransaction(ConstraintRelationId, part, 0) ? Why::rename_other_object
                                                                                : Why::lock_only;
  } else if (stmt->renameType == OBJECT_TRIGGER) {
    part = get_trigger_oid(relation->oid, stmt->subname, true);
  } else if (stmt->renameType == OBJECT_RULE) {
    part = get_rewrite_oid(relation->oid, stmt->subname, true);
  } else {
    part = get_relation_policy_oid(relation->oid, stmt->subname, true);
  }
  if (!OidIsValid(part)) return;
  if (stmt->renameType == OBJECT_TRIGGER) return AnalyzeRenameTrigger(a, relation, part, stmt->subname);
  a.Add({.why = why, .target = whole, .lock = AccessExclusiveLock, .column = stmt->subname});
}

/* One of the old name and arguments may be made again. */
void RenameFunction(Analysis &a, const RenameStmt *stmt) {
  const NamedObject function = FindObject(a, stmt->renameType, stmt->object, NoLock);
  if (!function.Found() || !MayAlter(function) || !MayBeCalled(function.address.objectId)) return;
  AddMendable(a, {.why = Why::rename_function, .target = function.target, .node = reinterpret_cast<const Node *>(stmt)},
              MendOfFunction(function.address.objectId));
}

/* An enum may make room for one with more values. */
void RenameType(Analysis &a, const RenameStmt *stmt) {
  const NamedObject type = FindObject(a, stmt->renameType, stmt->object, NoLock);
  if (!type.Found() || !MayAlter(type) || !TypeIsLive(a, type.address.objectId)) return;
  const Effect effect = {.why = Why::rename_type, .target = type.target, .node = reinterpret_cast<const Node *>(stmt)};
  if (type_is_enum(type.address.objectId)) AddMendable(a, effect, MendOfEnum(type.address.objectId, stmt->newname));
  else a.Add(effect);
}

}  // namespace

void AnalyzeRename(Analysis &a, const RenameStmt *stmt) {
  /* Shared objects and schemas carry their name in subname. */
  const Node *name = stmt->object != nullptr || stmt->subname == nullptr
                         ? stmt->object
                         : reinterpret_cast<const Node *>(makeString(pstrdup(stmt->subname)));
  auto add = [&](Why why, auto harmful) {
    NamedObject object = FindObject(a, stmt->renameType, name, NoLock);
    if (object.Found() && MayAlter(object) && harmful(object.address.objectId))
      a.Add({.why = why, .target = object.target, .node = reinterpret_cast<const Node *>(stmt)});
  };
  auto always = [](Oid) { return true; };
  switch (stmt->renameType) {
    case OBJECT_TABLE:
    case OBJECT_VIEW:
    case OBJECT_MATVIEW:
    case OBJECT_FOREIGN_TABLE:
    case OBJECT_SEQUENCE:
    case OBJECT_INDEX:
      RenameRelation(a, stmt);
      break;
    case OBJECT_COLUMN:
      RenameColumn(a, stmt);
      break;
    case OBJECT_ATTRIBUTE:
      RenameAttribute(a, stmt);
      break;
    case OBJECT_TABCONSTRAINT:
    case OBJECT_TRIGGER:
    case OBJECT_RULE:
    case OBJECT_POLICY:
      RenamePart(a, stmt);
      break;
    case OBJECT_SCHEMA:
      add(Why::rename_schema, [&](Oid schema) { return SchemaIsLive(a, schema); });
      break;
    case OBJECT_TYPE:
    case OBJECT_DOMAIN:
      RenameType(a, stmt);
      break;
    case OBJECT_AGGREGATE:
    case OBJECT_FUNCTION:
    case OBJECT_PROCEDURE:
    case OBJECT_ROUTINE:
      RenameFunction(a, stmt);
      break;
    case OBJECT_DATABASE:
      add(Why::rename_database, always);
      break;
    case OBJECT_ROLE:
      /* PostgreSQL asks more (admin option, superuser for superusers); this much is asked of everybody. */
      if (has_createrole_privilege(GetUserId())) add(Why::rename_role, always);
      break;
    case OBJECT_PUBLICATION: /* subscribers name it */
      add(Why::rename_other_object, always);
      break;
    case OBJECT_ACCESS_METHOD:
    case OBJECT_COLLATION:
    case OBJECT_CONVERSION:
    case OBJECT_DOMCONSTRAINT:
    case OBJECT_EVENT_TRIGGER:
    case OBJECT_EXTENSION:
    case OBJECT_FDW:
    case OBJECT_FOREIGN_SERVER:
    case OBJECT_LANGUAGE:
    case OBJECT_OPCLASS:
    case OBJECT_OPERATOR:
    case OBJECT_OPFAMILY:
    case OBJECT_STATISTIC_EXT:
    case OBJECT_SUBSCRIPTION:
    case OBJECT_TABLESPACE:
    case OBJECT_TSCONFIGURATION:
    case OBJECT_TSDICTIONARY:
    case OBJECT_TSPARSER:
    case OBJECT_TSTEMPLATE:
    case OBJECT_AMOP:
    case OBJECT_AMPROC:
    case OBJECT_CAST:
    case OBJECT_DEFAULT:
    case OBJECT_DEFACL:
    case OBJECT_LARGEOBJECT:
    case OBJECT_PARAMETER_ACL:
    case OBJECT_PUBLICATION_NAMESPACE:
    case OBJECT_PUBLICATION_REL:
    case OBJECT_TRANSFORM:
    case OBJECT_USER_MAPPING:
#if PG_VERSION_NUM >= 190000
    case OBJECT_PUBLICATION_EXCLUDED_REL:
#endif
      break;
  }
}

}  // namespace ddlguard
