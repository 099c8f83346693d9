/*
 * Regular expressions of settings and policies, compiled and matched by hand: PostgreSQL's operator raises
 * an error for one that is not valid, where the callers cannot have one.
 */
#pragma once

#include "pg/prelude.h"

namespace ddlguard {

/* What is wrong with the expression, in the server's words; null when nothing is. */
const char *RegexpFault(const char *pattern);

/* False as well for an expression that is not valid. */
bool RegexpMatches(const char *pattern, const char *value);

}  // namespace ddlguard
