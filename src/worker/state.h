/*
 * What the launcher and its writer tell the other processes, in shared memory.
 *
 * Pids and the latch are written by their process alone and read by anybody at any time: a stale one costs a
 * wakeup for nothing.  The list of failures is under shared.lock; failing, how many there are, may be read
 * without.
 */
#pragma once

#include "pg/prelude.h"

namespace ddlguard {

/* The events of a database could not be written; kept until they could. */
struct Failure {
  static constexpr int kMaxMessage = 256;

  Oid database; /* invalid: unused */
  int32 times;
  TimestampTz retry_at;
  char message[kMaxMessage];
};

struct WorkerState {
  static constexpr int kMaxFailures = 32;

  pg_atomic_uint32 launcher; /* pid; 0: none */
  Latch *launcher_latch;
  pg_atomic_uint32 idle;        /* the launcher waits for an event, whichever */
  pg_atomic_uint32 writer;      /* pid */
  pg_atomic_uint32 writer_done; /* it ended as it should */
  pg_atomic_uint32 failing;
  Failure failures[kMaxFailures];
};

void WorkerStateInit(WorkerState *state);

/* There is something in the ring; urgent: too much for the launcher's pauses.  It is not woken for what it will
 * see anyway. */
void WakeLauncher(bool urgent);

bool IsFailing(Oid database);
/* Copies the failure of a database; false when there is none. */
bool FailureOf(Oid database, Failure *failure);
/* One more; the next try comes later each time.  True when the message is another one than before. */
bool NoteFailure(Oid database, const char *message);
void NoteSuccess(Oid database);

bool LauncherRuns();

/* Is this process the launcher or a writer?  What it does itself is neither judged nor recorded. */
extern bool is_ddlguard_worker;

/* Registers the launcher; call it once, from _PG_init. */
void WorkerInit();

}  // namespace ddlguard
