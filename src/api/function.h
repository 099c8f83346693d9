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
