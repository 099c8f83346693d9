/*
 * What is told of the guard itself: that it was loosened, reconfigured, or could not decide.  One line each in the
 * server log, text or JSON like the findings (log.h).
 */
#pragma once

#include "pg/prelude.h"

namespace ddlguard {

/* The session has made the guard weaker for itself.  Called from a check hook. */
void LogLoosened(const char *setting, const char *from, const char *to);

/* A table of the guard is written; before, after: the row as text, null for none. */
void LogChange(const char *table, const char *operation, const char *before, const char *after);

/* The guard could not decide about the statement (its text without secrets), and has refused it or let it pass
 * (ddlguard.fail_mode = open). */
void LogUndecided(const char *why, const char *statement, bool refused = false);

}  // namespace ddlguard
