/*
 * A script under check(): parsed, analysed statement by statement with a ledger, nothing executed.
 */
#pragma once

#include "analysis/analysis.h"
#include "policy/policy.h"

namespace ddlguard {

struct ScriptStatement {
  int number;          /* from 1 */
  int line;            /* where it starts, from 1 */
  const char *text;    /* its source, trimmed */
  const char *failure; /* why it could not be analysed; null when it was */
  const Node *node;    /* parse tree */
  /* With Parts::commands, a command of ALTER TABLE: text is still that of the whole statement. */
  const char *head = nullptr;    /* "ALTER TABLE t"; null: the statement is not taken apart */
  const char *command = nullptr; /* "ADD COLUMN a int" */
};

/* Receives each statement with its analysis (which is empty when it failed). */
using ScriptVisitor = void (*)(const ScriptStatement &statement, const Analysis &a, void *context);

enum class Parts : uint8 { statements, commands };

/*
 * Analyses the script; Parts::commands: the commands of an ALTER TABLE one by one.  BEGIN and COMMIT are
 * respected: locks taken in a block are held to its end, and what a ROLLBACK takes back is forgotten.  A syntax
 * error is raised with its line.
 */
void AnalyzeScript(const char *sql, ScriptVisitor visit, void *context, Parts parts = Parts::statements);

/* The same for another asker, whose conventions are looked for. */
void AnalyzeScriptFor(const Asker &asker, const char *sql, ScriptVisitor visit, void *context,
                      Parts parts = Parts::statements);

}  // namespace ddlguard
