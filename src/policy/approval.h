/*
 * Approvals: rows of ddlguard.approval that let one exact statement run although policy refuses it.
 *
 * They are looked for only when a statement would be refused: by the fingerprint of its text, and then what
 * the approver saw is compared with what is found now (policy/coverage.h).  An approval of limited uses is
 * claimed (its row is locked) before the statement takes its lock, and used up when nothing can refuse it
 * any more, both in the statement's own transaction: what takes that back gives the use back.
 *
 * The table is read and changed below SQL, with the newest snapshot and as nobody in particular: any role
 * may be the one whose statement was approved, READ ONLY transactions may VACUUM, and under REPEATABLE READ the
 * latest version of the row is the one that counts.  Nothing here waits for a lock on the table or its TOAST
 * table; what cannot be had at once is an obstacle.
 */
#pragma once

#include "pg/array.h"

namespace ddlguard {

struct Verdict;

/* A finding that the approver saw. */
struct Sighting {
  const char *rule;
  Oid classid;
  Oid object;           /* invalid: made by the script that was approved, so the name counts */
  const char *relation; /* "schema.name" */
  const char *part;     /* column, constraint...; may be null */
  double rows;
  uint64 bytes;
};

struct Approval {
  int64 id = 0;
  ItemPointerData tid;
  const char *approver = nullptr;       /* session user */
  const char *approver_login = nullptr; /* who had logged in */
  const char *reason = nullptr;
  const char *role = nullptr; /* null: anyone */
  TimestampTz valid_from = DT_NOBEGIN;
  TimestampTz valid_until = DT_NOEND;
  bool limited = true;
  int32 uses_left = 0;
  bool revoked = false;
  bool here = false; /* given in this database of this cluster */
  const char *database = nullptr;
  double growth = 1;
  int64 max_rows = -1; /* -1: none */
  int64 max_bytes = -1;
  Array<Sighting> sightings;

  const char *Summary() const; /* "approval 7 by alice: reason", for the record */
};

/* An approval under which everything that is rejected may run, or why there is none, as sentences for DETAIL
 * (null: nobody has approved this statement). */
struct ApprovalSearch {
  const Approval *approval = nullptr;
  const char *obstacle = nullptr;
};

/*
 * Looks; changes and locks nothing.  tree: of the running statement, which the text must mean; null: not
 * known.  The results are allocated in the current context.
 */
ApprovalSearch FindApproval(const Verdict &verdict, const char *statement, const Node *tree);

/* The same, and locks the row until the transaction ends.  Waits for another session that is using it up
 * for kApprovalPatience at most, or not at all while this transaction holds strong locks. */
ApprovalSearch ClaimApproval(const Verdict &verdict, const char *statement, const Node *tree);
constexpr int kApprovalPatience = 10'000; /* ms */

/* Takes one use of a claimed approval, for this statement; DG005 when that cannot be done.  Ends in a
 * CommandCounterIncrement(). */
void UseApproval(const Approval &approval, const char *statement);

/* By its id; null when it is gone. */
const Approval *LoadApproval(int64 id);

/* ddlguard.approval, when it is there and belongs to the extension; else invalid. */
Oid ApprovalRelation();

}  // namespace ddlguard
