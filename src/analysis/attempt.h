/*
 * Analysis that may fail.
 *
 * Analysing an expression can raise what PostgreSQL would raise for the statement itself: an unknown
 * function, a bad literal.  PostgreSQL should be the one to say it, in its own words and order, and a
 * script should go on with its next statement.  So the analysis runs in a subtransaction of its own, but for
 * plain changes of a table (ReadsCatalogOnly()), of which a subtransaction would be a fifth of the cost.
 */
#pragma once

#include "analysis/analysis.h"

namespace ddlguard {

/* All but cancellation, timeouts, shutdown, deadlocks, failures to serialize and want of resources. */
bool IsOursToCatch(int sqlstate);

/* Calls run(context).  Returns null, or the message of the error that it raised; errors that are not to be caught
 * are raised on. */
const char *Attempt(void (*run)(void *context), void *context, bool (*catches)(int sqlstate) = IsOursToCatch);

/*
 * Calls analyse(a, statement).  Returns null, or the message of the error that it raised; a then has
 * no effects.
 */
const char *AttemptAnalysis(Analysis &a, const Node *statement, void (*analyse)(Analysis &, const Node *));

}  // namespace ddlguard
