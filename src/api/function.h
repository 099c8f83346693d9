/*
 * How a C function becomes callable from SQL.
 *
 * The library hides its symbols; a SQL function and its pg_finfo record are the exception.
 * PG_FUNCTION_INFO_V1 of PostgreSQL 15 declares the function without a visibility, so it is declared
 * with one first, which the later declaration keeps.  Use it at namespace scope, outside of
 * namespace ddlguard:
 *
 *   DDLGUARD_FUNCTION(ddlguard_example) { PG_RETURN_NULL(); }
 */
#pragma once

#include "pg/prelude.h"

#define DDLGUARD_FUNCTION(name)             \
  extern "C" {                              \
  PGDLLEXPORT Datum name(PG_FUNCTION_ARGS); \
  PG_FUNCTION_INFO_V1(name);                \
  }                                         \
  Datum name(PG_FUNCTION_ARGS)

namespace ddlguard {

/* Of a function that only a trigger may call; function: its name in schema ddlguard. */
inline TriggerData *TriggerOf(FunctionCallInfo fcinfo, const char *function) {
  if (!CALLED_AS_TRIGGER(fcinfo))
    ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                    errmsg("function ddlguard.%s can only be called as a trigger", function)));
  return reinterpret_cast<TriggerData *>(fcinfo->context);
}

}  // namespace ddlguard
