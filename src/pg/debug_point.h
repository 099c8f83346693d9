/*
 * Debug points: named stages of a decision at which a test makes the backend wait, fail or die.
 *
 * They are there with -DDDLGUARD_DEBUG_POINTS alone (make DEBUG_POINTS=1); otherwise nothing of them reaches the
 * library (test/lint/symbols).  Setting ddlguard.debug_point, which such a build has, is '<stage>:<what>', where
 * what is wait (until it is cancelled or ended), lock (for advisory lock 1), error or kill.
 *
 * A point stands only where an error may be raised.
 */
#pragma once

#include "pg/prelude.h"

namespace ddlguard {

enum class Stage : uint8 {
  before_analysis,
  names_resolved,
  before_verdict,
  reading_policy,
  searching_approval,
  approval_locked,
  used_ahead, /* in a transaction of its own, which has committed */
  before_locks,
  locked,
  before_use,
  used,
  before_event,
  before_run,
  has_run,
  before_refusal,
  before_ring,
  refusal_recorded,
  net,
  dml,
  before_commit,
  script, /* of check(), explain(), plan() */
  writing,
};

#ifdef DDLGUARD_DEBUG_POINTS
void DebugPoint(Stage stage);
void DebugPointInit();
#else
[[gnu::always_inline]] inline void DebugPoint(Stage) {}
[[gnu::always_inline]] inline void DebugPointInit() {}
#endif

}  // namespace ddlguard
