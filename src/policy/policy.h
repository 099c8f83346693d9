/*
 * Policies: what a finding leads to.
 *
 * ddlguard.policy is read like pg_hba.conf: by priority, then id, the first row that matches decides;
 * when no row matches, the finding is logged, or allowed when its rule is a convention.  A backend keeps
 * the rows in a cache that an invalidation of the table throws away (the callback sets a flag and looks
 * nothing up), so a change shows at the next statement of every session, also after a rollback.  The hook
 * never waits for a lock on the table: when somebody holds it exclusively the last cache stays in force,
 * and a backend that has none yet refuses what it finds with DG005.
 */
#pragma once

#include "analysis/prediction.h"
#include "pg/text.h"
#include "policy/undecided.h"
#include "rules/rules.h"

namespace ddlguard {

enum class Action : uint8 { allow, log, warn, reject };
const char *ActionName(Action action);

struct Decision {
  Action action = Action::log;
  int64 policy_id = 0; /* 0: no row matched */
  int32 priority = 0;
  const char *policy_comment = nullptr; /* allocated in the context that was current */
  bool no_bypass = false;
  int64 lock_hold = -1;            /* milliseconds, 0: no bound; -1: as ddlguard.lock_hold says */
  bool by_application = false;     /* the row asks for an application_name */
  const char *undecided = nullptr; /* why the policies cannot be read; then fail mode open let it pass */
  const char *argument = nullptr;  /* of rules with a parameter: the row's, or the rule's default */
};

/* Who is asking; patterns of a policy row are compared with these. */
struct Asker {
  const char *role;        /* session user: SECURITY DEFINER and SET ROLE change nothing */
  const char *application; /* application_name */
};
Asker CurrentAsker();

/*
 * The first row that matches.  Thresholds: a row with min_rows, min_bytes or max_blocking matches when the effect
 * reaches any one of those given, by its size or by the time for which others would wait.  measured: a row
 * matches only when this breaks its argument; null: as if it broke any.  Null schema/name: patterns other than
 * null and '%' do not match.  Raises DG005 when the policies cannot be read (and, while the table is locked, none were
 * read before); in mode observe, which refuses nothing, and in fail mode open the finding is logged instead.
 * running: the statement, which then leaves a record; null: it is only asked about.
 */
Decision Decide(const Rule &rule, const char *schema, const char *name, Size size, const Measured *measured,
                const Blocking &blocking, const Asker &asker, const Source *running = nullptr);

/* The conventions that the policies switch on for the asker: none while they cannot be read. */
RuleSet SwitchedOn(const Asker &asker);
RuleSet SwitchedOn(); /* for this session */

/* Could the convention be on for this session?  A few comparisons, without a look at the catalog, for hooks
 * that every statement passes; after true, ask SwitchedOn(). */
bool MayBeOn(Why convention);

/* For status(): what the policies say about an asker as a whole. */
struct PolicySummary {
  bool readable = false;
  const char *failure = nullptr; /* why they are not readable */
  int by_application = 0;        /* rows that allow, and ask for an application_name */
  int refusing = 0;              /* rows that reject */
  int rows = 0;                  /* in the cache, whoever asks */
  int conventions = 0;           /* switched on for the asker */
  int64 exempted_by = 0;         /* row with rule '*', action allow and no condition but the asker; 0: none */
};
PolicySummary SummarizePolicies(const Asker &asker);

/* The extension is in this database, but its table is gone from where it belongs: the guard stays at work, and
 * cannot decide. */
bool PoliciesLost();

/* Oid of ddlguard.policy when the extension is installed in this database, else invalid.  Cheap. */
Oid PolicyRelation();

void PolicyInit();

}  // namespace ddlguard
