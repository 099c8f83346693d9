/*
 * Which relations a statement changes for others, as observe/aftermath.h keeps it.
 */
#pragma once

#include "analysis/analysis.h"
#include "observe/aftermath.h"

namespace ddlguard {

/* Of relations with rows, or that others depend on; before the statement runs.  In the current memory context. */
Array<Change *> ChangesOf(const Analysis &a, const Node *statement);

/* The statement leaves relations and columns under their names: unless another one follows, there is nothing to look
 * at in the end. */
bool LeavesNames(const Node *statement);

/* What has become of the relation and its columns; just before the transaction commits. */
void LookAtResult(Change &change);

}  // namespace ddlguard
