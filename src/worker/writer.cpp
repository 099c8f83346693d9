/*
 * The writer: a background worker that writes the events of one database from the ring to ddlguard.event,
 * deletes rows that are older than ddlguard.event_retention, and ends.  The launcher starts it.
 *
 * It works as the owner of the table, in a security-restricted operation, and with settings that no ALTER
 * DATABASE changes.  A batch is one transaction; its slots are given back only once it has committed.  When a
 * batch fails the events stay where they were, the reason is logged unless it is the same as before, and the
 * writer ends: the launcher starts it again after a while.  Then it writes one event at a time, so that one that
 * the table does not take (a constraint that somebody added) is given up alone.
 *
 * It waits for nobody longer than kLockTimeout, and holds no transaction while it waits for more: there is no
 * such wait.
 */
#include "observe/ring.h"
#include "observe/shmem.h"
#include "pg/text.h"
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
    " policy_id, reason, approval_id, findings, findings_omitted, analysis_time, lock_wait_time, run_time)"
    " VALUES ($1, pg_catalog.current_database(), $2, $3, $4, $5, $6::pg_catalog.inet, $7, $8, $9, $10, $11, $12,"
    " $13, $14, $15, $16, $17::pg_catalog.jsonb, $18, $19, $20, $21)";
constexpr int kParameters = 21;

constexpr char kDelete[] =
    "DELETE FROM ddlguard.event WHERE id IN (SELECT id FROM ddlguard.event"
    " WHERE decided_at < pg_catalog.now() - $1 * interval '1 minute' ORDER BY decided_at LIMIT $2)";

Oid database = InvalidOid;

/* ---- one event as parameters ---- */

struct Parameters {
  Oid types[kParameters];
  Datum values[kParameters];
  char nulls[kParameters];
  int count = 0;

  void Put(Oid type, Datum value, bool null) {
    types[count] = type;
    values[count] = value;
    nulls[count++] = null ? 'n' : ' ';
  }
  void Text(const char *text) {
    Put(TEXTOID, text == nullptr ? static_cast<Datum>(0) : CStringGetTextDatum(text), text == nullptr);
  }
  void Number(int64 number) { Put(INT8OID, Int64GetDatum(number), false); }
  void Id(int64 id) { Put(INT8OID, Int64GetDatum(id), id == 0); }
  void Milliseconds(int64 nanoseconds) {
    Put(FLOAT8OID, Float8GetDatum(static_cast<double>(nanoseconds) / 1e6), nanoseconds < 0);
  }
};

/* In the order of kInsert. */
void Describe(const Event &event, Parameters &p) {
  p.Put(TIMESTAMPTZOID, TimestampTzGetDatum(event.decided_at), false);
  p.Put(INT4OID, Int32GetDatum(event.pid), false);
  p.Text(event.Text(EventText::session_user));
  p.Text(event.Text(EventText::current_user));
  p.Text(event.Text(EventText::application));
  p.Text(event.Text(EventText::client));
  p.Text(GetCommandTagName(event.tag));
  p.Text(event.Text(EventText::statement));
  p.Put(BOOLOID, BoolGetDatum(event.truncated), false);
  p.Text(ActionName(event.action));
  p.Text(ResponseName(event.response));
  p.Text(EndingName(event.ending));
  p.Text(event.sqlstate == 0 ? nullptr : unpack_sql_state(event.sqlstate));
  p.Id(event.policy_id);
  p.Text(event.Text(EventText::reason));
  p.Id(event.approval_id);
  p.Text(event.Text(EventText::findings));
  p.Put(INT4OID, Int32GetDatum(event.omitted), false);
  p.Milliseconds(event.analysis);
  p.Milliseconds(event.lock_wait);
  p.Milliseconds(event.run);
}

/* ---- a transaction on the table ---- */

/* Locks the extension's table; null when there is none. */
Relation OpenEvents() {
  const Oid schema = get_namespace_oid("ddlguard", true);
  const Oid oid = OidIsValid(schema) ? get_relname_relid("event", schema) : InvalidOid;
  if (!OidIsValid(oid)) return nullptr;
  Relation events = try_relation_open(oid, RowExclusiveLock);
  if (events == nullptr) return nullptr;
  const Oid extension = getExtensionOfObject(RelationRelationId, oid);
  if (OidIsValid(extension) && Equal(get_extension_name(extension), "ddlguard")) return events;
  relation_close(events, RowExclusiveLock);
  return nullptr;
}

/* Runs work() as the table's owner; false when there is no table.  Triggers that wait for the end of the
 * transaction must not get the rights that we have then. */
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
    SPI_execute("SET CONSTRAINTS ALL IMMEDIATE", false, 0);
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
    if (plan == nullptr) plan = SPI_prepare(kInsert, kParameters, p.types);
    if (plan == nullptr || SPI_execute_plan(plan, p.values, p.nulls, false, 0) < 0)
      elog(ERROR, "could not insert into ddlguard.event");
  }
}

/* The event itself is what the table does not take. */
bool IsFaultOfEvent(int sqlstate) {
  const int category = ERRCODE_TO_CATEGORY(sqlstate);
  return category == ERRCODE_DATA_EXCEPTION || category == ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION;
}

/* Takes the error, and returns it in memory, the caller's context. */
ErrorData *TakeError(MemoryContext memory) {
  HOLD_INTERRUPTS();
  disable_all_timeouts(false);
  QueryCancelPending = false;
  MemoryContextSwitchTo(memory);
  ErrorData *error = CopyErrorData();
  FlushErrorState();
  AbortCurrentTransaction();
  MemoryContextSwitchTo(memory);
  RESUME_INTERRUPTS();
  return error;
}

enum class Result { written, nothing, failed };

Array<Taken> taken_now; /* not given back yet */

void GiveBack(bool written) {
  for (const Taken &each : taken_now) {
    if (written) RingFree(each);
    else RingPutBack(each);
  }
  taken_now.Clear();
}

void Fail(ErrorData *error, bool alone) {
  if (alone && IsFaultOfEvent(error->sqlerrcode)) {
    ereport(LOG, (errmsg("ddlguard gives up an event that table ddlguard.event does not take: %s", error->message)));
    RingCountLost();
    GiveBack(true);
    return;
  }
  GiveBack(false);
  const bool news = NoteFailure(database, error->message);
  if (news)
    ereport(LOG, (errmsg("ddlguard could not write to table ddlguard.event: %s", error->message),
                  errdetail("Events wait in shared memory; it is tried again."),
                  errhidestmt(true), errhidecontext(true)));
}

Result WriteBatch(MemoryContext memory) {
  MemoryContextReset(memory);
  MemoryContextSwitchTo(memory);
  const bool alone = IsFailing(database);
  taken_now = RingTake(database, alone ? 1 : kBatch);
  if (taken_now.Empty()) return Result::nothing;
  pgstat_report_activity(STATE_RUNNING, "writing ddlguard.event");
  volatile bool failed = false;
  PG_TRY();
  {
    const bool there = AsOwner([] { Insert(taken_now); });
    /* A table that is gone for good: nobody misses these.  Nothing may come between the commit and the slots. */
    HOLD_INTERRUPTS();
    CommitTransactionCommand();
    GiveBack(true);
    RESUME_INTERRUPTS();
    if (!there) RingDiscard(database);
  }
  PG_CATCH();
  {
    failed = true;
    Fail(TakeError(memory), alone);
  }
  PG_END_TRY();
  if (!failed) {
    NoteSuccess(database);
    return Result::written;
  }
  return alone && taken_now.Empty() && RingWaitingFor(database) == 0 ? Result::nothing : Result::failed;
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
      Oid types[] = {INT4OID, INT4OID};
      Datum values[] = {Int32GetDatum(minutes), Int32GetDatum(kDeleted)};
      SPI_execute_with_args(kDelete, 2, types, values, nullptr, false, 0);
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
  GiveBack(false);
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
  shared.worker->writer_database = oid;
  pg_atomic_write_u32(&shared.worker->writer, static_cast<uint32>(MyProcPid));
  before_shmem_exit(Leave, static_cast<Datum>(0));
  BackgroundWorkerInitializeConnectionByOid(oid, InvalidOid, BGWORKER_BYPASS_ALLOWCONN);
  for (auto &setting : kSettings) SetConfigOption(setting[0], setting[1], PGC_SUSET, PGC_S_OVERRIDE);

  MemoryContext memory = AllocSetContextCreate(TopMemoryContext, "ddlguard writer", ALLOCSET_DEFAULT_SIZES);
  const TimestampTz since = GetCurrentTimestamp();
  Result result;
  do {
    CHECK_FOR_INTERRUPTS();
    result = WriteBatch(memory);
  } while (result == Result::written && !ShouldYield(since));
  if (result == Result::nothing)
    while (DeleteBatch(memory)) CHECK_FOR_INTERRUPTS();
  pgstat_report_stat(true);
  pg_atomic_write_u32(&shared.worker->writer_done, 1);
  proc_exit(0);
}

}  // namespace

}  // namespace ddlguard

void ddlguard_writer_main(Datum argument) { ddlguard::Run(DatumGetObjectId(argument)); }
