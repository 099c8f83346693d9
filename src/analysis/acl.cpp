/*
 * See acl.h.
 */
#include "analysis/acl.h"

#include "pg/array.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

struct Privilege {
  const char *name;
  AclMode bit;
};
constexpr Privilege kPrivileges[] = {{"select", ACL_SELECT},  {"insert", ACL_INSERT}, {"update", ACL_UPDATE},
                                     {"delete", ACL_DELETE},  {"usage", ACL_USAGE},   {"execute", ACL_EXECUTE},
                                     {"connect", ACL_CONNECT}};

}  // namespace

AclMode PrivilegeBit(const char *name) {
  for (const Privilege &each : kPrivileges)
    if (Equal(name, each.name)) return each.bit;
  return 0;
}

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

bool LogsIn(Oid role) {
  HeapTuple tuple = SearchSysCache1(AUTHOID, ObjectIdGetDatum(role));
  if (!HeapTupleIsValid(tuple)) return false;
  const bool logs_in = reinterpret_cast<Form_pg_authid>(GETSTRUCT(tuple))->rolcanlogin;
  ReleaseSysCache(tuple);
  return logs_in;
}

bool IsActedAs(Oid role) {
  if (LogsIn(role) || role == ROLE_PG_DATABASE_OWNER) return true; /* the owner is a member of it, unrecorded */
  CatCList *members = SearchSysCacheList1(AUTHMEMROLEMEM, ObjectIdGetDatum(role));
  bool found = members->n_members > 0;
  ReleaseSysCacheList(members);
  if (!found)
    ForEachRoleDependent(role,
                         [&](Form_pg_shdepend form) { found = found || form->deptype == SHARED_DEPENDENCY_OWNER; });
  return found;
}

AclMode HeldBy(const AclSource &source, Oid role) {
  if (source.acl == nullptr) return 0;
  if (role == ACL_ID_PUBLIC) return Held(source.acl, role, InvalidOid);
  return HeldOtherwise(source, role, ACL_ID_PUBLIC) | Held(source.acl, ACL_ID_PUBLIC, InvalidOid);
}

bool KeepsPrivileges(const AclSource &old, const AclSource &made) {
  if (old.acl == nullptr || made.acl == nullptr) return false;
  if (!superuser_arg(old.owner) && !has_privs_of_role(old.owner, made.owner)) return false;
  const AclItem *items = ACL_DAT(old.acl);
  for (int i = 0; i < ACL_NUM(old.acl); ++i) {
    const AclMode wanted = ACLITEM_GET_PRIVS(items[i]) & kUsedByClients;
    if (items[i].ai_grantee != old.owner && (wanted & ~HeldBy(made, items[i].ai_grantee)) != 0) return false;
  }
  return true;
}

}  // namespace ddlguard
