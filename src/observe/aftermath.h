/*
 * The aftermath: what others meet on a relation after DDL has changed it.
 *
 * Shared memory keeps the last kChanges changes of relations with rows (one statement and relation each) and, for
 * ddlguard.aftermath_window after its commit, counts the errors of others that it may have caused, by SQLSTATE,
 * column or constraint, role and application.  The hook that sees errors is on the way of each error to the log
 * (PostgreSQL calls it for what log_min_messages lets through); one that an exception block catches never comes
 * there.
 *
 * When no change is watched the hook makes one comparison.  It runs in a transaction that has failed: it raises no
 * error, allocates nothing, reads no catalog, and takes nothing but the spinlock of one change at a time, for a
 * copy or an addition.  So relations are compared by name; which error is a change's fault is said in
 * observe/blame.cpp.
 *
 * Lifetime: a change stays until its place is needed, the oldest first, or the server stops.
 */
#pragma once

#include "pg/array.h"

namespace ddlguard {

/* What a statement did to a column; or it made this constraint or unique index. */
enum class How : uint8 { added, changed, gone, retyped, constraint };

struct TouchedColumn {
  NameData name; /* its old one */
  How how;
};

/* Trivially copyable, as is all of it. */
struct Change {
  static constexpr int kMaxColumns = 8;
  static constexpr int kMaxLeaves = 256;

  uint64 number; /* 0: none */
  Oid database;
  Oid relation;
  Oid role; /* session user */
  int32 pid;
  CommandTag tag;
  bool gone; /* the name means another relation, or none */
  int8 columns;
  int16 leaves;
  int32 waiters;      /* negative: not looked at */
  const uint32 *leaf; /* HashName() of partitions and children, whose names are in errors; not in shared memory */
  TimestampTz committed_at;
  TimestampTz watched_until;
  int64 lock_wait; /* nanoseconds; negative: none */
  int64 lock_hold;
  NameData schema; /* before the change */
  NameData name;
  NameData new_schema; /* after it; empty: none */
  NameData new_name;
  NameData application;
  TouchedColumn column[kMaxColumns];
};

/* Errors of one kind that one application met. */
struct ErrorCell {
  int64 count;
  TimestampTz first_seen;
  TimestampTz last_seen;
  Oid role;
  int32 sqlstate;
  NameData column;
  NameData constraint;
  NameData application;
};

struct ChangeSlot {
  slock_t mutex; /* of all that follows, and of the slot's rest */
  Change change;
  int32 cells;
  int64 untold; /* errors that found no cell */
};

/* What few changes have; by itself, so that a new change touches little memory. */
struct SlotRest {
  static constexpr int kCells = 16;

  uint32 leaf[Change::kMaxLeaves];
  ErrorCell cell[kCells];
};

struct Aftermath {
  static constexpr int kChanges = 128;

  slock_t mutex;                  /* who adds a change; comes before that of a slot */
  uint64 number;                  /* of the last change */
  pg_atomic_uint64 watched_until; /* the latest of all; 0: nothing is watched */
  ChangeSlot slots[kChanges];
  SlotRest rests[kChanges];
};

void AftermathInit(Aftermath *aftermath);
void AftermathHookInit();

uint32 HashName(const char *schema, const char *name);

/* A change that has been committed; its number is set here.  Raises no error. */
void PublishChange(const Change &change);

/* Copies of what is known of the current database, in the order in which it was committed. */
struct WatchedChange {
  const Change *change;
  Array<ErrorCell> errors;
  int64 untold;
};
Array<WatchedChange> ChangesOfDatabase();

/* Counts from zero. */
void ResetAftermath();

/* ---- observe/blame.cpp ---- */

/* An error of another session, as far as it tells where it comes from.  Pointers may be null. */
struct ErrorFacts {
  int sqlstate;
  const char *message; /* in whatever language */
  const char *format;  /* in English, before what it is about is put in */
  const char *schema;  /* of table */
  const char *table;   /* these four: where PostgreSQL says so */
  const char *column;
  const char *constraint;
  const char *text; /* of the failing query; null when it is not known */
};

/* May such errors be the fault of any change?  Cheap. */
bool IsOfInterest(int sqlstate);

/*
 * 0: the error is not the change's fault, as far as can be told; else the more, the more speaks for it.  column:
 * which one it is about, when that is known.
 */
int Evidence(const Change &change, const ErrorFacts &error, const char **column);

}  // namespace ddlguard
