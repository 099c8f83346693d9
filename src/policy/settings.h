/*
 * Settings (GUCs) and the gate: is the guard at work here and now?
 */
#pragma once

#include "pg/prelude.h"

namespace ddlguard {

enum class Mode : int { off, observe, enforce };
Mode CurrentMode();

/* What happens when the guard cannot decide: what it does not know to be harmless is refused (DG005), or let pass
 * with a line in the log. */
enum class FailMode : int { closed, open };
FailMode CurrentFailMode();

enum class LogFormat : int { text, json };
LogFormat CurrentLogFormat();

const char *ModeName(Mode mode);
bool ParseMode(const char *name, Mode *mode); /* false: not a mode */
const char *FailModeName(FailMode mode);

int AuditBufferBytes();
int EventRetentionMinutes(); /* 0: events are kept */

/* Bypass not permitted. */
constexpr int kSqlstateNotPermitted = MAKE_SQLSTATE('D', 'G', '0', '0', '4');

/* The reason given in ddlguard.bypass; empty: none.  Never null. */
const char *BypassReason();

/* ddlguard.bypass_pattern; empty: any reason will do.  Never null. */
const char *BypassPattern();

/*
 * Does the reason match ddlguard.bypass_pattern?  SET refuses one that does not, but a value from
 * ALTER ROLE or the connection is taken before the pattern that applies is known, so ask again before
 * relying on it.
 */
bool BypassReasonAccepted();

/* Strong locks (runtime/wait.h): patience and the longest wait in the queue, in milliseconds; 0: none. */
constexpr int kSqlstateLockNotAvailable = MAKE_SQLSTATE('D', 'G', '0', '0', '2');
constexpr int kSqlstateHeldTooLong = MAKE_SQLSTATE('D', 'G', '0', '0', '3');
int LockWait();
int LockBurst();
int LockHold(); /* and the bound of runtime/hold.h */
int LockWaitSqlstate();

/* How long errors of others are counted after a change of a table, in seconds; 0: not at all. */
int AftermathWindow();

/* May an approver not run himself what he approved? */
bool ApprovalNeedsFourEyes();

/*
 * Is the guard at work: library preloaded, extension installed here, mode not off, not in
 * pg_upgrade, single-user mode, recovery, a parallel worker, nor in the
 * extension's own scripts.  Touches the catalog, so only call it in a live transaction.
 */
bool GuardActive();
const char *GuardInactiveReason(); /* null when active; for status() */

/* Defines the settings and reserves the prefix, so every setting has to be defined there; call it
 * once, from _PG_init. */
void SettingsInit();

}  // namespace ddlguard
