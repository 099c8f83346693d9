/*
 * See row_access.h.
 *
 * Owners (unless row security is forced), superusers and BYPASSRLS pass.  For which rows a policy is, and whether it is
 * good for an UPDATE without one for SELECT, is not asked.
 */
#include "analysis/row_access.h"

#include "analysis/acl.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

struct Command {
  AclMode privilege;
  char command; /* pg_policy.polcmd */
  const char *name;
};
constexpr Command kCommands[] = {{ACL_SELECT, ACL_SELECT_CHR, "SELECT"},
                                 {ACL_INSERT, ACL_INSERT_CHR, "INSERT"},
                                 {ACL_UPDATE, ACL_UPDATE_CHR, "UPDATE"},
                                 {ACL_DELETE, ACL_DELETE_CHR, "DELETE"}};

PolicyTest ReadTest(Relation catalog, HeapTuple tuple, AttrNumber column) {
  bool isnull;
  const Datum stored = heap_getattr(tuple, column, RelationGetDescr(catalog), &isnull);
  if (isnull) return PolicyTest::missing;
  auto *test = static_cast<const Node *>(stringToNode(TextDatumGetCString(stored)));
  if (!IsA(test, Const)) return PolicyTest::depends;
  auto *constant = reinterpret_cast<const Const *>(test);
  return !constant->constisnull && DatumGetBool(constant->constvalue) ? PolicyTest::always : PolicyTest::never;
}

Array<Oid> ReadRoles(Relation catalog, HeapTuple tuple) {
  bool isnull;
  const Datum stored = heap_getattr(tuple, Anum_pg_policy_polroles, RelationGetDescr(catalog), &isnull);
  Array<Oid> roles;
  if (isnull) return roles;
  const ArrayType *array = DatumGetArrayTypeP(stored);
  auto *oids = reinterpret_cast<const Oid *>(ARR_DATA_PTR(array));
  for (int i = 0; i < ARR_DIMS(array)[0]; ++i) roles.Add(oids[i]);
  return roles;
}

bool IsFor(const TablePolicy &policy, Oid role) {
  for (Oid each : policy.roles)
    if (each == ACL_ID_PUBLIC || (role != ACL_ID_PUBLIC && has_privs_of_role(role, each))) return true;
  return false;
}

bool LetsThrough(const TablePolicy &policy, char command) {
  if (!policy.permissive || (policy.command != '*' && policy.command != command)) return false;
  const bool checks = command == ACL_INSERT_CHR && policy.new_rows != PolicyTest::missing;
  const PolicyTest test = checks ? policy.new_rows : policy.rows;
  return test == PolicyTest::always || test == PolicyTest::depends;
}

bool IsServed(const Array<TablePolicy> &policies, Oid role, char command) {
  for (const TablePolicy &policy : policies)
    if (LetsThrough(policy, command) && IsFor(policy, role)) return true;
  return false;
}

/* A group that nobody can connect as: what counts is who is in it.  Who does not inherit it becomes it by SET ROLE. */
Array<Oid> Actors(Oid role) {
  Array<Oid> members, actors;
  if (role != ACL_ID_PUBLIC && !LogsIn(role)) {
    CatCList *rows = SearchSysCacheList1(AUTHMEMROLEMEM, ObjectIdGetDatum(role));
    for (int i = 0; i < rows->n_members; ++i)
      members.Add(reinterpret_cast<Form_pg_auth_members>(GETSTRUCT(&rows->members[i]->tuple))->member);
    ReleaseSysCacheList(rows);
  }
  for (Oid member : members) {
    const Oid actor = has_privs_of_role(member, role) ? member : role;
    if (!actors.Contains(actor)) actors.Add(actor);
  }
  if (actors.Empty()) actors.Add(role);
  return actors;
}

}  // namespace

RowSecurity ReadRowSecurity(Oid table) {
  RowSecurity found;
  HeapTuple relation = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
  if (!HeapTupleIsValid(relation)) return found;
  auto form = reinterpret_cast<Form_pg_class>(GETSTRUCT(relation));
  found.enabled = form->relrowsecurity;
  found.forced = form->relforcerowsecurity;
  ReleaseSysCache(relation);
  return found;
}

bool PassesRowSecurity(Oid role, Oid owner, bool forced) {
  return has_bypassrls_privilege(role) || (!forced && has_privs_of_role(role, owner));
}

Array<TablePolicy> PoliciesOf(Oid table) {
  Array<TablePolicy> policies;
  Relation catalog = table_open(PolicyRelationId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_policy_polrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(table));
  SysScanDesc scan = systable_beginscan(catalog, PolicyPolrelidPolnameIndexId, true, nullptr, 1, &key);
  while (HeapTuple tuple = systable_getnext(scan)) {
    auto form = reinterpret_cast<Form_pg_policy>(GETSTRUCT(tuple));
    policies.Add({form->oid, pstrdup(NameStr(form->polname)), form->polcmd, form->polpermissive,
                  ReadTest(catalog, tuple, Anum_pg_policy_polqual),
                  ReadTest(catalog, tuple, Anum_pg_policy_polwithcheck), ReadRoles(catalog, tuple)});
  }
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  return policies;
}

bool LetsReadersThrough(const TablePolicy &policy) { return LetsThrough(policy, ACL_SELECT_CHR); }

bool HasPermissivePolicy(const Array<TablePolicy> &policies) {
  for (const TablePolicy &policy : policies)
    if (LetsReadersThrough(policy)) return true;
  return false;
}

Array<StoppedRole> StoppedRoles(Oid table, const Array<TablePolicy> &policies, bool forced) {
  Array<StoppedRole> stopped;
  const AclSource source = ReadAcl({RelationRelationId, table, 0});
  if (source.acl == nullptr) return stopped;
  const AclItem *items = ACL_DAT(source.acl);
  for (int i = 0; i < ACL_NUM(source.acl); ++i) {
    const Oid role = items[i].ai_grantee;
    AclMode without = 0;
    for (Oid actor : Actors(role)) {
      if (actor != ACL_ID_PUBLIC && PassesRowSecurity(actor, source.owner, forced)) continue;
      for (const Command &each : kCommands)
        if ((ACLITEM_GET_PRIVS(items[i]) & each.privilege) != 0 && !IsServed(policies, actor, each.command))
          without |= each.privilege;
    }
    if (without != 0) stopped.Add({role, without});
  }
  return stopped;
}

Array<StoppedRole> NewlyStopped(const Array<StoppedRole> &before, const Array<StoppedRole> &after) {
  Array<StoppedRole> newly;
  for (StoppedRole each : after) {
    for (const StoppedRole &old : before)
      if (old.role == each.role) each.privileges &= ~old.privileges;
    if (each.privileges != 0) newly.Add(each);
  }
  return newly;
}

const char *DescribeStopped(const StoppedRole &stopped) {
  const char *what = nullptr;
  for (const Command &each : kCommands)
    if ((stopped.privileges & each.privilege) != 0)
      what = what == nullptr ? each.name : Format("{}, {}", what, each.name);
  const char *who = stopped.role == ACL_ID_PUBLIC ? "PUBLIC" : GetUserNameFromId(stopped.role, true);
  return Format("{} may {}, and no policy is for that", who, what);
}

}  // namespace ddlguard
