/*
 * The settings of a session that analysers ask about, as they are in force: wherever they were set, and in
 * a script under check() as its own SET, SET LOCAL and RESET would leave them.
 */
#pragma once

#include "pg/prelude.h"

namespace ddlguard {

struct Settings {
  int lock_timeout = 0; /* ms, 0: none; so the next three */
  int statement_timeout = 0;
  int transaction_timeout = 0; /* from 17 on */
  int idle_in_transaction_session_timeout = 0;
  int maintenance_work_mem = 0;       /* kB */
  const char *application_name = "";  /* valid while the setting is not changed */
  const char *toast_compression = ""; /* default_toast_compression */

  /* The longest that a statement may wait for a lock, in ms; 0: for ever. */
  int LongestWait() const;
};

/* What holds in this session now. */
Settings CurrentSettings();

/* A script's settings: what holds now, and what holds again when the transaction has ended. */
struct ScriptSettings {
  Settings now;
  Settings session;

  void Start();                                             /* with the session's own */
  void Execute(const VariableSetStmt *stmt, bool in_block); /* what it does not know or cannot read is ignored */
  void Discard();                                           /* DISCARD ALL */
  void Commit() { now = session; }
};

}  // namespace ddlguard
