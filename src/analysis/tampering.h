/*
 * The guard's protection of itself; see tampering.cpp.
 */
#pragma once

#include "analysis/analysis.h"

namespace ddlguard {

/* After the statement's own family. */
void AnalyzeTampering(Analysis &a, const Node *statement);

/* fact: what is done to the guard; it completes the rule's message. */
void AddTampering(Analysis &a, const Target *target, const char *fact);

/* tampering_settings.cpp: ALTER SYSTEM, ALTER ROLE and ALTER DATABASE ... SET and RESET */
void AnalyzeSettings(Analysis &a, const Node *statement);
void AnalyzeGrantOnParameter(Analysis &a, const GrantStmt *stmt, bool to_public);

/* Rows of a system catalog are written; in some of them the guard could be switched off. */
void AddCatalogWrite(Analysis &a, Oid catalog);

/* A table of the guard: writing it is recorded by its triggers, and judged by no rule. */
bool IsGuardTable(Oid relation);

}  // namespace ddlguard
