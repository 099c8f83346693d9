/*
 * What the guard does about a finding, or about a statement: that of its finding that weighs most.
 */
#pragma once

#include "pg/prelude.h"

namespace ddlguard {

/* Weightiest last. */
enum class Response : uint8 { allowed, logged, would_warn, warned, would_refuse, bypassed, approved, refused };
constexpr int kResponses = static_cast<int>(Response::refused) + 1;

/* "allowed", "logged", "would warn", "warned", "would refuse", "bypassed", "approved", "refused" */
const char *ResponseName(Response response);

}  // namespace ddlguard
