/*
 * See view_privileges.h.
 */
#include "analysis/view_privileges.h"

#include "analysis/acl.h"
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

}  // namespace

Oid UnreadableBy(Oid view, Oid role) {
  Relation rel = OpenUnlocked(view);
  if (rel == nullptr) return InvalidOid;
  ViewReads reads = {role, InvalidOid};
  if (!(rel->rd_rel->relkind == RELKIND_VIEW && RelationHasSecurityInvoker(rel)))
    FindUnreadable(reinterpret_cast<Node *>(ViewQuery(rel)), &reads);
  CloseUnlocked(rel);
  return reads.missing;
}

bool PassesRowSecurity(const Target *table, Oid role) {
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table->oid));
  if (!HeapTupleIsValid(tuple)) return false;
  auto form = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
  const bool enabled = form->relrowsecurity, forced = form->relforcerowsecurity;
  ReleaseSysCache(tuple);
  return enabled && (has_bypassrls_privilege(role) || (!forced && has_privs_of_role(role, table->owner)));
}

namespace {

bool ReadsAsInvoker(Oid view) {
  Relation rel = OpenUnlocked(view);
  const bool invoker = rel != nullptr && rel->rd_rel->relkind == RELKIND_VIEW && RelationHasSecurityInvoker(rel);
  CloseUnlocked(rel);
  return invoker;
}

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

/* Why who has this role could not read the view any more as its owner can; null: he could, or it is not known. */
const char *InvokerFault(Analysis &a, const Target *view, Oid role) {
  if (role != ACL_ID_PUBLIC) {
    const Oid missing = UnreadableBy(view->oid, role);
    if (OidIsValid(missing)) return Format("{} may not read {}", GetUserNameFromId(role, true), get_rel_name(missing));
  }
  for (Oid read : RelationsServedBy(view->oid, RELKIND_VIEW)) {
    const Target *table = a.Look(read);
    if (table == nullptr || !PassesRowSecurity(table, view->owner)) continue;
    if (role != ACL_ID_PUBLIC && PassesRowSecurity(table, role)) continue;
    return Format("{} is under the row security of {}",
                  role == ACL_ID_PUBLIC ? "PUBLIC" : GetUserNameFromId(role, true), table->name);
  }
  return nullptr;
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
    if (view == nullptr || ReadsAsInvoker(oid)) continue;
    if ((HeldBy(now, view->owner) & ~HeldBy(then, view->owner) & ACL_SELECT) == 0) continue;
    AddMendable(a,
                {.why = Why::owner_change_breaks_view,
                 .target = view,
                 .other = relation,
                 .fact = Format("{} may not read {} then", GetUserNameFromId(view->owner, true), relation->name)},
                {.object = {RelationRelationId, oid, 0}});
  }
}

void AddInvokerFault(Analysis &a, const Target *view, LOCKMODE lock) {
  const AclSource source = ReadAcl({RelationRelationId, view->oid, 0});
  if (source.acl == nullptr || ReadsAsInvoker(view->oid)) return;
  const AclItem *items = ACL_DAT(source.acl);
  for (int i = 0; i < ACL_NUM(source.acl); ++i) {
    const Oid role = items[i].ai_grantee;
    if (role == source.owner || (ACLITEM_GET_PRIVS(items[i]) & ACL_SELECT) == 0) continue;
    const char *fault = InvokerFault(a, view, role);
    if (fault == nullptr) continue;
    a.Add({.why = Why::security_invoker_breaks_view, .target = view, .lock = lock, .fact = fault});
    return;
  }
}

}  // namespace ddlguard
