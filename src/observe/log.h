/*
 * The server log: one line for each finding that did not become an error.
 */
#pragma once

#include "policy/verdict.h"

namespace ddlguard {

/* outcome: "logged", "would warn", "would refuse", "bypassed"; reason: of a bypass, else null. */
void LogFinding(const Finding &finding, const char *outcome, const char *reason, const char *statement);

}  // namespace ddlguard
