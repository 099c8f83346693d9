/*
 * Row level security and its policies.
 *
 * Rows are hidden from the moment that row security is on and no permissive policy lets them through;
 * they are open again from the moment that it is off.  Expressions of policies are judged as written:
 * analysing one that reads other tables would lock these.
 */
#include "analysis/drop_effects.h"
#include "analysis/objects.h"
#include "analysis/row_access.h"
#include "pg/catalog.h"
#include "pg/expression.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

/* Whoever is stopped from now on, and was not before; a later statement may make the policy for him. */
void AddStopped(Analysis &a, const Target *table, const char *policy, const Array<StoppedRole> &before,
                const Array<StoppedRole> &after, LOCKMODE lock) {
  for (const StoppedRole &each : NewlyStopped(before, after))
    if (AddMendable(
            a,
            {.why = Why::row_security_stops_role,
             .target = table,
             .lock = lock,
             .column = policy,
             .fact = DescribeStopped(each),
             .below = NoLock},
            {.object = {RelationRelationId, table->oid, 0}, .grantee = each.role, .privileges = each.privileges}))
      return;
}

bool HasColumn(Node *node, bool *found) {
  if (node == nullptr) return false;
  if (IsA(node, ColumnRef)) return *found = true;
  return WalkRawTree(node, HasColumn, found);
}

/* Could the call be one of an immutable function? */
bool MayBeImmutable(const FuncCall *call) {
  FuncCandidateList candidates = FunctionCandidates(call->funcname, list_length(call->args), false);
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

/* The table where the policy can be made or altered; null: it cannot. */
const Target *TableOfPolicy(Analysis &a, const RangeVar *name) {
  const Target *table = Owned(a, name, AccessExclusiveLock);
  return table == nullptr ? nullptr : a.Look(table->oid, table->IsPartitioned());
}

void AddPolicy(Analysis &a, const Target *table, const Policy &policy) {
  a.Add({.why = Why::policy_ddl_lock,
         .target = table,
         .lock = AccessExclusiveLock,
         .column = policy.name,
         .below = NoLock});
  if (policy.restrictive && ReadRowSecurity(table->oid).enabled)
    a.Add({.why = Why::restrictive_policy,
           .target = table,
           .lock = AccessExclusiveLock,
           .column = policy.name,
           .below = NoLock});
  const FuncCall *call = nullptr;
  for (const Node *expression : {policy.qual, policy.check})
    if (expression != nullptr && call == nullptr) FindCallPerRow(const_cast<Node *>(expression), &call);
  if (call != nullptr)
    a.Add({.why = Why::rls_policy_per_row_function,
           .target = table,
           .lock = AccessExclusiveLock,
           .column = policy.name,
           .fact = NameListToString(call->funcname),
           .below = NoLock});
}

}  // namespace

void AnalyzeCreatePolicy(Analysis &a, const CreatePolicyStmt *stmt) {
  const Target *table = TableOfPolicy(a, stmt->table);
  if (table == nullptr) return;
  AddPolicy(a, table, {stmt->policy_name, stmt->qual, stmt->with_check, !stmt->permissive});
  bool enabled = ReadRowSecurity(table->oid).enabled;
  for (const ScriptRowSecurity &said : a.ledger.row_security)
    if (said.relation == table->oid) enabled = said.enabled;
  if (!enabled)
    AddMendable(a,
                {.why = Why::policy_without_rls,
                 .target = table,
                 .lock = AccessExclusiveLock,
                 .column = stmt->policy_name,
                 .below = NoLock},
                {.object = {RelationRelationId, table->oid, 0}});
}

namespace {

/* To no row, or from every row to some, unless another policy lets all of them through.  policy null: not known. */
bool Narrows(const Array<TablePolicy> &policies, const TablePolicy *policy, const AlterPolicyStmt *stmt) {
  if (IsBooleanLiteral(stmt->qual, false) || IsBooleanLiteral(stmt->with_check, false)) return true;
  if (policy == nullptr) return false;
  const PolicyTest new_rows = policy->new_rows == PolicyTest::missing ? policy->rows : policy->new_rows;
  const bool fewer = stmt->qual != nullptr && policy->rows == PolicyTest::always && !IsBooleanLiteral(stmt->qual, true);
  const bool fewer_new =
      stmt->with_check != nullptr && new_rows == PolicyTest::always && !IsBooleanLiteral(stmt->with_check, true);
  if (!fewer && !fewer_new) return false;
  for (const TablePolicy &other : policies)
    if (other.oid != policy->oid && other.permissive && policy->permissive && other.command == '*' &&
        other.rows == PolicyTest::always && other.new_rows != PolicyTest::depends &&
        other.new_rows != PolicyTest::never && other.roles.Contains(ACL_ID_PUBLIC))
      return false;
  return true;
}

}  // namespace

void AnalyzeAlterPolicy(Analysis &a, const AlterPolicyStmt *stmt) {
  const Target *table = TableOfPolicy(a, stmt->table);
  if (table == nullptr) return;
  Array<TablePolicy> policies = PoliciesOf(table->oid);
  TablePolicy *altered = nullptr;
  for (TablePolicy &each : policies)
    if (Equal(each.name, stmt->policy_name)) altered = &each;
  AddPolicy(a, table, {stmt->policy_name, stmt->qual, stmt->with_check, Narrows(policies, altered, stmt)});
  const RowSecurity now = ReadRowSecurity(table->oid);
  if (altered == nullptr || stmt->roles == NIL || !now.enabled) return;
  const Array<StoppedRole> before = StoppedRoles(table->oid, policies, now.forced);
  altered->roles = {};
  for (const RoleSpec *spec : Each<const RoleSpec>(stmt->roles))
    altered->roles.Add(spec->roletype == ROLESPEC_PUBLIC ? ACL_ID_PUBLIC : get_rolespec_oid(spec, true));
  AddStopped(a, table, stmt->policy_name, before, StoppedRoles(table->oid, policies, now.forced), AccessExclusiveLock);
}

/* Of the last permissive policy: with row security on, nobody but the owner sees a row. */
void AnalyzeDropPolicy(Analysis &a, const Target *table, Oid policy, const char *name) {
  a.Add({.why = Why::policy_ddl_lock, .target = table, .lock = AccessExclusiveLock, .column = name, .below = NoLock});
  const RowSecurity now = ReadRowSecurity(table->oid);
  if (!now.enabled) return;
  const Array<TablePolicy> with = PoliciesOf(table->oid);
  Array<TablePolicy> without;
  for (const TablePolicy &each : with)
    if (each.oid != policy) without.Add(each);
  if (HasPermissivePolicy(with) && !HasPermissivePolicy(without))
    AddMendable(a,
                {.why = Why::rls_enable_without_policy,
                 .target = table,
                 .lock = AccessExclusiveLock,
                 .fact = Format("{} is its last permissive policy", name),
                 .below = NoLock},
                {.object = {RelationRelationId, table->oid, 0}});
  else
    AddStopped(a, table, name, StoppedRoles(table->oid, with, now.forced),
               StoppedRoles(table->oid, without, now.forced), AccessExclusiveLock);
}

/* ENABLE, DISABLE, FORCE and NO FORCE ROW LEVEL SECURITY. */
void AnalyzeRowSecurity(Analysis &a, const Target *table, const AlterTableCmd *cmd, LOCKMODE lock) {
  const RowSecurity now = ReadRowSecurity(table->oid);
  Why why = Why::lock_only;
  if (cmd->subtype == AT_EnableRowSecurity) {
    const bool made = a.ledger.ObjectAdded(PolicyRelationId, table->schema, table->name);
    const Array<TablePolicy> policies = PoliciesOf(table->oid);
    if (!now.enabled && !made && !HasPermissivePolicy(policies)) why = Why::rls_enable_without_policy;
    else if (!now.enabled && !made)
      AddStopped(a, table, nullptr, {}, StoppedRoles(table->oid, policies, now.forced), lock);
  } else if (cmd->subtype == AT_ForceRowSecurity) {
    const Array<TablePolicy> policies = PoliciesOf(table->oid);
    if (now.enabled && !now.forced)
      AddStopped(a, table, nullptr, StoppedRoles(table->oid, policies, false), StoppedRoles(table->oid, policies, true),
                 lock);
  } else if (cmd->subtype == AT_DisableRowSecurity) {
    if (now.enabled) why = Why::rls_disable;
  } else if (cmd->subtype == AT_NoForceRowSecurity) {
    if (now.enabled && now.forced) why = Why::rls_disable;
  }
  AddMendable(a, {.why = why, .target = table, .lock = lock, .below = NoLock},
              {.object = {RelationRelationId, table->oid, 0}});
}

}  // namespace ddlguard
