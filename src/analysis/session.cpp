/*
 * See session.h.
 */
#include "analysis/session.h"

#include "pg/text.h"

namespace ddlguard {

namespace {

struct IntSetting {
  const char *name;
  int Settings::*field;
  int unit;
};

constexpr IntSetting kIntSettings[] = {
    {"lock_timeout", &Settings::lock_timeout, GUC_UNIT_MS},
    {"statement_timeout", &Settings::statement_timeout, GUC_UNIT_MS},
    {"transaction_timeout", &Settings::transaction_timeout, GUC_UNIT_MS},
    {"idle_in_transaction_session_timeout", &Settings::idle_in_transaction_session_timeout, GUC_UNIT_MS},
    {"maintenance_work_mem", &Settings::maintenance_work_mem, GUC_UNIT_KB},
};

struct TextSetting {
  const char *name;
  const char *Settings::*field;
};

constexpr TextSetting kTextSettings[] = {
    {"application_name", &Settings::application_name},
    {"default_toast_compression", &Settings::toast_compression},
};

/* The value that SET gives; null: the default. */
const char *ValueOf(const VariableSetStmt *stmt) {
  if (stmt->kind != VAR_SET_VALUE) return GetConfigOptionResetString(stmt->name);
  return ExtractSetVariableArgs(const_cast<VariableSetStmt *>(stmt));
}

bool Assign(Settings &settings, const char *name, const char *value) {
  for (const IntSetting &each : kIntSettings) {
    int number;
    if (pg_strcasecmp(each.name, name) != 0) continue;
    if (value == nullptr || !parse_int(value, &number, each.unit, nullptr)) return false;
    settings.*each.field = number;
    return true;
  }
  for (const TextSetting &each : kTextSettings) {
    if (pg_strcasecmp(each.name, name) != 0) continue;
    settings.*each.field = value == nullptr ? "" : pstrdup(value);
    return true;
  }
  return false;
}

bool IsKnown(const char *name) {
  for (const IntSetting &each : kIntSettings)
    if (pg_strcasecmp(each.name, name) == 0) return true;
  for (const TextSetting &each : kTextSettings)
    if (pg_strcasecmp(each.name, name) == 0) return true;
  return false;
}

/* Does this server have it? */
bool Exists(const char *name) { return PG_VERSION_NUM >= 170000 || pg_strcasecmp(name, "transaction_timeout") != 0; }

void Reset(Settings &settings, const char *name) {
  if (Exists(name)) Assign(settings, name, GetConfigOptionResetString(name));
}

void ResetAll(Settings &settings) {
  for (const IntSetting &each : kIntSettings) Reset(settings, each.name);
  for (const TextSetting &each : kTextSettings) Reset(settings, each.name);
}

}  // namespace

int Settings::LongestWait() const {
  int longest = 0;
  for (int timeout : {lock_timeout, statement_timeout, transaction_timeout})
    if (timeout > 0 && (longest == 0 || timeout < longest)) longest = timeout;
  return longest;
}

Settings CurrentSettings() {
  Settings settings;
  settings.lock_timeout = LockTimeout;
  settings.statement_timeout = StatementTimeout;
#if PG_VERSION_NUM >= 170000
  settings.transaction_timeout = TransactionTimeout;
#endif
  settings.idle_in_transaction_session_timeout = IdleInTransactionSessionTimeout;
  settings.maintenance_work_mem = maintenance_work_mem;
  settings.application_name = application_name == nullptr ? "" : application_name;
  settings.toast_compression = default_toast_compression == TOAST_PGLZ_COMPRESSION ? "pglz" : "lz4";
  return settings;
}

void ScriptSettings::Start() {
  now = CurrentSettings();
  now.application_name = pstrdup(now.application_name);
  session = now;
}

void ScriptSettings::Discard() {
  ResetAll(now);
  ResetAll(session);
}

void ScriptSettings::Execute(const VariableSetStmt *stmt, bool in_block) {
  if (stmt->is_local && !in_block) return; /* it ends with the statement, which PostgreSQL warns about */
  switch (stmt->kind) {
    case VAR_RESET_ALL:
      return Discard();
    case VAR_SET_VALUE:
    case VAR_SET_DEFAULT:
    case VAR_RESET: {
      if (!IsKnown(stmt->name) || !Exists(stmt->name)) return;
      const char *value = ValueOf(stmt);
      Assign(now, stmt->name, value);
      if (!stmt->is_local) Assign(session, stmt->name, value);
      return;
    }
    case VAR_SET_CURRENT:
    case VAR_SET_MULTI:
      return;
  }
}

}  // namespace ddlguard
