/*
 * The source of functions that is kept as text, and read when they run.
 */
#pragma once

#include "analysis/analysis.h"

namespace ddlguard {

/* What CREATE FUNCTION has after AS, when that is one text; null otherwise. */
const char *WrittenSource(const CreateFunctionStmt *stmt);

/* The same of functions in SQL or PL/pgSQL alone; null for others.  function: a row of pg_proc. */
const char *ReadableSource(const CreateFunctionStmt *stmt);
const char *ReadableSource(HeapTuple function);

/* Of functions in PL/pgSQL alone; null for others, and when there is none. */
const char *SourceInPlpgsql(const CreateFunctionStmt *stmt);
const char *SourceInPlpgsql(Oid function);

/* The same of the catalog or, where the script has made the function anew, of the script. */
const char *SourceOf(const Analysis &a, Oid function);

/* The same of the function that a trigger names. */
const char *SourceOfTrigger(const Analysis &a, const CreateTrigStmt *stmt);

}  // namespace ddlguard
