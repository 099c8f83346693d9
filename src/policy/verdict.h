/*
 * From effects to a verdict, and from a verdict to words.
 *
 * A finding is an effect that breaks a rule, with the policy row that decides about it.  The same
 * finding becomes an error, a warning, a log line or a row of check().
 */
#pragma once

#include "analysis/analysis.h"
#include "observe/response.h"
#include "policy/approval.h"
#include "policy/policy.h"

namespace ddlguard {

struct Finding {
  const Effect *effect;
  const Rule *rule;
  Decision decision;
  const Analysis *analysis; /* outlives the verdict */
};

struct Verdict {
  Array<Finding> findings; /* heaviest first: the first one speaks for the statement */
  Action action = Action::allow;
  const Approval *approval = nullptr; /* under which the rejected ones may run; set by RefuseRejected */
};

/* running: the statement is about to run, so that a DG005 of it is on record; null: it is only asked about.  asker:
 * by default the session. */
Verdict Judge(const Analysis &a, const Source *running, const Asker &asker = {});

/* What became of a finding, given what became of the statement. */
Response ResponseTo(const Finding &finding, Response statement);

/* What becomes of a statement that may run. */
Response HeaviestResponse(const Verdict &verdict);

/* The parts of a message, allocated in the current context. */
const char *MessageOf(const Finding &finding); /* one line that stands alone */
const char *DetailOf(const Finding &finding);  /* lock, who is blocked, work, size, policy row */
const char *HintOf(const Finding &finding,
                   const char *statement); /* the safe SQL; when refused, how to get it approved */

const char *RelationOf(const Effect &effect); /* "schema.name" as people write it */
const char *WorkKindName(Work work);          /* "none", "scan", "index build", "rewrite" */
const char *BlockedBy(LOCKMODE lock);         /* "reads and writes" ... */

/*
 * What the verdict says, under the current mode, bypass and approvals.  RefuseRejected returns when the statement
 * may run (SQLSTATE DG001; DG004 when a bypass was tried that is not permitted); Report warns about and
 * logs what it may do all the same.  Enforce does both.
 *
 * An approval that RefuseRejected finds is claimed, not yet used: the caller does that when nothing can refuse
 * the statement any more.  Enforce uses it.  used: one that the statement has used already, and that is good
 * for everything in it that its approver has seen.  tree: see FindApproval().  EnforceWithin is for the middle
 * of a statement, where no other approval can be used.
 */
void RefuseRejected(Verdict &verdict, const char *statement, const Node *tree, const Approval *used);
void Report(const Verdict &verdict, const char *statement);
void Enforce(Verdict &verdict, const char *statement, const Approval *used = nullptr);
void EnforceWithin(Verdict &verdict, const char *statement, const Approval *used);

}  // namespace ddlguard
