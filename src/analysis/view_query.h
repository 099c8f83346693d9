/*
 * The query of a view that is replaced, against the one that it has.
 */
#pragma once

#include "analysis/analysis.h"

namespace ddlguard {

/* Would readers of the columns that the view has now get other rows or other values?  False also when that
 * cannot be told. */
bool ShowsOtherRows(Analysis &a, Oid view, const ViewStmt *stmt);

}  // namespace ddlguard
