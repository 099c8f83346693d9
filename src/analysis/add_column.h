/*
 * ADD COLUMN and what an ALTER TABLE says about foreign keys as a whole.
 */
#pragma once

#include "analysis/analysis.h"

namespace ddlguard {

void AnalyzeAddColumn(Analysis &a, const Target *table, const AlterTableStmt *stmt, const AlterTableCmd *cmd,
                      LOCKMODE lock);

/* ALTER COLUMN SET EXPRESSION (17 and later). */
void AnalyzeSetExpression(Analysis &a, const Target *table, const AlterTableCmd *cmd, LOCKMODE lock);

/*
 * Foreign keys of columns that the statement adds are not checked against existing rows, because
 * those rows have NULL there: unless a new column has a default, or a foreign key is added by ADD
 * CONSTRAINT; PostgreSQL then checks all of the statement's foreign keys (transformAlterTableStmt).
 */
bool ChecksForeignKeysOfNewColumns(const AlterTableStmt *stmt);

/* alter_table.cpp: values of the column would be compressed in this way; null: as the session's default says. */
void AddCompression(Analysis &a, const Target *table, const char *column, const char *compression, LOCKMODE lock);

}  // namespace ddlguard
