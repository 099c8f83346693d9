/*
 * REVOKE, and REASSIGN OWNED.
 *
 * A REVOKE is harmless when nobody loses anything: the grantee never had the privilege, has it by
 * another way as well (PUBLIC, a role it is a member of, ownership), or it is one that running code
 * does not use (CREATE, TRUNCATE, REFERENCES, TRIGGER); or when nobody acts as the grantee.
 */
#include "analysis/acl.h"
#include "analysis/dependency.h"
#include "analysis/mend.h"
#include "analysis/named_object.h"
#include "analysis/objects.h"
#include "analysis/tampering.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

/* Those of these privileges that some role loses when the grantee's are revoked. */
AclMode LostWith(const AclSource &source, Oid grantee, AclMode revoked, bool as_owner) {
  AclMode lost = Held(source.acl, grantee, as_owner ? source.owner : ActingRole()) & revoked & kUsedByClients;
  if (lost == 0) return 0;
  if (grantee != ACL_ID_PUBLIC) return lost & ~HeldOtherwise(source, grantee, grantee);
  AclMode loses = 0;
  Relation catalog = table_open(AuthIdRelationId, AccessShareLock);
  SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, nullptr, 0, nullptr);
  while (HeapTuple tuple = systable_getnext(scan)) {
    auto form = reinterpret_cast<Form_pg_authid>(GETSTRUCT(tuple));
    if (!form->rolcanlogin || form->rolsuper) continue;
    loses |= lost & ~HeldOtherwise(source, form->oid, grantee);
  }
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  return loses;
}

/* Privileges on one column, unless the whole table's cover them. */
AclMode LostOnColumn(const ObjectAddress &object, const char *column, Oid grantee, AclMode revoked) {
  HeapTuple tuple = SearchSysCacheAttName(object.objectId, column);
  if (!HeapTupleIsValid(tuple)) return 0;
  bool isnull;
  Datum acl = SysCacheGetAttr(ATTNAME, tuple, Anum_pg_attribute_attacl, &isnull);
  const AclMode lost = isnull ? 0 : Held(DatumGetAclPCopy(acl), grantee, InvalidOid) & revoked & kUsedByClients;
  ReleaseSysCache(tuple);
  if (lost == 0) return 0;
  const AclSource table = ReadAcl(object);
  return table.acl == nullptr ? 0 : lost & ~HeldBy(table, grantee);
}

void AddRevoke(Analysis &a, const GrantStmt *stmt, const ObjectAddress &object) {
  /* To take rights over the guard away breaks no client. */
  if (object.classId == RelationRelationId && IsGuardTable(object.objectId)) return;
  /* Of a trigger's function EXECUTE is asked for when the trigger is made, not when it fires. */
  if (object.classId == ProcedureRelationId && !IsCallable(object.objectId)) return;
  AclSource source = ReadAcl(object);
  if (source.acl == nullptr) return;
  const bool as_owner = OwnsObject(object.classId, object.objectId, ActingRole());
  if (object.classId == TypeRelationId) return; /* asked for only when something is made of the type */
  AclMode whole = stmt->privileges == NIL ? kUsedByClients : 0;
  for (const AccessPriv *privilege : Each<const AccessPriv>(stmt->privileges)) {
    if (privilege->cols != NIL) continue;
    whole |= privilege->priv_name == nullptr ? kUsedByClients : PrivilegeBit(privilege->priv_name);
  }
  for (const RoleSpec *spec : Each<const RoleSpec>(stmt->grantees)) {
    Oid grantee = spec->roletype == ROLESPEC_PUBLIC ? ACL_ID_PUBLIC : get_rolespec_oid(spec, true);
    if (spec->roletype != ROLESPEC_PUBLIC && (!OidIsValid(grantee) || !IsActedAs(grantee))) continue;
    AclMode lost = LostWith(source, grantee, whole, as_owner);
    const char *lost_column = nullptr;
    for (const AccessPriv *privilege : Each<const AccessPriv>(stmt->privileges)) {
      if (object.classId != RelationRelationId) break;
      AclMode bits = privilege->priv_name == nullptr ? kUsedByClients : PrivilegeBit(privilege->priv_name);
      for (const String *column : Each<const String>(privilege->cols)) {
        const AclMode on_column = lost_column == nullptr ? LostOnColumn(object, strVal(column), grantee, bits) : 0;
        if (on_column != 0) lost_column = strVal(column);
        lost |= on_column;
      }
    }
    if (lost == 0) continue;
    const Target *target = object.classId == RelationRelationId ? a.Look(object.objectId, true) : TargetOf(a, object);
    if (target == nullptr || !target->Live()) return;
    const char *who = spec->roletype == ROLESPEC_PUBLIC ? "PUBLIC" : GetUserNameFromId(grantee, true);
    const Effect effect = {.why = Why::revoke_breaks_clients,
                           .target = target,
                           .column = lost_column,
                           .fact = Format("{} has the privilege now", who),
                           .node = reinterpret_cast<const Node *>(stmt)};
    if (AddMendable(a, effect, {.object = object, .grantee = grantee, .privileges = lost, .column = lost_column}))
      return;
  }
}

/* ... ON ALL TABLES | SEQUENCES | FUNCTIONS IN SCHEMA. */
void AddRevokeInSchema(Analysis &a, const GrantStmt *stmt, Oid schema) {
  const bool sequences = stmt->objtype == OBJECT_SEQUENCE;
  const bool relations = sequences || stmt->objtype == OBJECT_TABLE;
  Array<ObjectAddress> objects;
  ForEachDependent(NamespaceRelationId, schema, -1, [&](Form_pg_depend depend) {
    ObjectAddress object = {depend->classid, depend->objid, 0};
    if (depend->classid == RelationRelationId && relations) {
      char relkind = get_rel_relkind(depend->objid);
      if (relkind != RELKIND_COMPOSITE_TYPE && (relkind == RELKIND_SEQUENCE) == sequences) objects.Add(object);
    } else if (depend->classid == ProcedureRelationId && !relations) {
      objects.Add(object);
    }
  });
  for (const ObjectAddress &object : objects) AddRevoke(a, stmt, object);
}

bool IsDirectMember(Oid member, Oid role) {
  Relation catalog = table_open(AuthMemRelationId, AccessShareLock);
  ScanKeyData key[2];
  ScanKeyInit(&key[0], Anum_pg_auth_members_member, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(member));
  ScanKeyInit(&key[1], Anum_pg_auth_members_roleid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(role));
  SysScanDesc scan = systable_beginscan(catalog, AuthMemMemRoleIndexId, true, nullptr, 2, key);
  bool found = HeapTupleIsValid(systable_getnext(scan));
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  return found;
}

}  // namespace

void AnalyzeGrant(Analysis &a, const GrantStmt *stmt) {
  if (stmt->is_grant || stmt->grant_option) return;
  if (stmt->targtype == ACL_TARGET_DEFAULTS) return;
  for (const Node *node : Each<const Node>(stmt->objects)) {
    if (stmt->targtype == ACL_TARGET_ALL_IN_SCHEMA) {
      Oid schema = get_namespace_oid(strVal(node), true);
      if (OidIsValid(schema)) AddRevokeInSchema(a, stmt, schema);
      continue;
    }
    switch (stmt->objtype) {
      case OBJECT_TABLE:
      case OBJECT_SEQUENCE: {
        const Target *relation = a.Resolve(reinterpret_cast<const RangeVar *>(node), NoLock);
        if (relation != nullptr && OidIsValid(relation->oid))
          AddRevoke(a, stmt, {RelationRelationId, relation->oid, 0});
        break;
      }
      case OBJECT_FUNCTION:
      case OBJECT_PROCEDURE:
      case OBJECT_ROUTINE:
      case OBJECT_SCHEMA:
      case OBJECT_DATABASE:
      case OBJECT_TYPE:
      case OBJECT_DOMAIN: {
        NamedObject object = FindObject(a, stmt->objtype, node, NoLock);
        if (object.Found()) AddRevoke(a, stmt, object.address);
        break;
      }
      default:
        break;
    }
  }
}

void AnalyzeGrantRole(Analysis &a, const GrantRoleStmt *stmt) {
  if (stmt->is_grant || RevokesOnlyAnOption(stmt)) return;
  for (const AccessPriv *granted : Each<const AccessPriv>(stmt->granted_roles)) {
    Oid role = granted->priv_name == nullptr ? InvalidOid : get_role_oid(granted->priv_name, true);
    if (!OidIsValid(role) || strncmp(granted->priv_name, "ddlguard_", 9) == 0) continue;
    for (const RoleSpec *spec : Each<const RoleSpec>(stmt->grantee_roles)) {
      Oid member = get_rolespec_oid(spec, true);
      if (!OidIsValid(member) || member == role || superuser_arg(member) || !IsActedAs(member)) continue;
      if (!IsDirectMember(member, role)) continue;
      a.Add({.why = Why::revoke_breaks_clients,
             .target = TargetOf(a, {AuthIdRelationId, role, 0}),
             .fact = Format("{} is a member now", GetUserNameFromId(member, true))});
    }
  }
}

void AnalyzeReassignOwned(Analysis &a, const ReassignOwnedStmt *stmt) {
  Oid new_owner = get_rolespec_oid(stmt->newrole, true);
  if (!OidIsValid(new_owner)) return;
  Array<Oid> relations;
  for (const RoleSpec *spec : Each<const RoleSpec>(stmt->roles)) {
    Oid role = get_rolespec_oid(spec, true);
    if (!OidIsValid(role) || !has_privs_of_role(ActingRole(), role)) return;
    ForEachRoleDependent(role, [&](Form_pg_shdepend form) {
      if (form->classid == RelationRelationId && form->deptype == SHARED_DEPENDENCY_OWNER) relations.Add(form->objid);
    });
  }
  for (Oid relation : relations) {
    const Target *target = a.Look(relation);
    if (target != nullptr && target->relkind != RELKIND_COMPOSITE_TYPE)
      AddOwnerChange(a, target, new_owner, AccessExclusiveLock);
  }
}

}  // namespace ddlguard
