/*
 * The policies of a table, and whom row security stops: who has a privilege on the table, but no permissive policy
 * by which he could use it.
 */
#pragma once

#include "pg/array.h"

namespace ddlguard {

/* An expression of a policy, as far as that can be told without running it. */
enum class PolicyTest { missing, always, never, depends };

struct TablePolicy {
  Oid oid = InvalidOid;
  const char *name = nullptr;
  char command = '*'; /* pg_policy.polcmd */
  bool permissive = true;
  PolicyTest rows = PolicyTest::missing;     /* USING */
  PolicyTest new_rows = PolicyTest::missing; /* WITH CHECK */
  Array<Oid> roles;                          /* with ACL_ID_PUBLIC: everybody */
};

struct RowSecurity {
  bool enabled = false;
  bool forced = false;
};

/* Of a table that is gone: neither. */
RowSecurity ReadRowSecurity(Oid table);

/* Does row security not apply to this role?  owner: the table's; forced: it applies to him, too. */
bool PassesRowSecurity(Oid role, Oid owner, bool forced);

Array<TablePolicy> PoliciesOf(Oid table);

/* Does it let anybody see rows? */
bool LetsReadersThrough(const TablePolicy &policy);

bool HasPermissivePolicy(const Array<TablePolicy> &policies);

struct StoppedRole {
  Oid role; /* ACL_ID_PUBLIC: whoever has the privilege as a member of PUBLIC */
  AclMode privileges;
};

/* Whom these policies would stop, if row security were on; forced: the owner, too. */
Array<StoppedRole> StoppedRoles(Oid table, const Array<TablePolicy> &policies, bool forced);

/* Those who are stopped after, but not before. */
Array<StoppedRole> NewlyStopped(const Array<StoppedRole> &before, const Array<StoppedRole> &after);

/* "app may INSERT, UPDATE, and no policy is for that" */
const char *DescribeStopped(const StoppedRole &stopped);

}  // namespace ddlguard
