/*
 * How long the work of a statement will take: its effects as amounts of work, and these by what this server has
 * been seen to do in a second (observe/throughput.h).
 *
 * Counted is what PostgreSQL does, not what the effects say beside each other: ALTER TABLE makes one pass over a
 * table for all its subcommands, a rewrite copies the TOAST table and builds every index anew, an index build
 * reads the table and sorts its rows, a foreign key is checked by reading both tables.
 *
 * Lazy: nothing is asked of the catalog before somebody wants to know the time.
 */
#pragma once

#include "analysis/analysis.h"
#include "observe/throughput.h"

namespace ddlguard {

/* All that the statement will do to what is there. */
Workload WorkOfStatement(const Analysis &a);

/* What there is to learn from the statement when it is done: the work that it is about to do.  Nothing of one that
 * waits for others on its way, whose tables are not as most are, or that runs a query. */
Workload WorkToLearn(const Analysis &a, const Node *statement);

/* In seconds, how long the statement will work, whether or not others wait meanwhile; 0: no work. */
double PredictedTime(const Analysis &a);

/*
 * In seconds, how long the effect's target will be busy: the work of the whole statement, since its locks last
 * as long, or, where it treats one relation after the other in transactions of their own, the work of this effect.
 * 0: no work, or no lock.  Remembered in the analysis.
 */
double PredictedTime(const Analysis &a, const Effect &effect);

/* The same, as far as others wait for it: 0 for a lock that lets readers and writers go on. */
double PredictedBlocking(const Analysis &a, const Effect &effect);

/* That, worked out when a policy row asks for it. */
struct Blocking {
  const Analysis *analysis = nullptr; /* null: known */
  const Effect *effect = nullptr;
  double known = 0;

  double Seconds() const { return analysis == nullptr ? known : PredictedBlocking(*analysis, *effect); }
};

/* Work on a whole relation, with everything below it, for a rule that nobody has broken yet. */
double PredictedTime(const Target &target, Work work);

/* The work of which a rule about blocking speaks; none for others. */
Work UsualWork(Why why);

/* In words: "about 40 s", "about 12 min"; null when it is too short to speak of. */
const char *PrettyTime(double seconds);

}  // namespace ddlguard
