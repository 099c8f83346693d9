/*
 * The families behind AnalyzeObject(): statements about objects without storage of their own.
 */
#pragma once

#include "analysis/analysis.h"

namespace ddlguard {

/* functions.cpp */
void AnalyzeCreateFunction(Analysis &a, const CreateFunctionStmt *stmt);
void AnalyzeAlterFunction(Analysis &a, const AlterFunctionStmt *stmt);

/* schema_owner.cpp: a relation gets a new owner. */
void AddOwnerChange(Analysis &a, const Target *relation, Oid owner, LOCKMODE lock);

/* privileges.cpp */
void AnalyzeGrant(Analysis &a, const GrantStmt *stmt);
void AnalyzeGrantRole(Analysis &a, const GrantRoleStmt *stmt);
void AnalyzeReassignOwned(Analysis &a, const ReassignOwnedStmt *stmt);

/* publications.cpp */
void AnalyzeCreatePublication(Analysis &a, const CreatePublicationStmt *stmt);
void AnalyzeAlterPublication(Analysis &a, const AlterPublicationStmt *stmt);

}  // namespace ddlguard
