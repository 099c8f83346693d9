/*
 * The second look: what the names of an allowed statement mean under the lock that it takes.
 *
 * Names are resolved without a lock, so between judgement and PostgreSQL's own lock a table could be renamed or
 * replaced.  So the locks that stop others (runtime/wait.h), and the one that PostgreSQL will take first, are
 * taken here, and the names are asked again under them: when one means another relation now, or a lock had to be
 * waited for, the statement is judged anew.
 */
#pragma once

#include "analysis/analysis.h"
#include "hooks/hooks.h"
#include "pg/text.h"

namespace ddlguard {

/* held: nothing was locked that was not before; changed: a name means another relation now. */
enum class SecondLook { held, locked, waited, changed };

/* Takes the locks that PostgreSQL will take, and asks the names again.  changed: a name means another relation
 * now; the locks have been given back.  Raises an error when they cannot be had, or when policy refuses what is
 * found out about who is in the way; used: see RefuseRejected(); heard: SharedInvalidMessageCounter before the names
 * were resolved, since without news they still mean the same. */
SecondLook LookAgain(const Analysis &a, const Node *statement, const Source &source, const Approval *used,
                     uint64 heard);

/* The same after the statement has run: a relation made earlier in the search path between our look and
 * PostgreSQL's would have been hit instead of the one that was judged.  DG005 then. */
void RefuseOtherNames(const Analysis &a, const Node *statement, const Source &source);

}  // namespace ddlguard
