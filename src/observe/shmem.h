/*
 * The guard's part of shared memory: the ring of events, the counters, the throughput that was learnt, recent changes
 * with their aftermath, and what the launcher and its writer
 * tell others.  All of it is there from the server's start, or the server does not start.
 *
 * Lifetime: a clean shutdown writes counters, throughput and waiting events to a file (observe/stat_file.h), which the next
 * start reads; a crash starts all of it from nothing.
 */
#pragma once

#include "pg/prelude.h"

namespace ddlguard {

struct Ring;
struct Aftermath;
struct Counters;
struct Throughput;
struct WorkerState;

struct SharedMemory {
  LWLock *lock; /* of WorkerState's list of failures; nothing else needs one */
  Ring *ring;
  Counters *counters;
  Throughput *throughput;
  Aftermath *aftermath;
  WorkerState *worker;
};

/* All null in a process that has no shared memory. */
extern SharedMemory shared;

/* Chains itself into the server's hooks; call it once, from _PG_init, after SettingsInit(). */
void SharedMemoryInit();

}  // namespace ddlguard
