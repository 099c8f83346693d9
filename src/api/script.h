/*
 * A script under check(): parsed, analysed statement by statement with a ledger, nothing executed.
 */
#pragma once

#include "analysis/analysis.h"

namespace ddlguard {

struct ScriptStatement {
  int number;          /* from 1 */
  int line;            /* where it starts, from 1 */
  const char *text;    /* its source, trimmed */
  const char *failure; /* why it could not be analysed; null when it was */
};

/* Receives each statement with its analysis (which is empty when it failed). */
using ScriptVisitor = void (*)(const ScriptStatement &statement, const Analysis &a, void *context);

/*
 * Analyses the script.  BEGIN and COMMIT are respected: locks taken in a block are held to its end,
 * and what a ROLLBACK takes back is forgotten.  A syntax error is raised with its line.
 */
void AnalyzeScript(const char *sql, ScriptVisitor visit, void *context);

}  // namespace ddlguard
