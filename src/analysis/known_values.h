/*
 * What a condition makes of the values that a column is known to hold.
 *
 * ANALYZE keeps the most common values of a column and bounds between others.  Each of them stood in a row, so one that
 * a CHECK refuses says more than any estimate.  Nothing is read but the catalog, and no function is called that could
 * fail or take long: comparisons, lists, tests for null and lengths are all that such conditions are made of as a rule.
 */
#pragma once

#include "analysis/analysis.h"

namespace ddlguard {

/*
 * The share of the rows for which the condition is false; 0 when that is not known, also because this transaction has
 * written the table since.  condition: analysed, over one column
 * of the relation, or over the value of a domain (attnum: the column that is of the domain).
 */
double RefusedShare(const Analysis &a, Oid relation, Node *condition, AttrNumber attnum = InvalidAttrNumber);

/* "about 40 % of the rows" */
const char *ShareOfRows(double share);

/* The CHECK of a domain, analysed; null when it calls what is not there, in a script not yet. */
Node *AnalyseDomainCheck(Oid domain, const Node *raw);

}  // namespace ddlguard
