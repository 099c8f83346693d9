/*
 * The search_path that a function sets for itself, and what its body would not find with it.
 */
#pragma once

#include "analysis/analysis.h"

namespace ddlguard {

/* What the options of CREATE or ALTER FUNCTION set search_path to; null: to nothing.  False: they do not say. */
bool PathInStatement(const List *options, const char **path);

/* What search_path the function has now, a row of pg_proc; null for none. */
const char *PathOf(HeapTuple function);

/* The schemas of a search_path, as this role has it (invalid: any role), with pg_catalog; null: of this session's. */
Array<Oid> SchemasOf(const char *path, Oid role);

/* A function that is there gets options; source: its new body, null: it keeps the one that it has. */
void AddPathFault(Analysis &a, Oid function, const List *options, const char *source);

}  // namespace ddlguard
