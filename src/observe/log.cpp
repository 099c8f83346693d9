/*
 * See log.h.  The line goes to the server log alone, so that no client's output changes.  Text or
 * JSON by ddlguard.log_format; keys are stable.
 */
#include "observe/log.h"

#include "pg/text.h"
#include "policy/settings.h"

namespace ddlguard {

namespace {

void AddKey(StringInfo out, const char *key, const char *value) {
  appendStringInfo(out, "%s\"%s\":", out->len > 1 ? "," : "", key);
  escape_json(out, value == nullptr ? "" : value);
}

const char *JsonLine(const Finding &finding, const char *outcome, const char *reason, const char *statement) {
  StringInfoData out;
  initStringInfo(&out);
  appendStringInfoChar(&out, '{');
  AddKey(&out, "ddlguard", outcome);
  AddKey(&out, "rule", finding.rule->id);
  AddKey(&out, "relation", RelationOf(*finding.effect));
  AddKey(&out, "lock", LockModeName(finding.effect->lock));
  AddKey(&out, "work", WorkKindName(finding.effect->work));
  appendStringInfo(&out, ",\"bytes\":" UINT64_FORMAT ",\"rows\":%.0f,\"policy\":" INT64_FORMAT,
                   finding.effect->size.Bytes(), finding.effect->size.rows, finding.decision.policy_id);
  AddKey(&out, "session_user", CurrentAsker().role);
  AddKey(&out, "current_user", GetUserNameFromId(GetUserId(), true));
  AddKey(&out, "application_name", CurrentAsker().application);
  if (reason != nullptr) AddKey(&out, "reason", reason);
  AddKey(&out, "statement", statement);
  appendStringInfoChar(&out, '}');
  return out.data;
}

const char *TextLine(const Finding &finding, const char *outcome, const char *reason, const char *statement) {
  return Format(
      "ddlguard {}: {}; policy row {}, session user \"{}\", current user \"{}\", application \"{}\"{}; statement: {}",
      outcome, MessageOf(finding), finding.decision.policy_id, CurrentAsker().role,
      static_cast<const char *>(GetUserNameFromId(GetUserId(), true)), CurrentAsker().application,
      reason == nullptr ? "" : Format(", reason \"{}\"", reason), statement);
}

}  // namespace

void LogFinding(const Finding &finding, const char *outcome, const char *reason, const char *statement) {
  const char *line = CurrentLogFormat() == LogFormat::json ? JsonLine(finding, outcome, reason, statement)
                                                           : TextLine(finding, outcome, reason, statement);
  ereport(LOG_SERVER_ONLY, (errmsg_internal("%s", line), errhidestmt(true), errhidecontext(true)));
}

}  // namespace ddlguard
