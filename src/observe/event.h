/*
 * Events: what the guard decided about a statement, who sent it, and how it ended.
 *
 * A refused statement's event goes into the ring at once, since its transaction is about to abort.  That of a
 * statement that may run waits in this backend until its transaction ends, and then says how; that of a
 * statement which commits on its way (CREATE INDEX CONCURRENTLY, VACUUM) waits until the statement is over.
 *
 * What waits is bounded: when a transaction has more, an event goes into the ring at once, and its outcome stays
 * unknown.  Nothing in here raises an error once the statement's own fate is sealed.
 */
#pragma once

#include "observe/response.h"
#include "policy/verdict.h"

namespace ddlguard {

/* How the statement ended. */
enum class Ending : uint8 { unknown, refused, committed, rolled_back, failed, prepared };
const char *EndingName(Ending ending); /* null for unknown */

/* The texts of an event, one after the other. */
enum class EventText : uint8 { session_user, current_user, application, client, statement, reason, findings };
constexpr int kEventTexts = static_cast<int>(EventText::findings) + 1;

/* Trivially copyable, since it is copied into shared memory and to a file. */
struct Event {
  static constexpr int kMaxBytes = 8192; /* all of it */
  static constexpr int64 kUnknown = -1;

  TimestampTz decided_at;
  Oid database;
  int32 pid;
  int64 policy_id;   /* 0: none */
  int64 approval_id; /* 0: none */
  int64 analysis;    /* nanoseconds, as the next two; kUnknown: not measured */
  int64 lock_wait;
  int64 run;
  int64 lock_hold;
  int32 waiters;  /* kUnknown: not looked at */
  int32 sqlstate; /* of the refusal or failure; 0: none */
  int32 omitted;  /* findings that had no room */
  CommandTag tag;
  Action action; /* of the finding that weighs most */
  Response response;
  Ending ending;
  bool truncated; /* the statement had no room */
  uint16 lengths[kEventTexts];
  char texts[FLEXIBLE_ARRAY_MEMBER]; /* not terminated */

  size_t Bytes() const;
  /* As a string in the current memory context; null when it is empty. */
  const char *Text(EventText which) const;
};

/* What a hook has measured of the statement that it has judged. */
struct Occasion {
  CommandTag tag = CMDTAG_UNKNOWN;
  int64 analysis = Event::kUnknown;
  int64 lock_wait = Event::kUnknown;
  /* While it tries to get its locks: */
  const Verdict *verdict = nullptr;
  const Source *source = nullptr;
  int64 since = 0; /* Nanoseconds() */
};

/* To be told before the verdict is enforced; holds until the next one. */
void SetOccasion(const Occasion &occasion);
const Occasion &CurrentOccasion();

/* The statement (its text without secrets, as in the next) is refused with this SQLSTATE: log line, counters,
 * event. */
void RecordRefusal(const Verdict &verdict, int sqlstate, const char *statement);

/* The guard cannot decide about the statement, or about what it has done, and refuses it (DG005). */
void RecordUndecided(const char *why, const char *statement);

/* The statement may run.  Counters and event; the log lines are the caller's. */
void RecordPassage(const Verdict &verdict, Response response, const char *reason, const char *statement);

/* It does not get its locks, and fails with this SQLSTATE; why: who is in the way.  Only while it tries. */
void RecordGiveUp(int sqlstate, const char *why);

/* The statement may run, and takes strong locks.  When nothing else of it is on record it gets an event if others
 * have waited for it in the end, or if it fails because of its locks. */
void RecordLocking(const Verdict &verdict, const char *statement);

/*
 * The statement whose passage has just been recorded is about to run; 0 when none has been.  EndRun with the
 * number that this returned: how long it ran (nanoseconds), and the SQLSTATE it failed with, else 0.
 */
uint64 BeginRun();
void EndRun(uint64 number, int64 run, int sqlstate);

/* Its locks are about to be given back; sqlstate: of the error that this is for, when it is the locks that it is
 * for, else 0. */
void EndLocks(uint64 number, int64 hold, int waiters, int sqlstate);

/* A monotonic clock, in nanoseconds. */
int64 Nanoseconds();

void EventInit();

}  // namespace ddlguard
