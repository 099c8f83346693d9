/*
 * See event.h.
 */
#include "observe/event.h"

#include <time.h>

#include "observe/counters.h"
#include "observe/log.h"
#include "observe/ring.h"
#include "observe/secret.h"
#include "pg/activity.h"
#include "pg/debug_point.h"
#include "pg/text.h"
#include "policy/settings.h"
#include "worker/state.h"

namespace ddlguard {

namespace {

/* Bytes of each text at most; what is left is for the findings. */
constexpr int kMaxName = NAMEDATALEN;
constexpr int kMaxReason = 512;
constexpr int kMaxStatement = 4096;
constexpr int kMaxFindings =
    Event::kMaxBytes - static_cast<int>(sizeof(Event)) - kMaxStatement - kMaxReason - 4 * kMaxName;
static_assert(kMaxFindings >= 2500);

Occasion occasion;

/* ---- making an event ---- */

struct Builder {
  Event *event;
  size_t used = 0;

  /* True when the text had to be cut. */
  bool Add(EventText which, const char *text, int most) {
    if (text == nullptr) text = "";
    const int length = static_cast<int>(strlen(text));
    const int kept = length <= most ? length : pg_mbcliplen(text, length, most);
    event->lengths[static_cast<int>(which)] = static_cast<uint16>(kept);
    memcpy(event->texts + used, text, kept);
    used += kept;
    return kept < length;
  }
};

const char *FindingJson(const Finding &finding) {
  JsonObject json;
  AddFinding(json, finding);
  json.Text("action", ActionName(finding.decision.action));
  json.Text("column", finding.effect->column);
  return json.Close();
}

const char *FindingsJson(const Verdict &verdict, int *omitted) {
  StringInfoData out;
  initStringInfo(&out);
  appendStringInfoChar(&out, '[');
  int written = 0;
  for (const Finding &finding : verdict.findings) {
    const char *each = FindingJson(finding);
    if (out.len + static_cast<int>(strlen(each)) + 2 > kMaxFindings) break;
    appendStringInfo(&out, "%s%s", written == 0 ? "" : ",", each);
    ++written;
  }
  appendStringInfoChar(&out, ']');
  *omitted = verdict.findings.count - written;
  return out.data;
}

/* In the current memory context, with room for what any event needs. */
Event *MakeEvent(const Verdict &verdict, Response response, const char *reason, const char *statement) {
  auto *event = static_cast<Event *>(palloc0(Event::kMaxBytes));
  event->decided_at = GetCurrentTimestamp();
  event->database = MyDatabaseId;
  event->pid = MyProcPid;
  if (!verdict.findings.Empty()) event->policy_id = verdict.findings[0].decision.policy_id;
  event->approval_id = verdict.approval == nullptr ? 0 : verdict.approval->id;
  event->analysis = occasion.analysis;
  event->lock_wait = occasion.lock_wait;
  event->run = event->lock_hold = Event::kUnknown;
  event->waiters = Event::kUnknown;
  event->tag = occasion.tag;
  event->action = verdict.action;
  event->response = response;

  Builder builder = {event};
  builder.Add(EventText::session_user, GetUserNameFromId(GetSessionUserId(), true), kMaxName);
  builder.Add(EventText::current_user, GetUserNameFromId(GetUserId(), true), kMaxName);
  builder.Add(EventText::application, application_name, kMaxName);
  builder.Add(EventText::client, ClientAddress(), kMaxName);
  event->truncated = builder.Add(EventText::statement, statement, kMaxStatement);
  builder.Add(EventText::reason, reason, kMaxReason);
  builder.Add(EventText::findings, FindingsJson(verdict, &event->omitted), kMaxFindings);
  return event;
}

void Publish(const Event &event) {
  if (!RingPut(event)) CountLost(event.database, event.tag);
}

/* ---- events that wait for the end of their transaction ---- */

struct Pending {
  Pending *next;
  uint64 number;
  SubTransactionId subxact;
  bool running;
  bool failed;
  bool silent; /* there may be nothing to tell in the end */
  Event event; /* as long as it is */
};

constexpr size_t kMaxPendingBytes = 1024 * 1024;

MemoryContext pending_memory = nullptr;
Pending *first_pending = nullptr;
Pending *last_pending = nullptr;
size_t pending_bytes = 0;
uint64 pending_number = 0; /* of the last one */
uint64 about_to_run = 0;

size_t BytesOf(const Pending &pending) { return offsetof(Pending, event) + pending.event.Bytes(); }

void Keep(const Event &event, bool silent = false) {
  const size_t bytes = offsetof(Pending, event) + event.Bytes();
  /* What may never be told leaves room for what will be. */
  if (silent && pending_bytes + bytes > kMaxPendingBytes / 2) return;
  if (pending_bytes + bytes > kMaxPendingBytes) {
    Publish(event);
    return;
  }
  if (pending_memory == nullptr)
    pending_memory = AllocSetContextCreate(TopMemoryContext, "ddlguard events", ALLOCSET_DEFAULT_SIZES);
  auto *pending = static_cast<Pending *>(MemoryContextAlloc(pending_memory, bytes));
  pending->next = nullptr;
  pending->number = about_to_run = ++pending_number;
  pending->subxact = GetCurrentSubTransactionId();
  pending->running = pending->failed = false;
  pending->silent = silent;
  memcpy(static_cast<void *>(&pending->event), &event, event.Bytes());
  (last_pending == nullptr ? first_pending : last_pending->next) = pending;
  last_pending = pending;
  pending_bytes += bytes;
}

bool IsOfLocks(int sqlstate) {
  return sqlstate == ERRCODE_LOCK_NOT_AVAILABLE || sqlstate == kSqlstateLockNotAvailable ||
         sqlstate == kSqlstateHeldTooLong || sqlstate == ERRCODE_IDLE_IN_TRANSACTION_SESSION_TIMEOUT;
}

bool IsWorthTelling(const Pending &pending) {
  return !pending.silent || pending.event.waiters > 0 || IsOfLocks(pending.event.sqlstate);
}

/* Puts those that ends(pending) names an ending for into the ring; the others go on waiting. */
template <typename Ends>
void Settle(Ends ends) {
  Pending *pending = first_pending;
  first_pending = last_pending = nullptr;
  while (pending != nullptr) {
    Pending *next = pending->next;
    const Ending ending = ends(*pending);
    if (ending != Ending::unknown) {
      pending->event.ending = ending;
      if (IsWorthTelling(*pending)) Publish(pending->event);
      pending_bytes -= BytesOf(*pending);
      pfree(pending);
    } else {
      pending->next = nullptr;
      (last_pending == nullptr ? first_pending : last_pending->next) = pending;
      last_pending = pending;
    }
    pending = next;
  }
}

void AtTransactionEnd(XactEvent event, void *) {
  if (first_pending == nullptr) return;
  switch (event) {
    case XACT_EVENT_COMMIT:
      Settle([](const Pending &pending) { return pending.running ? Ending::unknown : Ending::committed; });
      break;
    case XACT_EVENT_PREPARE:
      Settle([](const Pending &) { return Ending::prepared; });
      break;
    case XACT_EVENT_ABORT:
      /* One that still runs is cut short by the end of its session. */
      Settle([](const Pending &pending) {
        return pending.failed || pending.running ? Ending::failed : Ending::rolled_back;
      });
      break;
    case XACT_EVENT_PARALLEL_COMMIT:
    case XACT_EVENT_PARALLEL_ABORT:
    case XACT_EVENT_PRE_COMMIT:
    case XACT_EVENT_PARALLEL_PRE_COMMIT:
    case XACT_EVENT_PRE_PREPARE:
      break;
  }
}

void AtSubtransactionEnd(SubXactEvent event, SubTransactionId subxact, SubTransactionId, void *) {
  if (event != SUBXACT_EVENT_ABORT_SUB || first_pending == nullptr) return;
  Settle([subxact](const Pending &pending) {
    if (pending.subxact < subxact || pending.running) return Ending::unknown;
    return pending.failed ? Ending::failed : Ending::rolled_back;
  });
}

/* Runs record(memory) in memory of its own, and never inside a worker of ours. */
template <typename Record>
void Recording(Record record) {
  if (is_ddlguard_worker) return;
  MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "ddlguard event", ALLOCSET_DEFAULT_SIZES);
  MemoryContext old = MemoryContextSwitchTo(memory);
  record();
  MemoryContextSwitchTo(old);
  MemoryContextDelete(memory);
}

}  // namespace

const char *EndingName(Ending ending) {
  switch (ending) {
    case Ending::unknown:
      return nullptr;
    case Ending::refused:
      return "refused";
    case Ending::committed:
      return "committed";
    case Ending::rolled_back:
      return "rolled back";
    case Ending::failed:
      return "failed";
    case Ending::prepared:
      return "prepared";
  }
  return nullptr;
}

const char *ResponseName(Response response) {
  switch (response) {
    case Response::allowed:
      return "allowed";
    case Response::logged:
      return "logged";
    case Response::would_warn:
      return "would warn";
    case Response::warned:
      return "warned";
    case Response::would_refuse:
      return "would refuse";
    case Response::bypassed:
      return "bypassed";
    case Response::approved:
      return "approved";
    case Response::refused:
      return "refused";
  }
  return "";
}

size_t Event::Bytes() const {
  size_t bytes = offsetof(Event, texts);
  for (uint16 length : lengths) bytes += length;
  return bytes;
}

const char *Event::Text(EventText which) const {
  const char *at = texts;
  for (int i = 0; i < static_cast<int>(which); ++i) at += lengths[i];
  const uint16 length = lengths[static_cast<int>(which)];
  return length == 0 ? nullptr : pnstrdup(at, length);
}

int64 Nanoseconds() {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int64>(now.tv_sec) * 1000000000 + now.tv_nsec;
}

void SetOccasion(const Occasion &now) {
  occasion = now;
  about_to_run = 0;
}
const Occasion &CurrentOccasion() { return occasion; }

void RecordRefusal(const Verdict &verdict, int sqlstate, const char *statement) {
  LogRefusal(verdict, statement);
  CountStatement(occasion.tag, occasion.analysis);
  CountVerdict(verdict, Response::refused, occasion.tag);
  Recording([&] {
    Event *event = MakeEvent(verdict, Response::refused, nullptr, statement);
    DebugPoint(Stage::before_ring);
    event->lock_wait = Event::kUnknown;
    event->sqlstate = sqlstate;
    event->ending = Ending::refused;
    Publish(*event);
  });
}

void RecordUndecided(const char *why, const char *statement) {
  Verdict verdict;
  verdict.action = Action::reject;
  CountStatement(occasion.tag, Event::kUnknown);
  CountVerdict(verdict, Response::refused, occasion.tag);
  Recording([&] {
    Event *event = MakeEvent(verdict, Response::refused, why, statement);
    event->analysis = event->lock_wait = Event::kUnknown;
    event->sqlstate = kSqlstateCannotDecide;
    event->ending = Ending::refused;
    Publish(*event);
  });
}

void RecordPassage(const Verdict &verdict, Response response, const char *reason, const char *statement) {
  CountVerdict(verdict, response, occasion.tag);
  Recording([&] {
    const Event *event = MakeEvent(verdict, response, reason, statement);
    DebugPoint(Stage::before_event);
    Keep(*event);
  });
}

void RecordGiveUp(int sqlstate, const char *why) {
  const int64 waited = Nanoseconds() - occasion.since;
  CountStatement(occasion.tag, occasion.analysis);
  CountLockWait(occasion.tag, occasion.lock_wait + waited);
  if (occasion.verdict == nullptr) return;
  Recording([&] {
    const char *statement = WithoutSecrets(occasion.source->Text());
    Event *event = MakeEvent(*occasion.verdict, HeaviestResponse(*occasion.verdict), why, statement);
    event->lock_wait += waited;
    event->sqlstate = sqlstate;
    event->ending = Ending::failed;
    Publish(*event);
  });
}

void RecordLocking(const Verdict &verdict, const char *statement) {
  if (about_to_run != 0) return;
  Recording([&] { Keep(*MakeEvent(verdict, Response::allowed, nullptr, WithoutSecrets(statement)), true); });
}

uint64 BeginRun() {
  const uint64 number = about_to_run;
  about_to_run = 0;
  for (Pending *pending = first_pending; number != 0 && pending != nullptr; pending = pending->next)
    if (pending->number == number) pending->running = true;
  return number;
}

void EndRun(uint64 number, int64 run, int sqlstate) {
  for (Pending *pending = first_pending; number != 0 && pending != nullptr; pending = pending->next) {
    if (pending->number != number) continue;
    pending->running = false;
    pending->failed = sqlstate != 0;
    pending->event.run = run;
    pending->event.sqlstate = sqlstate;
  }
}

void EndLocks(uint64 number, int64 hold, int waiters, int sqlstate) {
  for (Pending *pending = first_pending; number != 0 && pending != nullptr; pending = pending->next) {
    if (pending->number != number) continue;
    pending->event.lock_hold = hold;
    pending->event.waiters = waiters;
    if (pending->event.sqlstate == 0) pending->event.sqlstate = sqlstate;
  }
}

void EventInit() {
  RegisterXactCallback(AtTransactionEnd, nullptr);
  RegisterSubXactCallback(AtSubtransactionEnd, nullptr);
}

}  // namespace ddlguard
