/*
 * See view_privileges.h.
 */
#include "analysis/view_privileges.h"

#include "analysis/acl.h"
#include "analysis/row_access.h"
#include "analysis/statement.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

struct ViewReads {
  Oid owner;
  Oid missing; /* first relation that the owner may not read */
};

bool MayUse(Oid relation, Oid role, AclMode needed, const Bitmapset *columns) {
  if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relation))) return true; /* dropped meanwhile */
  if (needed == 0 || pg_class_aclmask(relation, role, needed, ACLMASK_ALL) == needed) return true;
  /* Column privileges can make up for SELECT. */
  if (needed != ACL_SELECT || bms_is_empty(columns)) return false;
  int column = -1;
  while ((column = bms_next_member(columns, column)) >= 0) {
    AttrNumber attnum = column + FirstLowInvalidHeapAttributeNumber;
    if (attnum == InvalidAttrNumber || pg_attribute_aclcheck(relation, attnum, role, ACL_SELECT) != ACLCHECK_OK)
      return false;
  }
  return true;
}

void CheckRelations(const Query *query, ViewReads *reads) {
#if PG_VERSION_NUM >= 160000
  for (const RTEPermissionInfo *info : Each<const RTEPermissionInfo>(query->rteperminfos))
    if (!OidIsValid(reads->missing) && !MayUse(info->relid, reads->owner, info->requiredPerms, info->selectedCols))
      reads->missing = info->relid;
#else
  for (const RangeTblEntry *entry : Each<const RangeTblEntry>(query->rtable)) {
    if (entry->rtekind != RTE_RELATION || OidIsValid(reads->missing)) continue;
    if (!MayUse(entry->relid, reads->owner, entry->requiredPerms, entry->selectedCols)) reads->missing = entry->relid;
  }
#endif
}

bool FindUnreadable(Node *node, ViewReads *reads) {
  if (node == nullptr || OidIsValid(reads->missing)) return false;
  if (IsA(node, Query)) {
    auto query = reinterpret_cast<Query *>(node);
    CheckRelations(query, reads);
    return WalkQuery(query, FindUnreadable, reads, 0);
  }
  return WalkTree(node, FindUnreadable, reads);
}

/* A relation that the view's query reads and that role may not. */
Oid UnreadableInQuery(Oid view, Oid role) {
  Relation rel = OpenUnlocked(view);
  if (rel == nullptr) return InvalidOid;
  ViewReads reads = {role, InvalidOid};
  FindUnreadable(reinterpret_cast<Node *>(ViewQuery(rel)), &reads);
  CloseUnlocked(rel);
  return reads.missing;
}

bool ReadsAsInvoker(Oid view) {
  Relation rel = OpenUnlocked(view);
  const bool invoker = rel != nullptr && rel->rd_rel->relkind == RELKIND_VIEW && RelationHasSecurityInvoker(rel);
  CloseUnlocked(rel);
  return invoker;
}

}  // namespace

Oid UnreadableBy(Oid view, Oid role) { return ReadsAsInvoker(view) ? InvalidOid : UnreadableInQuery(view, role); }

namespace {

/* The view that a rule belongs to. */
Oid ViewOfRule(Oid rule) {
  Oid view = InvalidOid;
  ScanKeyData key;
  Relation catalog = table_open(RewriteRelationId, AccessShareLock);
  ScanKeyInit(&key, Anum_pg_rewrite_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(rule));
  SysScanDesc scan = systable_beginscan(catalog, RewriteOidIndexId, true, nullptr, 1, &key);
  if (HeapTuple tuple = systable_getnext(scan)) view = reinterpret_cast<Form_pg_rewrite>(GETSTRUCT(tuple))->ev_class;
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  return view;
}

struct InvokerFault {
  Oid role;
  Oid relation; /* invalid: there is none */
  const char *fact;
};

bool MayRead(Oid relation, Oid role) {
  const AclSource source = ReadAcl({RelationRelationId, relation, 0});
  return source.acl == nullptr || (HeldBy(source, role) & ACL_SELECT) != 0;
}

/* Why who has this role could not read the view any more as its owner can. */
InvokerFault FaultOf(Oid view, Oid role) {
  const char *who = role == ACL_ID_PUBLIC ? "PUBLIC" : GetUserNameFromId(role, true);
  if (role != ACL_ID_PUBLIC) {
    const Oid missing = UnreadableInQuery(view, role);
    if (OidIsValid(missing)) return {role, missing, Format("{} may not read {}", who, get_rel_name(missing))};
  }
  for (Oid read : RelationsServedBy(view, RELKIND_VIEW)) {
    if (role == ACL_ID_PUBLIC && !MayRead(read, role))
      return {role, read, Format("{} may not read {}", who, get_rel_name(read))};
    const RowSecurity now = ReadRowSecurity(read);
    if (!now.enabled) continue;
    for (const StoppedRole &each : StoppedRoles(read, PoliciesOf(read), now.forced))
      if (each.role == role && (each.privileges & ACL_SELECT) != 0)
        return {role, read, Format("no policy of {} is for {}", get_rel_name(read), who)};
  }
  return {role, InvalidOid, nullptr};
}

InvokerFault FirstInvokerFault(Oid view) {
  const AclSource source = ReadAcl({RelationRelationId, view, 0});
  if (source.acl == nullptr) return {InvalidOid, InvalidOid, nullptr};
  const AclItem *items = ACL_DAT(source.acl);
  for (int i = 0; i < ACL_NUM(source.acl); ++i) {
    const Oid role = items[i].ai_grantee;
    if (role == source.owner || (ACLITEM_GET_PRIVS(items[i]) & ACL_SELECT) == 0) continue;
    const InvokerFault fault = FaultOf(view, role);
    if (OidIsValid(fault.relation)) return fault;
  }
  return {InvalidOid, InvalidOid, nullptr};
}

}  // namespace

void AddUnreadableViews(Analysis &a, const Target *relation, Oid owner) {
  const AclSource now = ReadAcl({RelationRelationId, relation->oid, 0});
  if (now.acl == nullptr || owner == now.owner) return;
  const AclSource then = {owner, aclnewowner(now.acl, now.owner, owner)};
  Array<Oid> views;
  ForEachDependent(RelationRelationId, relation->oid, -1, [&](Form_pg_depend depend) {
    const Oid view = depend->classid == RewriteRelationId ? ViewOfRule(depend->objid) : InvalidOid;
    if (OidIsValid(view) && view != relation->oid && !views.Contains(view)) views.Add(view);
  });
  for (Oid oid : views) {
    const Target *view = a.Look(oid);
    if (view == nullptr || view->relkind != RELKIND_VIEW) continue;
    if ((HeldBy(now, view->owner) & ~HeldBy(then, view->owner) & ACL_SELECT) == 0 || ReadsAsInvoker(oid)) continue;
    AddMendable(a,
                {.why = Why::owner_change_breaks_view,
                 .target = view,
                 .other = relation,
                 .fact = Format("{} may not read {} then", GetUserNameFromId(view->owner, true), relation->name)},
                {.object = {RelationRelationId, oid, 0}});
  }
}

bool InvokersMayRead(Oid view) { return !OidIsValid(FirstInvokerFault(view).relation); }

void AddInvokerFault(Analysis &a, const Target *view, LOCKMODE lock) {
  if (ReadsAsInvoker(view->oid)) return;
  const InvokerFault fault = FirstInvokerFault(view->oid);
  if (!OidIsValid(fault.relation)) return;
  AddMendable(a,
              {.why = Why::security_invoker_breaks_view,
               .target = view,
               .lock = lock,
               .other = a.Look(fault.relation),
               .fact = fault.fact},
              {.object = {RelationRelationId, view->oid, 0}, .grantee = fault.role});
}

}  // namespace ddlguard
