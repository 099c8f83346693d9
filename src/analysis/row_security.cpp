/*
 * Row level security and its policies.
 *
 * Rows are hidden from the moment that row security is on and no permissive policy lets them through;
 * they are open again from the moment that it is off.  Expressions of policies are judged as written:
 * analysing one that reads other tables would lock these.
 */
#include "analysis/drop_effects.h"
#include "analysis/objects.h"
#include "pg/catalog.h"
#include "pg/expression.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

struct RowSecurity {
  bool enabled = false;
  bool forced = false;
  int permissive = 0; /* policies that let readers see rows */
};

/* except: a policy that does not count. */
RowSecurity ReadRowSecurity(Oid table, Oid except = InvalidOid) {
  RowSecurity found;
  HeapTuple relation = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
  if (!HeapTupleIsValid(relation)) return found;
  auto form = reinterpret_cast<Form_pg_class>(GETSTRUCT(relation));
  found.enabled = form->relrowsecurity;
  found.forced = form->relforcerowsecurity;
  ReleaseSysCache(relation);

  Relation catalog = table_open(PolicyRelationId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_policy_polrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(table));
  SysScanDesc scan = systable_beginscan(catalog, PolicyPolrelidPolnameIndexId, true, nullptr, 1, &key);
  while (HeapTuple tuple = systable_getnext(scan)) {
    auto policy = reinterpret_cast<Form_pg_policy>(GETSTRUCT(tuple));
    if (policy->oid != except && LetsReadersThrough(catalog, tuple)) ++found.permissive;
  }
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  return found;
}

bool HasColumn(Node *node, bool *found) {
  if (node == nullptr) return false;
  if (IsA(node, ColumnRef)) return *found = true;
  return WalkRawTree(node, HasColumn, found);
}

/* Could the call be one of an immutable function? */
bool MayBeImmutable(const FuncCall *call) {
#if PG_VERSION_NUM >= 190000
  int flags;
  FuncCandidateList candidates =
      FuncnameGetCandidates(call->funcname, list_length(call->args), NIL, false, true, false, true, &flags);
#else
  FuncCandidateList candidates =
      FuncnameGetCandidates(call->funcname, list_length(call->args), NIL, false, true, false, true);
#endif
  if (candidates == nullptr) return true;
  for (; candidates != nullptr; candidates = candidates->next)
    if (func_volatile(candidates->oid) == PROVOLATILE_IMMUTABLE) return true;
  return false;
}

/*
 * A call that gives the same for every row but is made for each: not immutable, without columns in
 * its arguments, and not in a sub-select, which is computed once.
 */
bool FindCallPerRow(Node *node, const FuncCall **found) {
  if (node == nullptr || IsA(node, SubLink)) return false;
  if (IsA(node, FuncCall)) {
    auto *call = reinterpret_cast<FuncCall *>(node);
    bool column = false;
    HasColumn(reinterpret_cast<Node *>(call->args), &column);
    if (!column && !MayBeImmutable(call)) {
      *found = call;
      return true;
    }
  }
  return WalkRawTree(node, FindCallPerRow, found);
}

struct Policy {
  const char *name;
  const Node *qual;
  const Node *check;
  bool restrictive; /* it may take rows away from running code */
};

/* The table when the policy can be made or altered; null otherwise. */
const Target *AddPolicy(Analysis &a, const RangeVar *name, const Policy &policy) {
  const Target *table = Owned(a, name, AccessExclusiveLock);
  if (table == nullptr) return nullptr;
  table = a.Look(table->oid, table->IsPartitioned());
  a.Add({.why = Why::policy_ddl_lock, .target = table, .lock = AccessExclusiveLock, .column = policy.name});
  if (policy.restrictive && ReadRowSecurity(table->oid).enabled)
    a.Add({.why = Why::restrictive_policy, .target = table, .lock = AccessExclusiveLock, .column = policy.name});
  const FuncCall *call = nullptr;
  for (const Node *expression : {policy.qual, policy.check})
    if (expression != nullptr && call == nullptr) FindCallPerRow(const_cast<Node *>(expression), &call);
  if (call != nullptr)
    a.Add({.why = Why::rls_policy_per_row_function,
           .target = table,
           .lock = AccessExclusiveLock,
           .column = policy.name,
           .fact = NameListToString(call->funcname)});
  return table;
}

}  // namespace

void AnalyzeCreatePolicy(Analysis &a, const CreatePolicyStmt *stmt) {
  const Target *table = AddPolicy(a, stmt->table, {stmt->policy_name, stmt->qual, stmt->with_check, !stmt->permissive});
  if (table == nullptr) return;
  bool enabled = ReadRowSecurity(table->oid).enabled;
  for (const ScriptRowSecurity &said : a.ledger.row_security)
    if (said.relation == table->oid) enabled = said.enabled;
  if (!enabled)
    AddMendable(
        a, {.why = Why::policy_without_rls, .target = table, .lock = AccessExclusiveLock, .column = stmt->policy_name},
        {.object = {RelationRelationId, table->oid, 0}});
}

void AnalyzeAlterPolicy(Analysis &a, const AlterPolicyStmt *stmt) {
  AddPolicy(a, stmt->table,
            {stmt->policy_name, stmt->qual, stmt->with_check,
             IsBooleanLiteral(stmt->qual, false) || IsBooleanLiteral(stmt->with_check, false)});
}

/* The last permissive policy: with row security on, nobody but the owner sees a row. */
void AnalyzeDropPolicy(Analysis &a, const Target *table, Oid policy, const char *name) {
  const RowSecurity with = ReadRowSecurity(table->oid);
  const RowSecurity without = ReadRowSecurity(table->oid, policy);
  a.Add({.why = Why::policy_ddl_lock, .target = table, .lock = AccessExclusiveLock, .column = name});
  if (with.enabled && with.permissive > 0 && without.permissive == 0)
    AddMendable(a,
                {.why = Why::rls_enable_without_policy,
                 .target = table,
                 .lock = AccessExclusiveLock,
                 .fact = Format("{} is its last permissive policy", name)},
                {.object = {RelationRelationId, table->oid, 0}});
}

/* ENABLE, DISABLE, FORCE and NO FORCE ROW LEVEL SECURITY. */
void AnalyzeRowSecurity(Analysis &a, const Target *table, const AlterTableCmd *cmd, LOCKMODE lock) {
  const RowSecurity now = ReadRowSecurity(table->oid);
  Why why = Why::lock_only;
  if (cmd->subtype == AT_EnableRowSecurity) {
    const bool has_policy = now.permissive > 0 || a.ledger.ObjectAdded(PolicyRelationId, table->schema, table->name);
    if (!now.enabled && !has_policy) why = Why::rls_enable_without_policy;
  } else if (cmd->subtype == AT_DisableRowSecurity) {
    if (now.enabled) why = Why::rls_disable;
  } else if (cmd->subtype == AT_NoForceRowSecurity) {
    if (now.enabled && now.forced) why = Why::rls_disable;
  }
  AddMendable(a, {.why = why, .target = table, .lock = lock}, {.object = {RelationRelationId, table->oid, 0}});
}

}  // namespace ddlguard
