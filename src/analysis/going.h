/*
 * What the drops of an ALTER TABLE take away.  They run in its first pass, wherever they stand in it: the other
 * subcommands do not find it any more.
 */
#pragma once

#include "analysis/analysis.h"

namespace ddlguard {

/* The column of the table and, with recursion, of the children that have it from nowhere else.
 * False: PostgreSQL will refuse. */
bool ColumnsGoing(Oid relation, const char *column, bool recurse, Array<ObjectAddress> &columns);

/*
 * Columns, constraints, indexes and whatever depends on them; of a column that stays, its default, the
 * sequence of its identity and its NOT NULL, for which its row of pg_attribute stands.  before: only by what
 * stands before this subcommand, which finds nothing of it any more when it is a drop itself.
 */
Array<ObjectAddress> GoingBy(const Target *table, const AlterTableStmt *stmt, const AlterTableCmd *before = nullptr);

}  // namespace ddlguard
