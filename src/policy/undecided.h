/*
 * Refusals of what the guard cannot decide about (DG005): on record like any other refusal.
 */
#pragma once

#include "pg/prelude.h"

namespace ddlguard {

/* Guard cannot decide. */
constexpr int kSqlstateCannotDecide = MAKE_SQLSTATE('D', 'G', '0', '0', '5');

struct Undecided {
  const char *why;     /* for the record, and the server log */
  const char *message; /* of the error, as the next two */
  const char *detail;  /* may be null */
  const char *hint;
};

/* statement: that would run, or has run and is undone; null when it is only asked about, which leaves no record. */
[[noreturn]] void RefuseUndecided(const Undecided &undecided, const char *statement);

}  // namespace ddlguard
