/*
 * See hold.h.
 *
 * The signal handler sets flags alone.  What is told of the lock is copied into static memory when the timer
 * starts, since nothing can be looked up when the error is on its way.
 */
#include "runtime/hold.h"

#include <algorithm>

#include "analysis/statement.h"
#include "observe/event.h"
#include "pg/activity.h"
#include "pg/text.h"
#include "policy/settings.h"
#include "runtime/wait.h"

namespace ddlguard {

namespace {

struct Hold {
  int64 limit; /* milliseconds */
  int64 since; /* Nanoseconds() */
  LOCKMODE mode;
  CommandTag tag;
  SubTransactionId subxact; /* that gives the lock back when it aborts */
  bool renews;              /* the statement commits on its way */
  NameData schema;
  NameData name;
};

/* Each ends earlier than the one before it, which comes into force again when a subtransaction takes it back. */
Hold holds[8];
Hold *hold = nullptr; /* the last of them, for which the timer runs; null: none */
volatile sig_atomic_t fired = false;
int ended = 0; /* SQLSTATE with which the bound ends the transaction */
TimeoutId timer = MAX_TIMEOUTS;
emit_log_hook_type next_emit_log = nullptr;

/* After the first time, until the locks are given back. */
constexpr int kFireEvery = 1000;

bool IsIdleInTransaction() {
  return MyBEEntry != nullptr &&
         (MyBEEntry->st_state == STATE_IDLEINTRANSACTION || MyBEEntry->st_state == STATE_IDLEINTRANSACTION_ABORTED);
}

bool WaitsForClient() {
  const uint32 event = *const_cast<volatile uint32 *>(&MyProc->wait_event_info);
  return event == WAIT_EVENT_CLIENT_READ || event == WAIT_EVENT_CLIENT_WRITE;
}

/*
 * A session that waits for its client takes no notice of being cancelled: neither for its next command, nor for the
 * data of a COPY, nor for what the client does not read.  The first of these ends at once, if the timeout has not
 * been switched off meanwhile; the others when they stand there the next time, too.
 */
void Fire() {
  if (IsIdleInTransaction() && IdleInTransactionSessionTimeout > 0) IdleInTransactionSessionTimeoutPending = true;
  else if (WaitsForClient() && (fired || IsIdleInTransaction())) ProcDiePending = true;
  else QueryCancelPending = true;
  fired = true;
  InterruptPending = true;
  SetLatch(MyLatch);
}

int64 MillisecondsHeld() { return (Nanoseconds() - hold->since) / 1000000; }

int64 MillisecondsLeft() { return hold->limit - MillisecondsHeld(); }

void StartTimer() {
  const int64 left = std::clamp<int64>(MillisecondsLeft(), 1, INT_MAX);
  enable_timeout_every(timer, TimestampTzPlusMilliseconds(GetCurrentTimestamp(), left), kFireEvery);
}

/* What the timer has asked for is not asked of what comes next. */
void StopTimer() {
  disable_timeout(timer, false);
  if (!fired) return;
  fired = false;
  IdleInTransactionSessionTimeoutPending = false;
  /* PostgreSQL's own timeouts ask in the same way. */
  if (!get_timeout_indicator(STATEMENT_TIMEOUT, false) && !get_timeout_indicator(LOCK_TIMEOUT, false))
    QueryCancelPending = false;
}

void Start() {
  if (timer == MAX_TIMEOUTS) timer = RegisterTimeout(USER_TIMEOUT, Fire);
  hold->since = Nanoseconds();
  StartTimer();
}

void Stop() {
  if (hold == nullptr) return;
  StopTimer();
  hold = nullptr;
  ended = 0;
}

/* While the session is idle its client can neither be cancelled nor told; SET LOCAL, so that it ends with the
 * transaction. */
void BoundIdleTime() {
  if (!IsTransactionBlock()) return;
  if (IdleInTransactionSessionTimeout > 0 && IdleInTransactionSessionTimeout <= hold->limit) return;
  set_config_option("idle_in_transaction_session_timeout", Format("{}", hold->limit), PGC_USERSET, PGC_S_SESSION,
                    GUC_ACTION_LOCAL, true, 0, false);
}

void AtTransactionEnd(XactEvent event, void *) {
  if (hold == nullptr) return;
  switch (event) {
    /* A commit that waits for its standbys would take the cancellation for leave not to wait any longer. */
    case XACT_EVENT_PRE_COMMIT:
    case XACT_EVENT_PRE_PREPARE:
      if (hold->renews) StopTimer();
      else Stop();
      return;
    case XACT_EVENT_COMMIT: /* the next part of the statement takes its lock anew */
      Start();
      return;
    case XACT_EVENT_ABORT:
      Stop();
      return;
    case XACT_EVENT_PREPARE:
    case XACT_EVENT_PARALLEL_COMMIT:
    case XACT_EVENT_PARALLEL_ABORT:
    case XACT_EVENT_PARALLEL_PRE_COMMIT:
      return;
  }
}

void AtSubtransactionEnd(SubXactEvent event, SubTransactionId subxact, SubTransactionId parent, void *) {
  if (hold == nullptr) return;
  if (event == SUBXACT_EVENT_COMMIT_SUB)
    for (Hold *each = holds; each <= hold; ++each)
      if (each->subxact >= subxact) each->subxact = parent;
  if (event != SUBXACT_EVENT_ABORT_SUB) return;
  if (holds[0].subxact >= subxact) return Stop();
  if (hold->subxact >= subxact) StopTimer();
  while (hold->subxact >= subxact) --hold;
  /* An error that reaches the client stops all timers, of a transaction with a savepoint, too. */
  if (!get_timeout_active(timer)) StartTimer();
}

/* ---- the words ---- */

const char *Waiters() {
  const Array<int> waiting = ProcessesThatWait();
  if (waiting.Empty()) return "Nobody waited for it.";
  StringInfoData text;
  initStringInfo(&text);
  appendStringInfo(&text, "Waiting for it: process");
  constexpr int kShown = 10;
  for (int i = 0; i < waiting.count && i < kShown; ++i) appendStringInfo(&text, "%s %d", i == 0 ? "" : ",", waiting[i]);
  if (waiting.count > kShown) appendStringInfo(&text, " and %d more", waiting.count - kShown);
  appendStringInfoChar(&text, '.');
  return text.data;
}

const char *MessageOfHold() {
  return Format("\"{}.{}\" was locked ({}) for longer than {} ms (ddlguard.lock_hold)", NameStr(hold->schema),
                NameStr(hold->name), LockModeName(hold->mode), hold->limit);
}

const char *DetailOfHold() {
  return Format("{} took the lock {} ms ago. {}", GetCommandTagName(hold->tag), MillisecondsHeld(), Waiters());
}

constexpr char kHint[] =
    "Its transaction is rolled back. ddlguard.plan() shows a way in steps that hold no lock for long; column lock_hold "
    "of a policy row, ddlguard.bypass or ddlguard.approve() give a statement more time.";

bool EndsForUs(const ErrorData *error) {
  if (hold == nullptr || !fired) return false;
  switch (error->sqlerrcode) {
    case ERRCODE_QUERY_CANCELED:
      return error->elevel == ERROR;
    case ERRCODE_IDLE_IN_TRANSACTION_SESSION_TIMEOUT:
    case ERRCODE_ADMIN_SHUTDOWN:
      return error->elevel == FATAL;
    default:
      return false;
  }
}

/* The error is about to be sent, when nothing can catch it any more, and the locks are still held. */
void Translate(ErrorData *error) {
  if (EndsForUs(error)) {
    ended = error->elevel == ERROR ? kSqlstateHeldTooLong : error->sqlerrcode;
    MemoryContext old = MemoryContextSwitchTo(error->assoc_context);
    if (error->elevel == ERROR) {
      error->sqlerrcode = kSqlstateHeldTooLong;
      error->message = const_cast<char *>(MessageOfHold());
      error->detail = const_cast<char *>(DetailOfHold());
    } else {
      error->detail = const_cast<char *>(Format("{}. {}", MessageOfHold(), DetailOfHold()));
    }
    error->hint = pstrdup(kHint);
    MemoryContextSwitchTo(old);
  }
  if (next_emit_log != nullptr) next_emit_log(error);
}

}  // namespace

const Effect *HeaviestLock(const Analysis &a, const Node *statement) {
  if (!TakesStrongLock(a, statement)) return nullptr;
  const Effect *heaviest = nullptr;
  for (const Effect &effect : a.effects)
    if (IsStrongLock(effect) && effect.target->SeemsLive() && (heaviest == nullptr || effect.lock > heaviest->lock))
      heaviest = &effect;
  return heaviest;
}

int64 HoldLimit(const Verdict &verdict) {
  int64 limit = -1;
  for (const Finding &finding : verdict.findings)
    if (finding.decision.lock_hold >= 0 && (limit < 0 || finding.decision.lock_hold < limit))
      limit = finding.decision.lock_hold;
  if (limit >= 0) return limit;
  return *BypassReason() != '\0' || verdict.approval != nullptr ? 0 : LockHold();
}

bool BeginHold(const Effect *lock, const Node *statement, bool alone, int64 limit) {
  if (lock == nullptr || limit == 0 || CurrentMode() != Mode::enforce) return false;
  if (hold != nullptr && (limit >= MillisecondsLeft() || hold == std::end(holds) - 1)) return false;
  hold = hold == nullptr ? holds : hold + 1;
  hold->limit = limit;
  hold->mode = lock->lock;
  hold->tag = CreateCommandTag(const_cast<Node *>(statement));
  hold->subxact = GetCurrentSubTransactionId();
  hold->renews = alone;
  SetName(hold->schema, lock->target->schema);
  SetName(hold->name, lock->target->name);
  BoundIdleTime();
  Start();
  return alone;
}

void EndHold() { Stop(); }

void CheckHold() {
  if (!fired || hold == nullptr) return;
  ereport(ERROR, (errcode(ERRCODE_QUERY_CANCELED), errmsg("canceling statement: a lock has been held too long")));
}

int SqlstateOfEnd() { return hold != nullptr ? ended : 0; }

int SqlstateOfHold(int sqlstate) {
  return sqlstate == ERRCODE_QUERY_CANCELED && fired ? kSqlstateHeldTooLong : sqlstate;
}

void HoldInit() {
  RegisterXactCallback(AtTransactionEnd, nullptr);
  RegisterSubXactCallback(AtSubtransactionEnd, nullptr);
  next_emit_log = emit_log_hook;
  emit_log_hook = Translate;
}

}  // namespace ddlguard
