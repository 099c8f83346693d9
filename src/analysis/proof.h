/*
 * Proofs: what validated constraints already guarantee, by the server's own implication prover.
 */
#pragma once

#include "analysis/analysis.h"

namespace ddlguard {

/*
 * Is "column IS NOT NULL" proven for the stored rows of this one relation: NOT NULL already, or
 * implied by its validated CHECK constraints?  What the statement itself drops does not count (it
 * goes before SET NOT NULL looks).  In a script, constraints validated earlier count.
 */
bool NotNullProven(const Analysis &a, Oid relation, const char *column, const AlterTableStmt *stmt);

/* Must new rows fill the column already: NOT NULL, or a CHECK that implies it, validated or not? */
bool NotNullEnforced(const Analysis &a, Oid relation, const char *column, const AlterTableStmt *stmt);

/* Of a column that is NOT NULL: not when the statement drops that, or the script has. */
bool StaysNotNull(const Analysis &a, Oid relation, const char *column);

/* Does a raw condition say "column IS NOT NULL", alone or ANDed with others? */
bool SaysNotNull(const Node *raw, const char *column);

/* Is the column NOT NULL, and do its rows keep it?  From 18 on the constraint can be NOT VALID. */
bool HasValidNotNull(Oid relation, AttrNumber attnum);

/*
 * The same for a column that the script itself adds: it is not in the catalog, so a CHECK of the
 * script counts only when one of its ANDed conditions says literally "column IS NOT NULL".
 */
bool AddedColumnNotNullProven(const Analysis &a, Oid relation, const char *column, const AlterTableStmt *stmt);

/* The conditions that the validated CHECK constraints of a relation state, implicitly ANDed: without
 * those that the statement (may be null) drops, and with what the script added, validated or dropped.
 * not_valid_too: also those that hold for new rows alone. */
List *ValidatedChecks(const Analysis &a, Relation relation, const AlterTableStmt *stmt, bool not_valid_too = false);

/* The storage of the tree in which the column is not proven; also whether the root's is. */
Size UnprovenSize(const Analysis &a, const Target *table, const char *column, const AlterTableStmt *stmt);

/* Do the constraints that stay promise what this CHECK does, so that it can go? */
bool CheckImplied(const Analysis &a, Oid relation, const char *check, const AlterTableStmt *stmt);

/* Do the validated CHECK and NOT NULL constraints imply a partition constraint?  Both lists are
 * implicitly ANDed expressions over the relation's attributes. */
bool ConstraintProven(Relation relation, List *constraint);

/* Is there no function of a name that is called?  A script may make it; or it is a cast or a field, so written. */
bool CallsUnknownFunction(const Node *raw);

/* A raw expression over the columns of a relation, analysed; null when it names a column that the
 * relation does not have (one that the script adds), so that no error is raised for it. */
Node *AnalyseExpression(Relation relation, const Node *raw, ParseExprKind kind);

}  // namespace ddlguard
