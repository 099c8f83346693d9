/*
 * CREATE [OR REPLACE] VIEW.
 *
 * PostgreSQL itself refuses to take columns away, to rename or to retype them.  Which rows the view shows
 * and what it computes may change in any way.  That is compared where both queries read one table and do
 * no more than choose and compute (view_query.cpp); of others nothing is said, since analysing a query
 * would lock what it reads.  What can be written through the view: view_replace.cpp.
 */
#include "analysis/objects.h"
#include "analysis/row_access.h"
#include "analysis/statement.h"
#include "analysis/view_privileges.h"
#include "analysis/view_query.h"
#include "analysis/view_writes.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

/* Views read as their owner, unless told otherwise. */
bool ReadsAsInvoker(const ViewStmt *stmt) { return OptionIsOn(stmt->options, "security_invoker"); }

}  // namespace

void AnalyzeView(Analysis &a, const ViewStmt *stmt) {
  Oid owner = GetUserId();
  const NewName name = LookUpNewName(a, stmt->view);
  if (name.taken && !stmt->replace) return;
  if (name.taken && OidIsValid(name.oid)) {
    const Target *view = Owned(a, stmt->view, AccessExclusiveLock);
    if (view == nullptr || view->relkind != RELKIND_VIEW) return;
    owner = view->owner;
    a.Add({.why = view->Live() ? Why::replace_view_lock : Why::lock_only, .target = view, .lock = AccessExclusiveLock});
    if (view->Live() && ShowsOtherRows(a, view->oid, stmt))
      a.Add({.why = Why::replace_view_rows, .target = view, .lock = AccessExclusiveLock});
    if (ReadsAsInvoker(stmt)) AddInvokerFault(a, view, AccessExclusiveLock);
    if (!view->fresh) AnalyzeReplacedWrites(a, view, stmt);
  }
  if (name.temporary || stmt->view->relpersistence == RELPERSISTENCE_TEMP || ReadsAsInvoker(stmt)) return;
  for (const Target *table : RelationsNamed(a, stmt->query)) {
    const RowSecurity now = ReadRowSecurity(table->oid);
    if (now.enabled && PassesRowSecurity(owner, table->owner, now.forced))
      a.Add({.why = Why::security_definer_view,
             .target = table,
             .column = stmt->view->relname,
             .node = reinterpret_cast<const Node *>(stmt)});
  }
}

}  // namespace ddlguard
