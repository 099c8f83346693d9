/*
 * See debug_point.h.
 */
#include "pg/debug_point.h"

#ifdef DDLGUARD_DEBUG_POINTS

#include "pg/text.h"

namespace ddlguard {

namespace {

constexpr const char *kStages[] = {
    "before_analysis",
    "names_resolved",
    "before_verdict",
    "reading_policy",
    "searching_approval",
    "approval_locked",
    "used_ahead",
    "before_locks",
    "locked",
    "before_use",
    "used",
    "before_event",
    "before_run",
    "has_run",
    "before_refusal",
    "before_ring",
    "refusal_recorded",
    "net",
    "dml",
    "before_commit",
    "script",
    "writing",
};
static_assert(lengthof(kStages) == static_cast<int>(Stage::writing) + 1);

constexpr const char *kWhat[] = {"wait", "lock", "error", "kill"};

char *setting = nullptr;

/* What follows "<stage>:" in the setting; null for another stage. */
const char *Ordered(const char *value, const char *stage) {
  const size_t length = strlen(stage);
  return strncmp(value, stage, length) == 0 && value[length] == ':' ? value + length + 1 : nullptr;
}

bool Check(char **value, void **, GucSource) {
  if (*value == nullptr || **value == '\0') return true;
  for (const char *stage : kStages)
    if (const char *ordered = Ordered(*value, stage))
      for (const char *what : kWhat)
        if (Equal(ordered, what)) return true;
  StringInfoData stages;
  initStringInfo(&stages);
  for (const char *stage : kStages) appendStringInfo(&stages, " %s", stage);
  GUC_check_errdetail("Stages:%s", stages.data);
  return false;
}

void Wait() {
  for (;;) {
    (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_EXIT_ON_PM_DEATH, 0, PG_WAIT_EXTENSION);
    ResetLatch(MyLatch);
    CHECK_FOR_INTERRUPTS();
  }
}

void Lock() {
  LOCKTAG tag;
  SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, 0, 1, 1); /* as pg_advisory_lock(1) */
  (void)LockAcquire(&tag, ExclusiveLock, false, false);
}

}  // namespace

void DebugPoint(Stage stage) {
  const char *name = kStages[static_cast<int>(stage)];
  const char *what = setting == nullptr ? nullptr : Ordered(setting, name);
  if (what == nullptr) return;
  if (Equal(what, "wait")) Wait();
  if (Equal(what, "lock")) Lock();
  if (Equal(what, "error")) elog(ERROR, "debug point %s", name);
  if (Equal(what, "kill")) kill(MyProcPid, SIGKILL);
}

void DebugPointInit() {
  DefineCustomStringVariable("ddlguard.debug_point", "Where the backend waits, fails or dies: <stage>:<what>.", nullptr,
                             &setting, "", PGC_USERSET, 0, Check, nullptr, nullptr);
}

}  // namespace ddlguard

#endif
