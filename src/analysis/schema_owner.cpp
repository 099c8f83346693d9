/*
 * ALTER ... SET SCHEMA and OWNER TO.
 *
 * SET SCHEMA is a rename of everything but the last word.  A new owner changes who may alter an
 * object; it breaks running code where code runs with the owner's privileges: views.
 */
#include "analysis/dependency.h"
#include "analysis/drop_effects.h"
#include "analysis/named_object.h"
#include "analysis/objects.h"
#include "analysis/statement.h"
#include "analysis/view_privileges.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

void MoveRelation(Analysis &a, const AlterObjectSchemaStmt *stmt, Oid schema) {
  const Target *relation = a.Resolve(stmt->relation, AccessExclusiveLock);
  if (relation == nullptr || !OidIsValid(relation->oid) || !OwnsRelation(relation->oid, ActingRole())) return;
  if (relation->namespace_oid == schema) return AddLock(a, relation, AccessExclusiveLock);
  if (relation->relkind == RELKIND_INDEX || relation->relkind == RELKIND_PARTITIONED_INDEX) return;
  Oid table;
  int32 column;
  if (relation->relkind == RELKIND_SEQUENCE && (sequenceIsOwned(relation->oid, DEPENDENCY_AUTO, &table, &column) ||
                                                sequenceIsOwned(relation->oid, DEPENDENCY_INTERNAL, &table, &column)))
    return; /* refused: it moves with its table */
  if (const ScriptRelation *made = a.ledger.FindRelation(stmt->newschema, relation->name)) {
    if (!made->gone) return;
  } else if (OidIsValid(schema) && OidIsValid(get_relname_relid(relation->name, schema))) {
    return;
  }
  a.Add({.why = Why::set_schema,
         .target = a.Look(relation->oid, true),
         .lock = AccessExclusiveLock,
         .node = reinterpret_cast<const Node *>(stmt)});
}

}  // namespace

void AnalyzeSetSchema(Analysis &a, const AlterObjectSchemaStmt *stmt) {
  Oid schema = get_namespace_oid(stmt->newschema, true);
  if (!OidIsValid(schema) && !a.ledger.ObjectAdded(NamespaceRelationId, nullptr, stmt->newschema)) return;
  auto move = [&](auto harmful) {
    NamedObject object = FindObject(a, stmt->objectType, stmt->object, NoLock);
    if (!object.Found() || !MayAlter(object) || get_object_namespace(&object.address) == schema) return;
    if (harmful(object.address.objectId))
      a.Add({.why = Why::set_schema, .target = object.target, .node = reinterpret_cast<const Node *>(stmt)});
  };
  switch (stmt->objectType) {
    case OBJECT_TABLE:
    case OBJECT_VIEW:
    case OBJECT_MATVIEW:
    case OBJECT_FOREIGN_TABLE:
    case OBJECT_SEQUENCE:
    case OBJECT_INDEX:
      MoveRelation(a, stmt, schema);
      break;
    case OBJECT_TYPE:
    case OBJECT_DOMAIN:
      move([&](Oid type) { return TypeIsLive(a, type); });
      break;
    case OBJECT_AGGREGATE:
    case OBJECT_FUNCTION:
    case OBJECT_PROCEDURE:
    case OBJECT_ROUTINE:
      move(IsCallable);
      break;
    case OBJECT_EXTENSION:
      move([&](Oid extension) {
        bool callable = false;
        ForEachDependent(ExtensionRelationId, extension, -1, [&](Form_pg_depend depend) {
          callable |= depend->classid == TypeRelationId || depend->classid == ProcedureRelationId ||
                      depend->classid == RelationRelationId || depend->classid == OperatorRelationId;
        });
        return callable;
      });
      break;
    case OBJECT_ACCESS_METHOD:
    case OBJECT_COLLATION:
    case OBJECT_CONVERSION:
    case OBJECT_OPCLASS:
    case OBJECT_OPERATOR:
    case OBJECT_OPFAMILY:
    case OBJECT_STATISTIC_EXT:
    case OBJECT_TSCONFIGURATION:
    case OBJECT_TSDICTIONARY:
    case OBJECT_TSPARSER:
    case OBJECT_TSTEMPLATE:
    case OBJECT_AMOP:
    case OBJECT_AMPROC:
    case OBJECT_ATTRIBUTE:
    case OBJECT_CAST:
    case OBJECT_COLUMN:
    case OBJECT_DATABASE:
    case OBJECT_DEFAULT:
    case OBJECT_DEFACL:
    case OBJECT_DOMCONSTRAINT:
    case OBJECT_EVENT_TRIGGER:
    case OBJECT_FDW:
    case OBJECT_FOREIGN_SERVER:
    case OBJECT_LANGUAGE:
    case OBJECT_LARGEOBJECT:
    case OBJECT_PARAMETER_ACL:
    case OBJECT_POLICY:
    case OBJECT_PUBLICATION:
    case OBJECT_PUBLICATION_NAMESPACE:
    case OBJECT_PUBLICATION_REL:
    case OBJECT_ROLE:
    case OBJECT_RULE:
    case OBJECT_SCHEMA:
    case OBJECT_SUBSCRIPTION:
    case OBJECT_TABCONSTRAINT:
    case OBJECT_TABLESPACE:
    case OBJECT_TRANSFORM:
    case OBJECT_TRIGGER:
    case OBJECT_USER_MAPPING:
#if PG_VERSION_NUM >= 190000
    case OBJECT_PUBLICATION_EXCLUDED_REL:
#endif
      break;
  }
}

void AddOwnerChange(Analysis &a, const Target *relation, Oid owner, LOCKMODE lock) {
  Effect effect = {.target = relation, .lock = lock};
  if (owner != relation->owner) {
    effect.why = Why::owner_change;
    if (relation->relkind == RELKIND_VIEW || relation->relkind == RELKIND_MATVIEW) {
      Oid unreadable = UnreadableBy(relation->oid, owner);
      if (OidIsValid(unreadable)) {
        effect.why = Why::owner_change_breaks_view;
        effect.other = a.Look(unreadable);
        effect.fact = Format("{} may not read {}", GetUserNameFromId(owner, true), get_rel_name(unreadable));
      }
    }
  }
  a.Add(effect);
}

void AnalyzeRelationOwner(Analysis &a, const Target *relation, const AlterTableCmd *cmd, LOCKMODE lock) {
  if (relation == nullptr || !OidIsValid(relation->oid)) return;
  Oid owner = get_rolespec_oid(cmd->newowner, true);
  if (!OidIsValid(owner) || !OwnsRelation(relation->oid, ActingRole()) || !MayGiveTo(ActingRole(), owner)) return;
  AddOwnerChange(a, relation, owner, lock);
  AddUnreadableViews(a, relation, owner);
}

/* Functions, types, schemas...: a SECURITY DEFINER function runs with other rights from now on. */
void AnalyzeOwner(Analysis &a, const AlterOwnerStmt *stmt) {
  switch (stmt->objectType) {
    case OBJECT_AGGREGATE:
    case OBJECT_FUNCTION:
    case OBJECT_PROCEDURE:
    case OBJECT_ROUTINE:
      break;
    default:
      return;
  }
  NamedObject function = FindObject(a, stmt->objectType, stmt->object, NoLock);
  if (!function.Found() || !MayAlter(function)) return;
  HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function.address.objectId));
  if (!HeapTupleIsValid(tuple)) return;
  auto form = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple));
  const Oid owner = form->proowner, new_owner = get_rolespec_oid(stmt->newowner, true);
  const bool changes = form->prosecdef && OidIsValid(new_owner) && owner != new_owner;
  ReleaseSysCache(tuple);
  if (!changes || !MayGiveTo(ActingRole(), new_owner)) return;
  /* What an administrator makes and gives away is how every dump is restored. */
  const bool gives_away = superuser_arg(owner) || has_createrole_privilege(owner);
  const bool loses = !gives_away && !has_privs_of_role(new_owner, owner) && MayBeCalled(function.address.objectId);
  a.Add({.why = loses ? Why::owner_change_breaks_function : Why::owner_change,
         .target = function.target,
         .fact =
             loses ? Format("{} is no member of {}", GetUserNameFromId(new_owner, true), GetUserNameFromId(owner, true))
                   : "it is SECURITY DEFINER"});
}

}  // namespace ddlguard
