/*
 * The families behind AnalyzeObject(): statements about objects without storage of their own.
 */
#pragma once

#include "analysis/analysis.h"
#include "analysis/named_object.h"

namespace ddlguard {

/* A relation of the catalog that the current user owns; null otherwise. */
const Target *Owned(Analysis &a, const RangeVar *name, LOCKMODE lock);

/* column_default.cpp: SET DEFAULT, DROP DEFAULT */
void AnalyzeColumnDefault(Analysis &a, const Target *table, const AlterTableCmd *cmd, LOCKMODE lock);

/* views.cpp */
void AnalyzeView(Analysis &a, const ViewStmt *stmt);

/* objects.cpp: ENABLE RULE */
void AnalyzeEnableRule(Analysis &a, const Target *table, const char *name, LOCKMODE lock);

/* triggers.cpp; table: where the trigger is */
void AnalyzeCreateTrigger(Analysis &a, const CreateTrigStmt *stmt);
void AnalyzeEnableTrigger(Analysis &a, const Target *table, const AlterTableCmd *cmd, LOCKMODE lock, LOCKMODE below);
void AnalyzeDropTrigger(Analysis &a, const Target *table, Oid trigger, const char *name);
/* Nothing that it does ends, but what is said of a trigger that goes. */
void AnalyzeRenameTrigger(Analysis &a, const Target *table, Oid trigger, const char *name);
void AnalyzeDropTriggerOfScript(Analysis &a, const List *name);
/* A trigger function gets another body; the writes of tables that use it run it. */
void AnalyzeTriggerFunction(Analysis &a, Oid function, const char *source);
void AnalyzeEventTrigger(Analysis &a, const char *name);

/* row_security.cpp */
void AnalyzeRowSecurity(Analysis &a, const Target *table, const AlterTableCmd *cmd, LOCKMODE lock);
void AnalyzeCreatePolicy(Analysis &a, const CreatePolicyStmt *stmt);
void AnalyzeAlterPolicy(Analysis &a, const AlterPolicyStmt *stmt);
void AnalyzeDropPolicy(Analysis &a, const Target *table, Oid policy, const char *name);

/* functions.cpp */
void AnalyzeCreateFunction(Analysis &a, const CreateFunctionStmt *stmt);
void AnalyzeAlterFunction(Analysis &a, const AlterFunctionStmt *stmt);

/* function_security.cpp */
void AddFunctionSecurity(Analysis &a, const CreateFunctionStmt *stmt, const char *schema, const char *name);
void AddFunctionSecurity(Analysis &a, const AlterFunctionStmt *stmt);

/* schema_owner.cpp: a relation gets a new owner. */
void AddOwnerChange(Analysis &a, const Target *relation, Oid owner, LOCKMODE lock);

/* drop_other.cpp */
void AddOtherDrop(Analysis &a, const NamedObject &object);

/* login.cpp */
void AnalyzeDatabaseSetting(Analysis &a, const AlterDatabaseSetStmt *stmt);
void AnalyzeDatabaseOptions(Analysis &a, const AlterDatabaseStmt *stmt);
void AnalyzeRoleSetting(Analysis &a, const AlterRoleSetStmt *stmt);
void AnalyzeRoleOptions(Analysis &a, const AlterRoleStmt *stmt);

/* privileges.cpp */
void AnalyzeGrant(Analysis &a, const GrantStmt *stmt);
void AnalyzeGrantRole(Analysis &a, const GrantRoleStmt *stmt);
void AnalyzeReassignOwned(Analysis &a, const ReassignOwnedStmt *stmt);

/* publications.cpp */
void AnalyzeCreatePublication(Analysis &a, const CreatePublicationStmt *stmt);
void AnalyzeAlterPublication(Analysis &a, const AlterPublicationStmt *stmt);

}  // namespace ddlguard
