/*
 * See settings.h.
 *
 * All settings are for superusers, who may delegate ddlguard.bypass with GRANT SET ON PARAMETER.
 * Inside a SECURITY DEFINER function the effective user is the function's owner, so PostgreSQL's own
 * check is not enough there: the check hooks refuse to loosen the guard where the user is not the
 * one who logged in, and in extension scripts, which run as superuser for trusted extensions.  They
 * look only at SET (also set_config and a function's SET clause).  A value from the configuration, ALTER
 * ROLE or the connection was authorised when it was given, and leaving a function or a
 * transaction restores values without asking a check hook.
 */
#include "policy/settings.h"

#include "observe/guard_log.h"
#include "pg/catalog.h"
#include "pg/regexp.h"
#include "pg/text.h"
#include "policy/policy.h"

namespace ddlguard {

namespace {

int mode = static_cast<int>(Mode::enforce);
int fail_mode = static_cast<int>(FailMode::closed);
int log_format = static_cast<int>(LogFormat::text);
int audit_buffer = 8192;            /* kB */
int event_retention = 90 * 24 * 60; /* minutes */
bool four_eyes = false;
int aftermath_window = 60 * 60; /* seconds */
int lock_hold = 10 * 1000;      /* milliseconds, as the next */
int lock_wait = 10 * 1000;
int lock_burst = 200;
int lock_wait_sqlstate = ERRCODE_LOCK_NOT_AVAILABLE;
char *bypass = nullptr;
char *bypass_pattern = nullptr;

constexpr config_enum_entry kModes[] = {
    {"off", static_cast<int>(Mode::off), false},
    {"observe", static_cast<int>(Mode::observe), false},
    {"enforce", static_cast<int>(Mode::enforce), false},
    {nullptr, 0, false},
};

constexpr config_enum_entry kFailModes[] = {
    {"closed", static_cast<int>(FailMode::closed), false},
    {"open", static_cast<int>(FailMode::open), false},
    {nullptr, 0, false},
};

constexpr config_enum_entry kLogFormats[] = {
    {"text", static_cast<int>(LogFormat::text), false},
    {"json", static_cast<int>(LogFormat::json), false},
    {nullptr, 0, false},
};

constexpr config_enum_entry kLockWaitSqlstates[] = {
    {"55P03", ERRCODE_LOCK_NOT_AVAILABLE, false},
    {"DG002", kSqlstateLockNotAvailable, false},
    {nullptr, 0, false},
};

/* A parallel worker receives the leader's settings as if by SET. */
bool IsSetCommand(GucSource source) {
  return (source == PGC_S_SESSION || source == PGC_S_INTERACTIVE) && !InitializingParallelWorker;
}

/* Where SET may not loosen the guard, in words; null when it may. */
const char *BorrowedRights() {
  if (creating_extension) return "in an extension script";
  if (InLocalUserIdChange() || InSecurityRestrictedOperation()) return "inside a SECURITY DEFINER function";
  return nullptr;
}

bool RefuseLoosening(const char *setting) {
  const char *where = BorrowedRights();
  if (where == nullptr) return true;
  GUC_check_errcode(kSqlstateNotPermitted);
  GUC_check_errmsg("parameter \"%s\" cannot be changed %s", setting, where);
  GUC_check_errhint("Set it in the session or transaction that calls it.");
  return false;
}

const char *NameOf(const config_enum_entry *entries, int value) {
  for (; entries->name != nullptr; ++entries)
    if (entries->val == value) return entries->name;
  return "";
}

/*
 * A session that loosens the guard for itself leaves a line in the log, whether by SET or with its connection.
 * (ALTER SYSTEM and the like are statements, and judged; of its files the server itself says what changed.)
 */
bool Loosen(const char *setting, const config_enum_entry *entries, int from, int to, GucSource source) {
  if (IsSetCommand(source)) {
    if (!RefuseLoosening(setting)) return false;
  } else if (source != PGC_S_CLIENT) {
    return true;
  }
  if (!InitializingParallelWorker) LogLoosened(setting, NameOf(entries, from), NameOf(entries, to));
  return true;
}

bool CheckMode(int *value, void **, GucSource source) {
  return *value >= mode || Loosen("ddlguard.mode", kModes, mode, *value, source);
}

bool CheckFailMode(int *value, void **, GucSource source) {
  return *value <= fail_mode || Loosen("ddlguard.fail_mode", kFailModes, fail_mode, *value, source);
}

bool CheckFourEyes(bool *value, void **, GucSource source) {
  if (*value || !four_eyes || !IsSetCommand(source)) return true;
  return RefuseLoosening("ddlguard.approval_four_eyes");
}

bool PatternMatches(const char *pattern, const char *reason) {
  return pattern == nullptr || *pattern == '\0' || RegexpMatches(pattern, reason);
}

bool CheckBypass(char **value, void **, GucSource source) {
  if (*value == nullptr || **value == '\0' || !IsSetCommand(source)) return true;
  if (!RefuseLoosening("ddlguard.bypass")) return false;
  if (strspn(*value, " \t\r\n") == strlen(*value)) {
    GUC_check_errdetail("A reason must not be blank.");
    return false;
  }
  if (PatternMatches(bypass_pattern, *value)) return true;
  GUC_check_errcode(kSqlstateNotPermitted);
  GUC_check_errmsg("reason \"%s\" is not accepted for \"ddlguard.bypass\"", *value);
  GUC_check_errdetail("It does not match \"ddlguard.bypass_pattern\": %s", bypass_pattern);
  return false;
}

bool CheckBypassPattern(char **value, void **, GucSource) {
  if (*value == nullptr || **value == '\0') return true;
  const char *fault = RegexpFault(*value);
  if (fault == nullptr) return true;
  GUC_check_errcode(ERRCODE_INVALID_REGULAR_EXPRESSION);
  GUC_check_errdetail("It is no valid regular expression: %s", fault);
  return false;
}

}  // namespace

Mode CurrentMode() { return static_cast<Mode>(mode); }
FailMode CurrentFailMode() { return static_cast<FailMode>(fail_mode); }
LogFormat CurrentLogFormat() { return static_cast<LogFormat>(log_format); }
int AuditBufferBytes() { return audit_buffer * 1024; }
int EventRetentionMinutes() { return event_retention; }
int AftermathWindow() { return aftermath_window; }
int LockWait() { return lock_wait; }
int LockHold() { return lock_hold; }
int LockBurst() { return lock_burst; }
int LockWaitSqlstate() { return lock_wait_sqlstate; }
bool ApprovalNeedsFourEyes() { return four_eyes; }
const char *BypassReason() { return bypass == nullptr ? "" : bypass; }
const char *BypassPattern() { return bypass_pattern == nullptr ? "" : bypass_pattern; }
bool BypassReasonAccepted() { return PatternMatches(bypass_pattern, BypassReason()); }

const char *ModeName(Mode value) { return NameOf(kModes, static_cast<int>(value)); }
const char *FailModeName(FailMode value) { return NameOf(kFailModes, static_cast<int>(value)); }

bool ParseMode(const char *name, Mode *parsed) {
  for (const config_enum_entry *entry = kModes; entry->name != nullptr; ++entry) {
    if (pg_strcasecmp(entry->name, name) != 0) continue;
    *parsed = static_cast<Mode>(entry->val);
    return true;
  }
  return false;
}

/*
 * The apply worker of an extension (pglogical) runs statements that were judged where they came from; a client
 * can claim an origin, but is no background worker.  What triggers do there is as new here as anywhere.
 */
static bool CarriesOutForeignDdl() {
  return MyBgworkerEntry != nullptr && !IsLogicalWorker() && AppliesForeignCommits() &&
         DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, Datum{})) == 0;
}

/* Cheapest first; nothing touches the catalog before the transaction is known to be alive. */
const char *GuardInactiveReason() {
  if (CurrentMode() == Mode::off) return "ddlguard.mode is off";
  if (IsBinaryUpgrade) return "pg_upgrade is running";
  if (!IsUnderPostmaster) return "single-user mode";
  if (InitializingParallelWorker || IsParallelWorker()) return "parallel worker";
  if (RecoveryInProgress()) return "server is in recovery";
  if (CarriesOutForeignDdl()) return "logical replication worker";
  if (!IsTransactionState()) return "no live transaction";
  if (!OidIsValid(PolicyRelation()) && !PoliciesLost()) return "extension ddlguard is not installed in this database";
  if (InOwnScript()) return "script of extension ddlguard is running";
  return nullptr;
}

bool GuardActive() { return GuardInactiveReason() == nullptr; }

void SettingsInit() {
  DefineCustomEnumVariable("ddlguard.mode", "What the guard does about dangerous DDL.",
                           "off: nothing; observe: logs what it would refuse; enforce: acts as the policies say.",
                           &mode, static_cast<int>(Mode::enforce), kModes, PGC_SUSET, 0, CheckMode, nullptr, nullptr);
  DefineCustomBoolVariable("ddlguard.approval_four_eyes",
                           "An approval does not hold for the session user or login that gave it.", nullptr, &four_eyes,
                           false, PGC_SUSET, 0, CheckFourEyes, nullptr, nullptr);
  DefineCustomStringVariable("ddlguard.bypass", "Reason for which refused statements may run; empty: none.",
                             "Every use is logged. Policies with no_bypass hold all the same.", &bypass, "", PGC_SUSET,
                             0, CheckBypass, nullptr, nullptr);
  DefineCustomStringVariable("ddlguard.bypass_pattern",
                             "Regular expression that the reason in ddlguard.bypass must match; empty: any reason.",
                             nullptr, &bypass_pattern, "", PGC_SUSET, 0, CheckBypassPattern, nullptr, nullptr);
  DefineCustomEnumVariable("ddlguard.fail_mode", "What happens to a statement when the guard cannot decide.",
                           "closed: what is not known to be harmless is refused; open: it runs, and is logged.",
                           &fail_mode, static_cast<int>(FailMode::closed), kFailModes, PGC_SUSET, 0, CheckFailMode,
                           nullptr, nullptr);
  DefineCustomEnumVariable("ddlguard.log_format", "Form of the guard's lines in the server log.", nullptr, &log_format,
                           static_cast<int>(LogFormat::text), kLogFormats, PGC_SUSET, 0, nullptr, nullptr, nullptr);
  DefineCustomIntVariable("ddlguard.aftermath_window",
                          "How long errors of other sessions are counted after a change of a relation with rows.",
                          "They are shown in view ddlguard.aftermath. 0: none are.", &aftermath_window,
                          aftermath_window, 0, INT_MAX, PGC_SUSET, GUC_UNIT_S, nullptr, nullptr, nullptr);
  DefineCustomIntVariable("ddlguard.audit_buffer", "Shared memory for events that are not yet in ddlguard.event.",
                          "An event takes 8kB. Events that find no room are counted as lost.", &audit_buffer,
                          audit_buffer, 64, 1024 * 1024, PGC_POSTMASTER, GUC_UNIT_KB, nullptr, nullptr, nullptr);
  DefineCustomIntVariable("ddlguard.event_retention", "Age from which rows of ddlguard.event are deleted; 0: never.",
                          nullptr, &event_retention, event_retention, 0, INT_MAX, PGC_SUSET, GUC_UNIT_MIN, nullptr,
                          nullptr, nullptr);
  DefineCustomIntVariable("ddlguard.lock_burst",
                          "The longest that a statement waits in the queue for its locks, and others behind it.",
                          "0: it never waits there, only for the transactions that are in the way.", &lock_burst,
                          lock_burst, 0, INT_MAX, PGC_SUSET, GUC_UNIT_MS, nullptr, nullptr, nullptr);
  DefineCustomIntVariable("ddlguard.lock_hold",
                          "The longest that a transaction may hold a lock that stops readers or writers of a table "
                          "with rows.",
                          "Then what it runs is cancelled. 0: as long as it likes.", &lock_hold, lock_hold, 0, INT_MAX,
                          PGC_SUSET, GUC_UNIT_MS, nullptr, nullptr, nullptr);
  DefineCustomIntVariable("ddlguard.lock_wait",
                          "How long a statement tries to get locks that stop readers or writers, without others "
                          "queueing behind it.",
                          "A shorter lock_timeout ends it earlier. 0: it waits as PostgreSQL does.", &lock_wait,
                          lock_wait, 0, INT_MAX, PGC_SUSET, GUC_UNIT_MS, nullptr, nullptr, nullptr);
  DefineCustomEnumVariable("ddlguard.lock_wait_sqlstate", "SQLSTATE of the error when such locks cannot be had.",
                           "55P03 (lock_not_available) is what retry loops know.", &lock_wait_sqlstate,
                           lock_wait_sqlstate, kLockWaitSqlstates, PGC_SUSET, 0, nullptr, nullptr, nullptr);
  MarkGUCPrefixReserved("ddlguard");
}

}  // namespace ddlguard
