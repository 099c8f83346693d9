/*
 * The writer: a background worker that writes the events of one database from the ring to ddlguard.event,
 * deletes rows that are older than ddlguard.event_retention, and ends.  The launcher starts it.
 *
 * It works as the owner of the table, in a security-restricted operation, and with settings that no ALTER
 * DATABASE changes.  A batch is one transaction; its slots are given back only once it has committed.  When a
 * batch fails the events stay where they were, the reason is logged unless it is the same as before, and the
 * writer ends: the launcher starts it again after a while.
 *
 * Then it writes one event at a time.  One that the table does not take (a constraint that somebody added) is
 * set aside, and given up once the table has taken a later one: as long as it takes none, the fault is not the
 * event's.
 *
 * It waits for nobody longer than its lock_timeout, and never for more events.
 */
#include "observe/ring.h"
#include "observe/shmem.h"
#include "pg/catalog.h"
#include "pg/debug_point.h"
#include "pg/parameters.h"
#include "policy/settings.h"
#include "worker/state.h"

extern "C" {
PGDLLEXPORT void ddlguard_writer_main(Datum argument);
}

namespace ddlguard {

namespace {

constexpr int kBatch = 64;
constexpr int kBatchTimeout = 60000; /* milliseconds; what a trigger on the table could take */
constexpr int kDeleted = 5000;       /* rows in one transaction */

constexpr const char *kSettings[][2] = {
    {"search_path", "pg_catalog, pg_temp"},
    {"lock_timeout", "2s"},
    {"synchronous_commit", "local"}, /* no standby holds it up */
    {"default_transaction_read_only", "off"},
    {"default_transaction_isolation", "read committed"},
    {"session_replication_role", "origin"},
    {"row_security", "on"},
    {"jit", "off"},
    {"application_name", "ddlguard writer"},
};

constexpr char kInsert[] =
    "INSERT INTO ddlguard.event (decided_at, database_name, pid, session_user_name, current_user_name,"
    " application_name, client_addr, command_tag, statement, truncated, action, response, outcome, sqlstate,"
    " policy_id, reason, approval_id, findings, findings_omitted, analysis_time, lock_wait_time, run_time,"
    " lock_hold_time, waiters)"
    " VALUES ($1, pg_catalog.current_database(), $2, $3, $4, $5, $6::pg_catalog.inet, $7, $8, $9, $10, $11, $12,"
    " $13, $14, $15, $16, $17::pg_catalog.jsonb, $18, $19, $20, $21, $22, $23)";
constexpr char kDelete[] =
    "DELETE FROM ddlguard.event WHERE id IN (SELECT id FROM ddlguard.event"
    " WHERE decided_at < pg_catalog.now() - $1 * interval '1 minute' ORDER BY decided_at LIMIT $2)";

Oid database = InvalidOid;

/* HOLD_INTERRUPTS() and RESUME_INTERRUPTS() in words that C++20 does not frown on. */
void HoldInterrupts() { InterruptHoldoffCount = InterruptHoldoffCount + 1; }
void ResumeInterrupts() { InterruptHoldoffCount = InterruptHoldoffCount - 1; }

/* ---- one event as parameters ---- */

/* 0: none. */
void AddId(Parameters &p, int64 id) { p.Bigint(id, id == 0); }

/* Negative: not measured. */
void AddMilliseconds(Parameters &p, int64 nanoseconds) {
  p.Float(static_cast<double>(nanoseconds) / 1e6, nanoseconds < 0);
}

/* In the order of kInsert. */
void Describe(const Event &event, Parameters &p) {
  p.Time(event.decided_at);
  p.Int(event.pid);
  p.Text(event.Text(EventText::session_user));
  p.Text(event.Text(EventText::current_user));
  p.Text(event.Text(EventText::application));
  p.Text(event.Text(EventText::client));
  p.Text(GetCommandTagName(event.tag));
  p.Text(event.Text(EventText::statement));
  p.Add(BOOLOID, BoolGetDatum(event.truncated));
  p.Text(ActionName(event.action));
  p.Text(ResponseName(event.response));
  p.Text(EndingName(event.ending));
  p.Text(event.sqlstate == 0 ? nullptr : unpack_sql_state(event.sqlstate));
  AddId(p, event.policy_id);
  p.Text(event.Text(EventText::reason));
  AddId(p, event.approval_id);
  p.Text(event.Text(EventText::findings));
  p.Int(event.omitted);
  AddMilliseconds(p, event.analysis);
  AddMilliseconds(p, event.lock_wait);
  AddMilliseconds(p, event.run);
  AddMilliseconds(p, event.lock_hold);
  p.Int(event.waiters, event.waiters < 0);
}

/* ---- a transaction on the table ---- */

/* Locks the extension's table; null when there is none. */
Relation OpenEvents() {
  const Oid schema = get_namespace_oid("ddlguard", true);
  const Oid oid = OidIsValid(schema) ? get_relname_relid("event", schema) : InvalidOid;
  if (!OidIsValid(oid)) return nullptr;
  Relation events = try_relation_open(oid, RowExclusiveLock);
  if (events == nullptr) return nullptr;
  if (BelongsToExtension(RelationRelationId, oid)) return events;
  relation_close(events, RowExclusiveLock);
  return nullptr;
}

/* Runs work() as the table's owner; false when there is no table.  PostgreSQL refuses triggers in there that
 * wait for the end of the transaction, which would get the rights that we have then. */
template <typename Work>
bool AsOwner(Work work) {
  StartTransactionCommand();
  enable_timeout_after(STATEMENT_TIMEOUT, kBatchTimeout);
  PushActiveSnapshot(GetTransactionSnapshot());
  Relation events = OpenEvents();
  if (events != nullptr) {
    Oid user;
    int context;
    GetUserIdAndSecContext(&user, &context);
    SetUserIdAndSecContext(events->rd_rel->relowner, context | SECURITY_RESTRICTED_OPERATION);
    SPI_connect();
    work();
    SPI_finish();
    SetUserIdAndSecContext(user, context);
    relation_close(events, NoLock);
  }
  PopActiveSnapshot();
  disable_timeout(STATEMENT_TIMEOUT, false);
  return events != nullptr;
}

void Insert(const Array<Taken> &taken) {
  SPIPlanPtr plan = nullptr;
  for (const Taken &each : taken) {
    Parameters p;
    Describe(*each.event, p);
    if (plan == nullptr) plan = SPI_prepare(kInsert, p.count, p.types);
    if (plan == nullptr || SPI_execute_plan(plan, p.values, p.nulls, false, 0) < 0)
      elog(ERROR, "could not insert into ddlguard.event");
  }
  DebugPoint(Stage::writing);
}

/* The event itself is what the table does not take. */
bool IsFaultOfEvent(int sqlstate) {
  const int category = ERRCODE_TO_CATEGORY(sqlstate);
  return category == ERRCODE_DATA_EXCEPTION || category == ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION;
}

/* Takes the error, and returns it in memory, the caller's context. */
ErrorData *TakeError(MemoryContext memory) {
  HoldInterrupts();
  disable_all_timeouts(false);
  QueryCancelPending = false;
  MemoryContextSwitchTo(memory);
  ErrorData *error = CopyErrorData();
  FlushErrorState();
  AbortCurrentTransaction();
  MemoryContextSwitchTo(memory);
  ResumeInterrupts();
  return error;
}

/* ---- batches ---- */

enum class Result { written, nothing, failed };

Array<Taken> taken; /* of the batch that is under way */

constexpr int kMaxAside = 16;
Taken aside[kMaxAside]; /* the table did not take them */
int aside_count = 0;

void Free(const Array<Taken> &events) {
  for (const Taken &each : events) RingFree(each);
  taken.Clear();
}

void PutBackAll() {
  for (const Taken &each : taken) RingPutBack(each);
  taken.Clear();
  while (aside_count > 0) RingPutBack(aside[--aside_count]);
}

void GiveUpAside() {
  if (aside_count == 0) return;
  ereport(LOG, (errmsg("ddlguard gives up %d events that table ddlguard.event does not take", aside_count)));
  while (aside_count > 0) {
    RingCountLost();
    RingFree(aside[--aside_count]);
  }
}

Result Fail(const char *message) {
  PutBackAll();
  if (NoteFailure(database, message))
    ereport(LOG,
            (errmsg("ddlguard could not write to table ddlguard.event: %s", message),
             errdetail("Events wait in shared memory; it is tried again."), errhidestmt(true), errhidecontext(true)));
  return Result::failed;
}

Result WriteBatch(MemoryContext memory) {
  static char aside_message[Failure::kMaxMessage]; /* why the latest was set aside */
  MemoryContextReset(memory);
  MemoryContextSwitchTo(memory);
  const bool alone = aside_count > 0 || IsFailing(database);
  taken = RingTake(database, alone ? 1 : kBatch);
  if (taken.Empty()) return aside_count > 0 ? Fail(aside_message) : Result::nothing;

  pgstat_report_activity(STATE_RUNNING, "writing ddlguard.event");
  ErrorData *volatile error = nullptr;
  PG_TRY();
  {
    const bool there = AsOwner([] { Insert(taken); });
    /* Nothing may come between the commit and the slots. */
    HoldInterrupts();
    CommitTransactionCommand();
    Free(taken);
    ResumeInterrupts();
    if (!there) RingDiscard(database); /* the table is gone for good */
  }
  PG_CATCH();
  { error = TakeError(memory); }
  PG_END_TRY();

  if (error == nullptr) {
    GiveUpAside();
    NoteSuccess(database);
    return Result::written;
  }
  if (!alone || !IsFaultOfEvent(error->sqlerrcode) || aside_count == kMaxAside) return Fail(error->message);
  strlcpy(aside_message, error->message, sizeof(aside_message));
  aside[aside_count++] = taken[0];
  taken.Clear();
  return Result::written;
}

/* Returns whether there may be more. */
bool DeleteBatch(MemoryContext memory) {
  volatile uint64 deleted = 0;
  const int minutes = EventRetentionMinutes();
  if (minutes == 0) return false;
  MemoryContextReset(memory);
  MemoryContextSwitchTo(memory);
  pgstat_report_activity(STATE_RUNNING, "deleting old rows of ddlguard.event");
  PG_TRY();
  {
    AsOwner([minutes, &deleted] {
      Parameters p;
      p.Int(minutes);
      p.Int(kDeleted);
      SPI_execute_with_args(kDelete, p.count, p.types, p.values, p.nulls, false, 0);
      deleted = SPI_processed;
    });
    CommitTransactionCommand();
  }
  PG_CATCH();
  {
    ErrorData *error = TakeError(memory);
    ereport(LOG, (errmsg("ddlguard could not delete old rows of table ddlguard.event: %s", error->message),
                  errhidestmt(true), errhidecontext(true)));
    deleted = 0;
  }
  PG_END_TRY();
  return deleted == kDeleted;
}

void Leave(int, Datum) {
  PutBackAll();
  pg_atomic_write_u32(&shared.worker->writer, 0);
}

/* Others wait for their writer, and this one has had its time. */
bool ShouldYield(TimestampTz since) {
  if (GetCurrentTimestamp() - since < USECS_PER_SEC) return false;
  for (const Waiting &each : RingWaiting())
    if (each.database != database) return true;
  return false;
}

[[noreturn]] void Run(Oid oid) {
  is_ddlguard_worker = true;
  database = oid;
  pqsignal(SIGHUP, SignalHandlerForConfigReload);
  pqsignal(SIGTERM, die);
  BackgroundWorkerUnblockSignals();
  pg_atomic_write_u32(&shared.worker->writer, static_cast<uint32>(MyProcPid));
  before_shmem_exit(Leave, static_cast<Datum>(0));
  BackgroundWorkerInitializeConnectionByOid(oid, InvalidOid, BGWORKER_BYPASS_ALLOWCONN);
  for (auto &setting : kSettings) SetConfigOption(setting[0], setting[1], PGC_SUSET, PGC_S_OVERRIDE);

  MemoryContext memory = AllocSetContextCreate(TopMemoryContext, "ddlguard writer", ALLOCSET_DEFAULT_SIZES);
  const TimestampTz since = GetCurrentTimestamp();
  bool more;
  do {
    CHECK_FOR_INTERRUPTS();
    const Result result = WriteBatch(memory);
    more = result == Result::written || (result == Result::nothing && DeleteBatch(memory));
  } while (more && !ShouldYield(since));
  pgstat_report_stat(true);
  pg_atomic_write_u32(&shared.worker->writer_done, 1);
  proc_exit(0);
}

}  // namespace

}  // namespace ddlguard

void ddlguard_writer_main(Datum argument) { ddlguard::Run(DatumGetObjectId(argument)); }
