/*
 * Who holds which privileges on an object, from its access control list.
 */
#pragma once

#include "pg/array.h"

namespace ddlguard {

/* The privileges that running code uses; the others matter to those who change the schema. */
constexpr AclMode kUsedByClients =
    ACL_SELECT | ACL_INSERT | ACL_UPDATE | ACL_DELETE | ACL_EXECUTE | ACL_USAGE | ACL_CONNECT;

/* By its name in lower case; 0 for those that running code does not use. */
AclMode PrivilegeBit(const char *name);

struct AclSource {
  Oid owner = InvalidOid;
  const Acl *acl = nullptr; /* null: an object without one, or gone */
};

/* Allocated in the current context. */
AclSource ReadAcl(const ObjectAddress &object);

/* What the list itself gives to the grantee; grantor invalid: by anybody. */
AclMode Held(const Acl *acl, Oid grantee, Oid grantor);

/* What a role other than PUBLIC has by any way but by the items of one grantee. */
AclMode HeldOtherwise(const AclSource &source, Oid role, Oid grantee);

/* Can anybody connect as the role? */
bool LogsIn(Oid role);

/* Does anybody act as the role: who connects as it, its members, who uses what it owns (views, functions)? */
bool IsActedAs(Oid role);

/* What a role, or PUBLIC, has by any way; of what is gone nothing. */
AclMode HeldBy(const AclSource &source, Oid role);

/* Does everybody who may use the old object have the same privileges on the new one? */
bool KeepsPrivileges(const AclSource &old, const AclSource &made);

}  // namespace ddlguard
