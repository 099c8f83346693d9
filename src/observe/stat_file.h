/*
 * What survives a clean restart: the counters, the throughput that was learnt, and the events that nobody has written to their table yet.
 *
 * The file is written when the last process of the server ends in good order, and is read, and removed, when the
 * next one begins.  After a crash there is none: counters begin at zero then.  A file that is damaged, or of
 * another version, is said in the log and not used.
 */
#pragma once

#include "pg/prelude.h"

namespace ddlguard {

/* Neither raises an error. */
void SaveStatistics();
void LoadStatistics();

}  // namespace ddlguard
