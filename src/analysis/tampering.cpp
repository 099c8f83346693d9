/*
 * guard_tampering: statements that would take the guard away, or change it behind its back.
 *
 * Two kinds.  Its own objects: those of schema ddlguard (nothing else may be there) and the extension.
 * Writing the tables' rows is how the guard is configured, and no tampering; neither is ALTER EXTENSION ...
 * UPDATE.  And its settings, where they outlast the session: tampering_settings.cpp.
 *
 * An analyser like the others: what PostgreSQL itself refuses has no effect.  It runs after the statement's
 * own family and sees the names that were resolved there.
 */
#include "analysis/tampering.h"

#include "analysis/acl.h"
#include "analysis/named_object.h"
#include "analysis/objects.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

void AddTampering(Analysis &a, const Target *target, const char *fact) {
  a.Add({.why = Why::guard_tampering, .target = target, .fact = fact});
  /* It speaks before what the statement's family has found. */
  for (int i = a.effects.count - 1; i > 0; --i) {
    const Effect moved = a.effects[i];
    a.effects[i] = a.effects[i - 1];
    a.effects[i - 1] = moved;
  }
}

namespace {

constexpr const char *kGuard = "ddlguard"; /* the schema and the extension */

bool InGuard(const Target *relation) {
  return relation != nullptr && relation->IsRelation() && Equal(relation->schema, kGuard);
}

bool BelongsToGuard(const ObjectAddress &address) {
  if (address.classId == ExtensionRelationId) return Equal(get_extension_name(address.objectId), kGuard);
  const Oid schema = address.classId == NamespaceRelationId ? address.objectId : get_object_namespace(&address);
  return OidIsValid(schema) && schema == get_namespace_oid(kGuard, true);
}

/* Of a relation of the guard that the statement names. */
void AddRelations(Analysis &a, AclMode enough, const char *fact) {
  const Target *added = nullptr;
  for (const ResolvedName &name : a.names) {
    const Target *relation = OidIsValid(name.oid) ? a.Look(name.oid) : nullptr;
    if (!InGuard(relation) || relation == added) continue;
    const bool may = OwnsRelation(name.oid, GetUserId()) ||
                     (enough != 0 && pg_class_aclcheck(name.oid, GetUserId(), enough) == ACLCHECK_OK);
    if (may) AddTampering(a, relation, fact);
    added = relation;
  }
}

void AddObject(Analysis &a, ObjectType type, const Node *node, const char *fact) {
  const NamedObject object = FindObject(a, type, node, NoLock);
  if (object.Found() && BelongsToGuard(object.address) && MayAlter(object)) AddTampering(a, object.target, fact);
}

bool NamesRelation(ObjectType type) {
  switch (type) {
    case OBJECT_COLUMN:
    case OBJECT_TABCONSTRAINT:
    case OBJECT_TRIGGER:
    case OBJECT_RULE:
    case OBJECT_POLICY:
      return true;
    default:
      return IsRelationType(type);
  }
}

void AnalyzeDropOfGuard(Analysis &a, const DropStmt *stmt) {
  if (a.effects.Empty()) return; /* nothing goes, or PostgreSQL refuses */
  if (NamesRelation(stmt->removeType)) return AddRelations(a, 0, "dropping a part of its table");
  if (stmt->removeType != OBJECT_EXTENSION && stmt->removeType != OBJECT_SCHEMA) return;
  for (const Node *node : Each<const Node>(stmt->objects))
    AddObject(a, stmt->removeType, node, "dropping it switches the guard off in this database");
}

void AnalyzeRenameOfGuard(Analysis &a, const RenameStmt *stmt) {
  if (NamesRelation(stmt->renameType)) return AddRelations(a, 0, "renaming it");
  const Node *name = stmt->object != nullptr || stmt->subname == nullptr
                         ? stmt->object
                         : reinterpret_cast<const Node *>(makeString(pstrdup(stmt->subname)));
  if (stmt->renameType != OBJECT_ROLE) AddObject(a, stmt->renameType, name, "renaming it");
}

/* SET SCHEMA, away from the guard's or into it. */
void AnalyzeMoveOfGuard(Analysis &a, const AlterObjectSchemaStmt *stmt) {
  const char *fact = "moving it to another schema";
  if (Equal(stmt->newschema, kGuard)) {
    const Oid schema = get_namespace_oid(kGuard, true);
    if (OidIsValid(schema) && OwnsObject(NamespaceRelationId, schema, GetUserId()))
      AddTampering(a, TargetOf(a, {NamespaceRelationId, schema, 0}), "moving an object into its schema");
    return;
  }
  if (NamesRelation(stmt->objectType)) return AddRelations(a, 0, fact);
  AddObject(a, stmt->objectType, stmt->object, fact);
}

/* A new function could be called in place of the guard's. */
void AnalyzeNewFunction(Analysis &a, const CreateFunctionStmt *stmt) {
  const char *schema = nullptr;
  if (list_length(stmt->funcname) > 1) {
    schema = strVal(linitial(stmt->funcname));
  } else {
    List *path = fetch_search_path(false);
    if (path != NIL) schema = get_namespace_name(linitial_oid(path));
  }
  if (!Equal(schema, kGuard)) return;
  const Oid oid = get_namespace_oid(kGuard, true);
  if (!OidIsValid(oid) || !OwnsObject(NamespaceRelationId, oid, GetUserId())) return;
  AddTampering(a, TargetOf(a, {NamespaceRelationId, oid, 0}), "making a function in its schema");
}

void AnalyzeReplacedView(Analysis &a, const ViewStmt *stmt) {
  if (!stmt->replace) return;
  const Oid view = RangeVarGetRelid(stmt->view, NoLock, true);
  const Target *target = OidIsValid(view) ? a.Look(view) : nullptr;
  if (InGuard(target) && OwnsRelation(view, GetUserId())) AddTampering(a, target, "replacing it");
}

void AnalyzeChildren(Analysis &a, const CreateStmt *stmt) {
  for (const RangeVar *parent : Each<const RangeVar>(stmt->inhRelations)) {
    const Oid oid = RangeVarGetRelid(parent, NoLock, true);
    const Target *target = OidIsValid(oid) ? a.Look(oid) : nullptr;
    if (InGuard(target) && OwnsRelation(oid, GetUserId())) AddTampering(a, target, "making a table inherit from it");
  }
}

/* What the family found on the guard's tables: DROP OWNED, REASSIGN OWNED. */
void AddEffectsOnGuard(Analysis &a, const char *fact) {
  for (const Effect &effect : a.effects)
    if (InGuard(effect.target)) return AddTampering(a, effect.target, fact);
}

bool Grants(const GrantStmt *stmt, const char *privilege) {
  if (stmt->privileges == NIL) return true; /* ALL */
  for (const AccessPriv *each : Each<const AccessPriv>(stmt->privileges))
    if (Equal(each->priv_name, privilege)) return true;
  return false;
}

bool GrantsToPublic(const GrantStmt *stmt) {
  for (const RoleSpec *grantee : Each<const RoleSpec>(stmt->grantees))
    if (grantee->roletype == ROLESPEC_PUBLIC) return true;
  return false;
}

/* Tables for everybody, and the right to make objects in the schema for anybody; whom else a DBA lets write
 * policies is his decision. */
void AnalyzeGrantOnGuard(Analysis &a, const GrantStmt *stmt) {
  if (!stmt->is_grant || stmt->targtype == ACL_TARGET_DEFAULTS) return;
  if (stmt->objtype == OBJECT_PARAMETER_ACL) return AnalyzeGrantOnParameter(a, stmt, GrantsToPublic(stmt));
  for (const Node *node : Each<const Node>(stmt->objects)) {
    if (stmt->targtype == ACL_TARGET_ALL_IN_SCHEMA) {
      const Oid schema = get_namespace_oid(strVal(node), true);
      if (Equal(strVal(node), kGuard) && OidIsValid(schema) && GrantsToPublic(stmt) &&
          OwnsObject(NamespaceRelationId, schema, GetUserId()))
        AddTampering(a, TargetOf(a, {NamespaceRelationId, schema, 0}), "letting everybody at what is in it");
    } else if (stmt->objtype == OBJECT_SCHEMA && Grants(stmt, "create")) {
      AddObject(a, OBJECT_SCHEMA, node, "letting others make objects in its schema");
    } else if ((stmt->objtype == OBJECT_TABLE || stmt->objtype == OBJECT_SEQUENCE) && GrantsToPublic(stmt)) {
      const Oid oid = RangeVarGetRelid(reinterpret_cast<const RangeVar *>(node), NoLock, true);
      const Target *relation = OidIsValid(oid) ? a.Look(oid) : nullptr;
      if (InGuard(relation) && relation->relkind != RELKIND_VIEW && OwnsRelation(oid, GetUserId()))
        AddTampering(a, relation, "letting everybody at it");
    }
  }
}

void AnalyzeExtensionContents(Analysis &a, const AlterExtensionContentsStmt *stmt) {
  if (!Equal(stmt->extname, kGuard)) return;
  const Oid extension = get_extension_oid(kGuard, true);
  if (OidIsValid(extension) && OwnsObject(ExtensionRelationId, extension, GetUserId()))
    AddTampering(a, TargetOf(a, {ExtensionRelationId, extension, 0}), "changing what belongs to it");
}

/* ---- the roles ---- */

bool IsAdminRole(const char *name) { return Equal(name, "ddlguard_admin"); }

bool AreAdminRole(const Node *roles) {
  if (roles == nullptr || !IsA(roles, List)) return false;
  for (const RoleSpec *role : Each<const RoleSpec>(reinterpret_cast<const List *>(roles)))
    if (role->roletype == ROLESPEC_CSTRING && IsAdminRole(role->rolename)) return true;
  return false;
}

/*
 * Up to 15 whoever has CREATEROLE may do as he likes with every role that is no superuser.  To make himself or
 * others admins of the guard takes more here: the admin option, which superusers have.
 */
void AddAdminRole(Analysis &a, const char *fact) {
  const Oid role = get_role_oid("ddlguard_admin", true);
  if (!OidIsValid(role) || !has_createrole_privilege(GetUserId()) || is_admin_of_role(GetUserId(), role)) return;
  AddTampering(a, TargetOf(a, {AuthIdRelationId, role, 0}), fact);
}

void AnalyzeAdminGrant(Analysis &a, const GrantRoleStmt *stmt) {
  if (!stmt->is_grant) return;
  for (const AccessPriv *granted : Each<const AccessPriv>(stmt->granted_roles))
    if (IsAdminRole(granted->priv_name)) AddAdminRole(a, "making others its admins");
}

void AnalyzeNewRole(Analysis &a, const CreateRoleStmt *stmt) {
  for (const DefElem *option : Each<const DefElem>(stmt->options))
    if (Equal(option->defname, "addroleto") && AreAdminRole(option->arg)) AddAdminRole(a, "making others its admins");
}

void AnalyzeAdminRole(Analysis &a, const AlterRoleStmt *stmt) {
  if (stmt->role->roletype == ROLESPEC_CSTRING && IsAdminRole(stmt->role->rolename))
    AddAdminRole(a, "changing the role of its admins");
}

}  // namespace

void AnalyzeTampering(Analysis &a, const Node *statement) {
  switch (nodeTag(statement)) {
    case T_AlterTableStmt:
    case T_IndexStmt:
    case T_RuleStmt:
    case T_CreatePolicyStmt:
    case T_AlterPolicyStmt:
    case T_AlterSeqStmt:
      return AddRelations(a, 0, "changing its table");
    case T_CreateTrigStmt:
      return AddRelations(a, ACL_TRIGGER, "a trigger could change or drop its rows");
    case T_TruncateStmt:
      return AddRelations(a, ACL_TRUNCATE, "emptying it");
    case T_DropStmt:
      return AnalyzeDropOfGuard(a, reinterpret_cast<const DropStmt *>(statement));
    case T_DropOwnedStmt:
      return AddEffectsOnGuard(a, "dropping what the owner of the guard owns");
    case T_ReassignOwnedStmt:
      return AddEffectsOnGuard(a, "giving it to another owner");
    case T_RenameStmt:
      return AnalyzeRenameOfGuard(a, reinterpret_cast<const RenameStmt *>(statement));
    case T_AlterObjectSchemaStmt:
      return AnalyzeMoveOfGuard(a, reinterpret_cast<const AlterObjectSchemaStmt *>(statement));
    case T_AlterOwnerStmt: {
      auto *stmt = reinterpret_cast<const AlterOwnerStmt *>(statement);
      return AddObject(a, stmt->objectType, stmt->object, "giving it to another owner");
    }
    case T_AlterFunctionStmt: {
      auto *stmt = reinterpret_cast<const AlterFunctionStmt *>(statement);
      return AddObject(a, stmt->objtype, reinterpret_cast<const Node *>(stmt->func), "changing its function");
    }
    case T_CreateFunctionStmt:
      return AnalyzeNewFunction(a, reinterpret_cast<const CreateFunctionStmt *>(statement));
    case T_ViewStmt:
      return AnalyzeReplacedView(a, reinterpret_cast<const ViewStmt *>(statement));
    case T_CreateStmt:
      return AnalyzeChildren(a, reinterpret_cast<const CreateStmt *>(statement));
    case T_AlterExtensionContentsStmt:
      return AnalyzeExtensionContents(a, reinterpret_cast<const AlterExtensionContentsStmt *>(statement));
    case T_GrantStmt:
      return AnalyzeGrantOnGuard(a, reinterpret_cast<const GrantStmt *>(statement));
    case T_GrantRoleStmt:
      return AnalyzeAdminGrant(a, reinterpret_cast<const GrantRoleStmt *>(statement));
    case T_CreateRoleStmt:
      return AnalyzeNewRole(a, reinterpret_cast<const CreateRoleStmt *>(statement));
    case T_AlterRoleStmt:
      return AnalyzeAdminRole(a, reinterpret_cast<const AlterRoleStmt *>(statement));
    case T_AlterSystemStmt:
    case T_AlterRoleSetStmt:
    case T_AlterDatabaseSetStmt:
      return AnalyzeSettings(a, statement);
    default:
      return;
  }
}

/*
 * Superusers may write the catalogs row by row.  A statement on those that hold the guard is taken for
 * an attack on it, since which rows it will reach is not known yet; scripts of extensions may.
 */
void AddCatalogWrite(Analysis &a, Oid catalog) {
  switch (catalog) {
    case ExtensionRelationId:
    case DependRelationId:
    case NamespaceRelationId:
    case RelationRelationId:
    case TriggerRelationId:
    case DbRoleSettingRelationId:
      break;
    default:
      return;
  }
  if (creating_extension || !superuser()) return;
  AddTampering(a, a.LookObject(RelationRelationId, catalog, "pg_catalog", get_rel_name(catalog)),
               "writing the catalog that it is kept in");
}

bool IsGuardTable(Oid relation) {
  return relation >= FirstNormalObjectId && get_rel_namespace(relation) == get_namespace_oid(kGuard, true);
}

}  // namespace ddlguard
