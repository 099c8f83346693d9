/*
 * See state.h.
 */
#include "worker/state.h"

#include "observe/shmem.h"
#include "pg/text.h"

namespace ddlguard {

bool is_ddlguard_worker = false;

namespace {

constexpr int kFirstPause = 1000; /* milliseconds; doubled at each failure in a row */
constexpr int kLongestPause = 60000;

Failure *Find(Oid database) {
  for (Failure &each : shared.worker->failures)
    if (each.database == database) return &each;
  return nullptr;
}

/* An unused one, or else the one that has the least to lose: it only comes to its next try earlier. */
Failure *Make(Oid database) {
  Failure *made = Find(InvalidOid);
  if (made == nullptr) {
    made = shared.worker->failures;
    for (Failure &each : shared.worker->failures)
      if (each.times < made->times) made = &each;
  } else {
    pg_atomic_fetch_add_u32(&shared.worker->failing, 1);
  }
  *made = {};
  made->database = database;
  return made;
}

}  // namespace

void WorkerStateInit(WorkerState *state) {
  pg_atomic_init_u32(&state->launcher, 0);
  state->launcher_latch = nullptr;
  pg_atomic_init_u32(&state->idle, 0);
  pg_atomic_init_u32(&state->writer, 0);
  pg_atomic_init_u32(&state->writer_done, 0);
  pg_atomic_init_u32(&state->failing, 0);
  for (Failure &each : state->failures) each = {};
}

void WakeLauncher(bool urgent) {
  pg_memory_barrier();
  if (!urgent && pg_atomic_read_u32(&shared.worker->idle) == 0) return;
  Latch *latch = *const_cast<Latch *volatile *>(&shared.worker->launcher_latch);
  if (latch != nullptr) SetLatch(latch);
}

bool IsFailing(Oid database) {
  if (pg_atomic_read_u32(&shared.worker->failing) == 0) return false;
  /* Without the lock: a wrong answer for a moment only changes how much of the ring one database may hold. */
  return Find(database) != nullptr;
}

bool FailureOf(Oid database, Failure *failure) {
  LWLockAcquire(shared.lock, LW_SHARED);
  const Failure *found = Find(database);
  if (found != nullptr) *failure = *found;
  LWLockRelease(shared.lock);
  return found != nullptr;
}

bool NoteFailure(Oid database, const char *message) {
  LWLockAcquire(shared.lock, LW_EXCLUSIVE);
  Failure *failure = Find(database);
  if (failure == nullptr) failure = Make(database);
  const int pause = Min(kFirstPause << Min(failure->times, 16), kLongestPause);
  ++failure->times;
  failure->retry_at = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), pause);
  char cut[Failure::kMaxMessage];
  strlcpy(cut, message, pg_mbcliplen(message, static_cast<int>(strlen(message)), Failure::kMaxMessage - 1) + 1);
  const bool changed = !Equal(cut, failure->message);
  strlcpy(failure->message, cut, sizeof(failure->message));
  LWLockRelease(shared.lock);
  return changed;
}

void NoteSuccess(Oid database) {
  if (!IsFailing(database)) return;
  LWLockAcquire(shared.lock, LW_EXCLUSIVE);
  if (Failure *failure = Find(database)) {
    *failure = {};
    pg_atomic_fetch_sub_u32(&shared.worker->failing, 1);
  }
  LWLockRelease(shared.lock);
}

bool LauncherRuns() { return shared.worker != nullptr && pg_atomic_read_u32(&shared.worker->launcher) != 0; }

}  // namespace ddlguard
