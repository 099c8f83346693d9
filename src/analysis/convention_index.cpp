/*
 * Conventions about indexes: what CREATE INDEX says, whatever the table holds.
 */
#include "analysis/analysis.h"

namespace ddlguard {

void AddIndexConventions(Analysis &a, const Target *table, const IndexStmt *stmt) {
  if (a.conventions.Empty()) return;
  auto add = [&](Why why, Measured measured) {
    if (!a.Wants(why)) return;
    a.Add({.why = why,
           .target = table,
           .column = stmt->idxname,
           .node = reinterpret_cast<const Node *>(stmt),
           .measured = measured});
  };
  if (!stmt->unique) add(Why::index_too_many_columns, {.amount = static_cast<double>(list_length(stmt->indexParams))});
  add(Why::disallowed_index_method, {.value = stmt->accessMethod});
  if (stmt->idxname == nullptr) add(Why::index_without_name, {});
}

}  // namespace ddlguard
