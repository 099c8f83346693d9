/*
 * The launcher: a background worker that is there as long as the server is up and not in recovery.  It is
 * connected to no database, only to the catalogs that all share.  When events wait in the ring it starts the
 * writer of their database (worker/writer.cpp), one at a time, the oldest event first.
 *
 * A writer is connected only while it writes, so that DROP DATABASE, CREATE DATABASE ... TEMPLATE and ALTER
 * DATABASE find nobody in the way; while events keep coming it is started a few times a second.  Where it fails
 * it is started again after a pause that grows (worker/state.h).  Events of a database that is gone are thrown
 * away.
 *
 * Once a day, and after each reload of the configuration, every database is visited, so that old events are
 * deleted also where no new ones come.
 */
#include "observe/ring.h"
#include "observe/shmem.h"
#include "pg/text.h"
#include "worker/state.h"

extern "C" {
PGDLLEXPORT void ddlguard_launcher_main(Datum argument);
}

namespace ddlguard {

namespace {

constexpr int kRestart = 5;           /* seconds */
constexpr int kPause = 250;           /* milliseconds between two writers of a database */
constexpr int kPoll = 1000;           /* milliseconds, for what sends no signal */
constexpr int kFirstVisits = 60000;   /* milliseconds after the start */
constexpr int kVisits = 86400 * 1000; /* milliseconds */

struct Finished {
  Oid database;
  TimestampTz at;
};

struct Launcher {
  BackgroundWorkerHandle *handle = nullptr; /* of the writer that runs */
  Oid database = InvalidOid;
  Finished finished[16] = {}; /* the latest writers */
  int next_finished = 0;
  TimestampTz visit_at = 0;
  Array<Oid> to_visit; /* in TopMemoryContext */
  bool start_failed = false;
};

Launcher launcher;

long MillisecondsUntil(TimestampTz then) { return TimestampDifferenceMilliseconds(GetCurrentTimestamp(), then); }
TimestampTz In(int milliseconds) { return TimestampTzPlusMilliseconds(GetCurrentTimestamp(), milliseconds); }

/* ---- the shared catalog ---- */

bool MayConnect(Form_pg_database database) {
#ifdef DATCONNLIMIT_INVALID_DB
  if (database->datconnlimit == DATCONNLIMIT_INVALID_DB) return false;
#endif
  return true;
}

/* Calls visit for each database, in a transaction; it runs in the caller's memory context. */
template <typename Visit>
void EachDatabase(Visit visit) {
  MemoryContext memory = CurrentMemoryContext;
  StartTransactionCommand();
  (void)GetTransactionSnapshot();
  Relation catalog = table_open(DatabaseRelationId, AccessShareLock);
  TableScanDesc scan = table_beginscan_catalog(catalog, 0, nullptr);
  while (HeapTuple tuple = heap_getnext(scan, ForwardScanDirection)) {
    MemoryContext old = MemoryContextSwitchTo(memory);
    visit(reinterpret_cast<Form_pg_database>(GETSTRUCT(tuple)));
    MemoryContextSwitchTo(old);
  }
  table_endscan(scan);
  table_close(catalog, AccessShareLock);
  CommitTransactionCommand();
  MemoryContextSwitchTo(memory);
}

bool Exists(Oid oid) {
  bool found = false;
  EachDatabase(
      [&found, oid](Form_pg_database database) { found = found || (database->oid == oid && MayConnect(database)); });
  return found;
}

void ListVisits() {
  MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);
  launcher.to_visit.Clear();
  EachDatabase([](Form_pg_database database) {
    if (database->datallowconn && MayConnect(database)) launcher.to_visit.Add(database->oid);
  });
  MemoryContextSwitchTo(old);
  launcher.visit_at = In(kVisits);
}

/* ---- writers ---- */

bool IsAlive(uint32 pid) { return pid != 0 && (kill(static_cast<pid_t>(pid), 0) == 0 || errno != ESRCH); }

void WriterEnded() {
  pfree(launcher.handle);
  launcher.handle = nullptr;
  launcher.finished[launcher.next_finished] = {launcher.database, GetCurrentTimestamp()};
  launcher.next_finished = (launcher.next_finished + 1) % lengthof(launcher.finished);
  /* It has no words for its own end when it could not even connect. */
  if (pg_atomic_read_u32(&shared.worker->writer_done) == 0 && RingWaitingFor(launcher.database) > 0)
    NoteFailure(launcher.database, "the writer ended early; see the server log");
}

bool WriterRuns() {
  if (launcher.handle == nullptr) /* perhaps one of a launcher before */
    return IsAlive(pg_atomic_read_u32(&shared.worker->writer));
  pid_t pid;
  if (GetBackgroundWorkerPid(launcher.handle, &pid) != BGWH_STOPPED) return true;
  WriterEnded();
  return false;
}

BackgroundWorker Describe(const char *function, const char *name, int restart) {
  BackgroundWorker worker = {};
  worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
  worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
  worker.bgw_restart_time = restart;
  strlcpy(worker.bgw_library_name, "ddlguard", sizeof(worker.bgw_library_name));
  strlcpy(worker.bgw_function_name, function, sizeof(worker.bgw_function_name));
  strlcpy(worker.bgw_name, name, sizeof(worker.bgw_name));
  strlcpy(worker.bgw_type, name, sizeof(worker.bgw_type));
  return worker;
}

bool StartWriter(Oid database) {
  BackgroundWorker worker = Describe("ddlguard_writer_main", "ddlguard writer", BGW_NEVER_RESTART);
#ifdef BGWORKER_INTERRUPTIBLE
  worker.bgw_flags |= BGWORKER_INTERRUPTIBLE; /* DROP DATABASE may end it */
#endif
  worker.bgw_main_arg = ObjectIdGetDatum(database);
  worker.bgw_notify_pid = MyProcPid;
  pg_atomic_write_u32(&shared.worker->writer_done, 0);
  MemoryContext old = MemoryContextSwitchTo(TopMemoryContext); /* the handle lives as long as the writer */
  const bool started = RegisterDynamicBackgroundWorker(&worker, &launcher.handle);
  MemoryContextSwitchTo(old);
  if (started) launcher.database = database;
  else if (!launcher.start_failed)
    ereport(LOG, (errmsg("ddlguard could not start its writer"), errdetail("All background workers are in use."),
                  errhint("Consider raising max_worker_processes.")));
  launcher.start_failed = !started;
  return started;
}

/* ---- what comes next ---- */

/* When the writer of a database may be started. */
TimestampTz DueAt(Oid database) {
  Failure failure;
  if (FailureOf(database, &failure)) return failure.retry_at;
  if (RingCrowded()) return 0;
  TimestampTz due = 0;
  for (const Finished &each : launcher.finished)
    if (each.database == database) due = Max(due, TimestampTzPlusMilliseconds(each.at, kPause));
  return due;
}

/* Of those that are due the one with the oldest event; invalid: none.  *wait: until the next is due. */
Oid NextDatabase(long *wait) {
  Oid chosen = InvalidOid;
  uint64 oldest = 0;
  /* Said before the look, so that what comes after it wakes us. */
  (void)pg_atomic_exchange_u32(&shared.worker->idle, 1);
  for (const Waiting &each : RingWaiting()) {
    pg_atomic_write_u32(&shared.worker->idle, 0);
    const long until = MillisecondsUntil(DueAt(each.database));
    if (until > 0) {
      *wait = Min(*wait, until);
    } else if (!OidIsValid(chosen) || each.oldest < oldest) {
      chosen = each.database;
      oldest = each.oldest;
    }
  }
  return chosen;
}

Oid NextVisit(long *wait) {
  if (launcher.to_visit.Empty()) {
    const long until = MillisecondsUntil(launcher.visit_at);
    if (until > 0) {
      *wait = Min(*wait, until);
      return InvalidOid;
    }
    ListVisits();
  }
  if (launcher.to_visit.Empty()) return InvalidOid;
  return launcher.to_visit[--launcher.to_visit.count];
}

/* Does what there is to do, and returns for how many milliseconds there is nothing. */
long Tend() {
  if (WriterRuns()) return kPoll;
  RingRecover();
  for (;;) {
    long wait = kVisits;
    Oid database = NextDatabase(&wait);
    const bool visit = !OidIsValid(database);
    if (visit) database = NextVisit(&wait);
    if (!OidIsValid(database)) return wait;
    if (!Exists(database)) {
      RingDiscard(database);
      NoteSuccess(database);
      continue;
    }
    if (!StartWriter(database) && visit) launcher.to_visit.Add(database); /* in the place that it had */
    pg_atomic_write_u32(&shared.worker->idle, 0);
    return kPoll;
  }
}

void Leave(int, Datum) {
  shared.worker->launcher_latch = nullptr;
  pg_atomic_write_u32(&shared.worker->launcher, 0);
}

[[noreturn]] void Run() {
  is_ddlguard_worker = true;
  pqsignal(SIGHUP, SignalHandlerForConfigReload);
  pqsignal(SIGTERM, SignalHandlerForShutdownRequest);
  BackgroundWorkerUnblockSignals();
  before_shmem_exit(Leave, static_cast<Datum>(0));
  BackgroundWorkerInitializeConnection(nullptr, nullptr, 0);
  shared.worker->launcher_latch = MyLatch;
  pg_atomic_write_u32(&shared.worker->launcher, static_cast<uint32>(MyProcPid));
  launcher.visit_at = In(kFirstVisits);
  MemoryContext memory = AllocSetContextCreate(TopMemoryContext, "ddlguard launcher", ALLOCSET_DEFAULT_SIZES);
  for (;;) {
    ResetLatch(MyLatch);
    CHECK_FOR_INTERRUPTS();
    ProcessCatchupInterrupt(); /* invalidations are read by transactions alone, and there may be none for a day */
    if (ShutdownRequestPending) proc_exit(1); /* 0 would end it for good */
    if (ConfigReloadPending) {
      ConfigReloadPending = false;
      ProcessConfigFile(PGC_SIGHUP);
      launcher.visit_at = 0;
    }
    MemoryContextSwitchTo(memory);
    const long wait = Tend();
    MemoryContextSwitchTo(TopMemoryContext);
    MemoryContextReset(memory);
    (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, wait, PG_WAIT_EXTENSION);
  }
}

}  // namespace

void WorkerInit() {
  if (IsBinaryUpgrade) return;
  BackgroundWorker worker = Describe("ddlguard_launcher_main", "ddlguard launcher", kRestart);
  RegisterBackgroundWorker(&worker);
}

}  // namespace ddlguard

void ddlguard_launcher_main(Datum) { ddlguard::Run(); }
