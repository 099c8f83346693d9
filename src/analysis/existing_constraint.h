/*
 * VALIDATE CONSTRAINT and ALTER CONSTRAINT.
 */
#pragma once

#include "analysis/analysis.h"

namespace ddlguard {

void AnalyzeValidateConstraint(Analysis &a, const Target *table, const AlterTableStmt *stmt, const char *name,
                               LOCKMODE lock);
void AnalyzeAlterConstraint(Analysis &a, const Target *table, const AlterTableCmd *cmd, LOCKMODE lock);

}  // namespace ddlguard
