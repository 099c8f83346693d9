/*
 * REVOKE, and REASSIGN OWNED.
 *
 * A REVOKE is harmless when nobody loses anything: the grantee never had the privilege, has it by
 * another way as well (PUBLIC, a role it is a member of, ownership), or it is one that running code
 * does not use (CREATE, TRUNCATE, REFERENCES, TRIGGER).
 */
#include "analysis/named_object.h"
#include "analysis/objects.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

constexpr AclMode kUsedByClients =
    ACL_SELECT | ACL_INSERT | ACL_UPDATE | ACL_DELETE | ACL_EXECUTE | ACL_USAGE | ACL_CONNECT;

struct Privilege {
  const char *name;
  AclMode bit;
};
constexpr Privilege kPrivileges[] = {{"select", ACL_SELECT},  {"insert", ACL_INSERT}, {"update", ACL_UPDATE},
                                     {"delete", ACL_DELETE},  {"usage", ACL_USAGE},   {"execute", ACL_EXECUTE},
                                     {"connect", ACL_CONNECT}};

AclMode PrivilegeBit(const char *name) {
  for (const Privilege &each : kPrivileges)
    if (Equal(name, each.name)) return each.bit;
  return 0;
}

struct AclSource {
  Oid owner = InvalidOid;
  const Acl *acl = nullptr;
};

AclSource ReadAcl(const ObjectAddress &object) {
  AclSource source;
  SysCacheIdentifier cache;
  AttrNumber owner_attribute, acl_attribute;
  ObjectType type;
  switch (object.classId) {
    case RelationRelationId:
      cache = RELOID, owner_attribute = Anum_pg_class_relowner, acl_attribute = Anum_pg_class_relacl;
      type = get_rel_relkind(object.objectId) == RELKIND_SEQUENCE ? OBJECT_SEQUENCE : OBJECT_TABLE;
      break;
    case NamespaceRelationId:
      cache = NAMESPACEOID, owner_attribute = Anum_pg_namespace_nspowner, acl_attribute = Anum_pg_namespace_nspacl;
      type = OBJECT_SCHEMA;
      break;
    case ProcedureRelationId:
      cache = PROCOID, owner_attribute = Anum_pg_proc_proowner, acl_attribute = Anum_pg_proc_proacl;
      type = OBJECT_FUNCTION;
      break;
    case TypeRelationId:
      cache = TYPEOID, owner_attribute = Anum_pg_type_typowner, acl_attribute = Anum_pg_type_typacl;
      type = OBJECT_TYPE;
      break;
    case DatabaseRelationId:
      cache = DATABASEOID, owner_attribute = Anum_pg_database_datdba, acl_attribute = Anum_pg_database_datacl;
      type = OBJECT_DATABASE;
      break;
    default:
      return source;
  }
  HeapTuple tuple = SearchSysCache1(cache, ObjectIdGetDatum(object.objectId));
  if (!HeapTupleIsValid(tuple)) return source;
  bool isnull;
  source.owner = DatumGetObjectId(SysCacheGetAttr(cache, tuple, owner_attribute, &isnull));
  Datum acl = SysCacheGetAttr(cache, tuple, acl_attribute, &isnull);
  source.acl = isnull ? acldefault(type, source.owner) : DatumGetAclPCopy(acl);
  ReleaseSysCache(tuple);
  return source;
}

AclMode Held(const Acl *acl, Oid grantee, Oid grantor) {
  AclMode held = 0;
  const AclItem *items = ACL_DAT(acl);
  for (int i = 0; i < ACL_NUM(acl); ++i)
    if (items[i].ai_grantee == grantee && (!OidIsValid(grantor) || items[i].ai_grantor == grantor))
      held |= ACLITEM_GET_PRIVS(items[i]);
  return held;
}

/* What role has without the items of the grantee whose privileges go. */
AclMode HeldOtherwise(const AclSource &source, Oid role, Oid grantee) {
  if (superuser_arg(role) || has_privs_of_role(role, source.owner)) return ~static_cast<AclMode>(0);
  AclMode held = 0;
  const AclItem *items = ACL_DAT(source.acl);
  for (int i = 0; i < ACL_NUM(source.acl); ++i) {
    Oid other = items[i].ai_grantee;
    if (other != grantee && (other == ACL_ID_PUBLIC || has_privs_of_role(role, other)))
      held |= ACLITEM_GET_PRIVS(items[i]);
  }
  return held;
}

/* Does any role lose one of these privileges when the grantee's are revoked? */
bool SomebodyLoses(const AclSource &source, Oid grantee, AclMode revoked, bool as_owner) {
  AclMode lost = Held(source.acl, grantee, as_owner ? source.owner : GetUserId()) & revoked & kUsedByClients;
  if (lost == 0) return false;
  if (grantee != ACL_ID_PUBLIC) return (lost & ~HeldOtherwise(source, grantee, grantee)) != 0;
  bool loses = false;
  Relation catalog = table_open(AuthIdRelationId, AccessShareLock);
  SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, nullptr, 0, nullptr);
  while (HeapTuple tuple = systable_getnext(scan)) {
    auto form = reinterpret_cast<Form_pg_authid>(GETSTRUCT(tuple));
    if (!form->rolcanlogin || form->rolsuper) continue;
    if ((lost & ~HeldOtherwise(source, form->oid, grantee)) == 0) continue;
    loses = true;
    break;
  }
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  return loses;
}

/* A privilege on one column, unless the whole table's covers it. */
bool SomebodyLosesColumn(const ObjectAddress &object, const char *column, Oid grantee, AclMode revoked) {
  HeapTuple tuple = SearchSysCacheAttName(object.objectId, column);
  if (!HeapTupleIsValid(tuple)) return false;
  bool isnull;
  Datum acl = SysCacheGetAttr(ATTNAME, tuple, Anum_pg_attribute_attacl, &isnull);
  AclMode lost = isnull ? 0 : Held(DatumGetAclPCopy(acl), grantee, InvalidOid) & revoked & kUsedByClients;
  ReleaseSysCache(tuple);
  if (lost == 0) return false;
  AclSource table = ReadAcl(object);
  if (table.acl == nullptr) return false;
  return grantee == ACL_ID_PUBLIC || (lost & ~HeldOtherwise(table, grantee, InvalidOid)) != 0;
}

void AddRevoke(Analysis &a, const GrantStmt *stmt, const ObjectAddress &object) {
  AclSource source = ReadAcl(object);
  if (source.acl == nullptr) return;
  const bool as_owner = OwnsObject(object.classId, object.objectId, GetUserId());
  if (object.classId == TypeRelationId) return; /* asked for only when something is made of the type */
  AclMode whole = stmt->privileges == NIL ? kUsedByClients : 0;
  for (const AccessPriv *privilege : Each<const AccessPriv>(stmt->privileges)) {
    if (privilege->cols != NIL) continue;
    whole |= privilege->priv_name == nullptr ? kUsedByClients : PrivilegeBit(privilege->priv_name);
  }
  for (const RoleSpec *spec : Each<const RoleSpec>(stmt->grantees)) {
    Oid grantee = spec->roletype == ROLESPEC_PUBLIC ? ACL_ID_PUBLIC : get_rolespec_oid(spec, true);
    if (!OidIsValid(grantee) && spec->roletype != ROLESPEC_PUBLIC) continue;
    bool loses = SomebodyLoses(source, grantee, whole, as_owner);
    const char *lost_column = nullptr;
    for (const AccessPriv *privilege : Each<const AccessPriv>(stmt->privileges)) {
      if (object.classId != RelationRelationId) break;
      AclMode bits = privilege->priv_name == nullptr ? kUsedByClients : PrivilegeBit(privilege->priv_name);
      for (const String *column : Each<const String>(privilege->cols))
        if (lost_column == nullptr && SomebodyLosesColumn(object, strVal(column), grantee, bits))
          lost_column = strVal(column);
    }
    if (!loses && lost_column == nullptr) continue;
    const Target *target = object.classId == RelationRelationId ? a.Look(object.objectId, true) : TargetOf(a, object);
    if (target == nullptr || !target->Live()) return;
    const char *who = spec->roletype == ROLESPEC_PUBLIC ? "PUBLIC" : GetUserNameFromId(grantee, true);
    a.Add({.why = Why::revoke_breaks_clients,
           .target = target,
           .column = lost_column,
           .fact = Format("{} has the privilege now", who),
           .node = reinterpret_cast<const Node *>(stmt)});
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
    if (!OidIsValid(role)) continue;
    for (const RoleSpec *spec : Each<const RoleSpec>(stmt->grantee_roles)) {
      Oid member = get_rolespec_oid(spec, true);
      if (!OidIsValid(member) || member == role || superuser_arg(member)) continue;
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
    if (!OidIsValid(role) || !has_privs_of_role(GetUserId(), role)) return;
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
