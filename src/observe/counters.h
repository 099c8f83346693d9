/*
 * Counters in shared memory: for each rule how often it led to what, and for each database and command tag how
 * many statements were judged, with what result and in what time.
 *
 * Plain atomic additions on shared cells: a statement that is judged has taken microseconds by then, so there is
 * nothing to gain by cells of each backend's own.  Nothing is ever locked.  A reader sees each cell as it is at
 * its moment; sums of several need not agree for an instant.
 *
 * There are kCells pairs of database and command tag; what comes when all are taken is counted under no database
 * and no tag.
 */
#pragma once

#include "observe/response.h"
#include "policy/verdict.h"

namespace ddlguard {

struct RuleCounters {
  static constexpr int kMaxRules = RuleSet::kWords * 64;
  pg_atomic_uint64 responses[kResponses];
};

struct StatementCounters {
  pg_atomic_uint64 key; /* 0: unused */
  pg_atomic_uint64 judged;
  pg_atomic_uint64 responses[kResponses];
  pg_atomic_uint64 analysis; /* nanoseconds */
  pg_atomic_uint64 longest_analysis;
  pg_atomic_uint64 lock_wait;
  pg_atomic_uint64 longest_lock_wait;
  pg_atomic_uint64 lock_hold;
  pg_atomic_uint64 longest_lock_hold;
  pg_atomic_uint64 lost; /* events that found no room */
};

struct Counters {
  static constexpr int kCells = 1024; /* a power of two */

  pg_atomic_uint64 reset_at; /* TimestampTz */
  RuleCounters rules[RuleCounters::kMaxRules];
  StatementCounters statements[kCells + 1]; /* the last one: for all that found no cell */
};

void CountersInit(Counters *counters);

/* A statement has been judged, in this many nanoseconds (negative: not measured). */
void CountStatement(CommandTag tag, int64 analysis);
/* It has waited for its locks; the transaction has given back the first strong lock, which this statement took. */
void CountLockWait(CommandTag tag, int64 nanoseconds);
void CountLockHold(CommandTag tag, int64 nanoseconds);
/* And this came of it. */
void CountVerdict(const Verdict &verdict, Response response, CommandTag tag);
void CountLost(Oid database, CommandTag tag);

/* The cell of a database and tag, claimed when there is none yet.  Never null. */
StatementCounters *StatementCell(Oid database, CommandTag tag);

/* What a key stands for; false for an unused cell.  The last cell has no database, and CMDTAG_UNKNOWN. */
bool CellSubject(const StatementCounters &cell, Oid *database, CommandTag *tag);

void ResetCounters();

}  // namespace ddlguard
