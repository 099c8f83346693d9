/*
 * ADD COLUMN and SET EXPRESSION.
 */
#pragma once

#include "analysis/analysis.h"

namespace ddlguard {

void AnalyzeAddColumn(Analysis &a, const Target *table, const AlterTableStmt *stmt, const AlterTableCmd *cmd,
                      LOCKMODE lock);

/* Does the statement add a column of that name in which nulls may stand? */
bool AddsNullableColumn(const AlterTableStmt *stmt, const char *name);

/* ALTER COLUMN SET EXPRESSION (17 and later). */
void AnalyzeSetExpression(Analysis &a, const Target *table, const AlterTableCmd *cmd, LOCKMODE lock);

/* alter_table.cpp: values of the column would be compressed in this way; null: as the session's default says. */
void AddCompression(Analysis &a, const Target *table, const char *column, const char *compression, LOCKMODE lock);

}  // namespace ddlguard
