/*
 * Columns that must not be null and have no default, and that a BEFORE INSERT row trigger in PL/pgSQL fills:
 * INSERTs leave them to it, and fail when it goes, is disabled or gets another body.
 *
 * Any assignment to NEW.x counts, in whatever branch of the body.  What another trigger fills is not lost, nor
 * is anything while there is one whose function cannot be read, or gives a whole row to NEW.
 */
#pragma once

#include "analysis/analysis.h"
#include "analysis/mend.h"
#include "analysis/trigger_function.h"

namespace ddlguard {

/* These triggers go.  statement: which may fill their columns in another way, or null; below: see Effect. */
void AddLostFills(Analysis &a, const Target *table, const Array<Oid> &going, LOCKMODE lock,
                  const Node *statement = nullptr, LOCKMODE below = Effect::kSameLock);

/* A trigger's function has assigned the columns of before, and will assign those of after. */
void AddLostFills(Analysis &a, Oid table, Oid trigger, Oid function, const Assigned &before, const Assigned &after);

/* DISABLE TRIGGER and ENABLE REPLICA TRIGGER; said of all in the statement at its first. */
void AnalyzeDisableTrigger(Analysis &a, const Target *table, const AlterTableStmt *stmt, const AlterTableCmd *cmd,
                           LOCKMODE lock, LOCKMODE below);

/* Does something fill the columns, or need nothing to fill them any more? */
bool AreFilled(Oid table, const Array<NamedColumn> &columns);

/* Takes away those that the statement of a script fills, or lets be null. */
void RemoveFilled(Analysis &a, const Target *table, const Node *statement, Array<NamedColumn> *columns);

}  // namespace ddlguard
