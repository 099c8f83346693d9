/*
 * See shmem.h.  One allocation, divided among the parts, each of which knows its size and its beginning.
 *
 * Children of the postmaster inherit the pointers by fork; where they are started anew instead
 * (EXEC_BACKEND) the server calls the startup hook in each, which then finds everything there.
 */
#include "observe/shmem.h"

#include "observe/aftermath.h"
#include "observe/counters.h"
#include "observe/ring.h"
#include "observe/stat_file.h"
#include "observe/throughput.h"
#include "policy/settings.h"
#include "worker/state.h"

namespace ddlguard {

SharedMemory shared = {};

namespace {

constexpr char kName[] = "ddlguard";

shmem_request_hook_type next_shmem_request = nullptr;
shmem_startup_hook_type next_shmem_startup = nullptr;

size_t RingBytes() { return MAXALIGN(RingSize(RingSlots())); }

size_t TotalBytes() {
  return RingBytes() + MAXALIGN(sizeof(Counters)) + MAXALIGN(sizeof(Throughput)) + MAXALIGN(sizeof(Aftermath)) +
         MAXALIGN(sizeof(WorkerState));
}

void Request() {
  if (next_shmem_request != nullptr) next_shmem_request();
  RequestAddinShmemSpace(TotalBytes());
  RequestNamedLWLockTranche(kName, 1);
}

void SaveAtShutdown(int code, Datum) {
  if (code == 0) SaveStatistics();
}

void Startup() {
  if (next_shmem_startup != nullptr) next_shmem_startup();

  bool found;
  LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
  char *at = static_cast<char *>(ShmemInitStruct(kName, TotalBytes(), &found));
  shared.ring = reinterpret_cast<Ring *>(at);
  at += RingBytes();
  shared.counters = reinterpret_cast<Counters *>(at);
  at += MAXALIGN(sizeof(Counters));
  shared.throughput = reinterpret_cast<Throughput *>(at);
  at += MAXALIGN(sizeof(Throughput));
  shared.aftermath = reinterpret_cast<Aftermath *>(at);
  at += MAXALIGN(sizeof(Aftermath));
  shared.worker = reinterpret_cast<WorkerState *>(at);
  shared.lock = &GetNamedLWLockTranche(kName)->lock;
  if (!found) {
    RingInit(shared.ring, RingSlots());
    CountersInit(shared.counters);
    ThroughputInit(shared.throughput);
    AftermathInit(shared.aftermath);
    WorkerStateInit(shared.worker);
  }
  LWLockRelease(AddinShmemInitLock);

  if (IsUnderPostmaster) return;
  /* The postmaster, when all its children are gone; or a single-user server. */
  on_shmem_exit(SaveAtShutdown, static_cast<Datum>(0));
  if (!found) LoadStatistics();
}

}  // namespace

void SharedMemoryInit() {
  next_shmem_request = shmem_request_hook;
  shmem_request_hook = Request;
  next_shmem_startup = shmem_startup_hook;
  shmem_startup_hook = Startup;
}

}  // namespace ddlguard
