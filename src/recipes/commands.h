/*
 * ALTER TABLE with several commands, taken apart: each command as a statement of its own.
 */
#pragma once

#include "pg/array.h"

namespace ddlguard {

struct Command {
  const Node *statement; /* an AlterTableStmt with one command */
  const char *head;      /* "ALTER TABLE ONLY t", as written */
  const char *text;      /* the command alone: "ADD COLUMN a int" */
};

/*
 * The commands of a statement in the order in which PostgreSQL carries them out (what drops goes
 * first, constraints come after columns); empty when the statement is no ALTER TABLE with more than
 * one command.  text: its source.
 */
Array<Command> CommandsOf(const Node *statement, const char *text);

/* The source texts of the commands of an ALTER TABLE, in its order. */
Array<const char *> CommandTexts(const char *statement);

/* The command that adds this column ("ADD COLUMN a int"); null when there is none. */
const char *AddColumnText(const char *statement, const char *column);

}  // namespace ddlguard
