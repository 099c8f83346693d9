/*
 * See log.h.  The line goes to the server log alone, so that no client's output changes.  Text or
 * JSON by ddlguard.log_format; keys are stable.
 */
#include "observe/log.h"

#include "pg/activity.h"
#include "pg/text.h"
#include "policy/settings.h"

namespace ddlguard {

namespace {

void AddKey(StringInfo out, const char *key, const char *value) {
  appendStringInfo(out, "%s\"%s\":", out->len > 1 ? "," : "", key);
  escape_json(out, value == nullptr ? "" : value);
}

const char *DatabaseName() {
  const char *name = get_database_name(MyDatabaseId);
  return name == nullptr ? "" : name;
}

const char *JsonLine(const Finding &finding, Response response, int others, const char *reason, const char *statement) {
  StringInfoData out;
  initStringInfo(&out);
  appendStringInfoChar(&out, '{');
  AddKey(&out, "ddlguard", ResponseName(response));
  AddKey(&out, "rule", finding.rule->id);
  AddKey(&out, "relation", RelationOf(*finding.effect));
  AddKey(&out, "lock", LockModeName(finding.effect->lock));
  AddKey(&out, "work", WorkKindName(finding.effect->work));
  appendStringInfo(&out, ",\"bytes\":" UINT64_FORMAT ",\"rows\":%.0f,\"policy\":" INT64_FORMAT,
                   finding.effect->size.Bytes(), finding.effect->size.rows, finding.decision.policy_id);
  AddKey(&out, "session_user", CurrentAsker().role);
  AddKey(&out, "current_user", GetUserNameFromId(GetUserId(), true));
  AddKey(&out, "application_name", CurrentAsker().application);
  AddKey(&out, "database", DatabaseName());
  AddKey(&out, "client_addr", ClientAddress());
  appendStringInfo(&out, ",\"pid\":%d", MyProcPid);
  if (others > 0) appendStringInfo(&out, ",\"others\":%d", others);
  if (reason != nullptr) AddKey(&out, "reason", reason);
  AddKey(&out, "statement", statement);
  appendStringInfoChar(&out, '}');
  return out.data;
}

const char *TextLine(const Finding &finding, Response response, int others, const char *reason, const char *statement) {
  const char *client = ClientAddress();
  return Format(
      "ddlguard {}: {}{}; policy row {}, session user \"{}\", current user \"{}\", application \"{}\", database "
      "\"{}\"{}, pid {}{}; statement: {}",
      ResponseName(response), MessageOf(finding), others == 0 ? "" : Format(" (and {} more)", others),
      finding.decision.policy_id, CurrentAsker().role, static_cast<const char *>(GetUserNameFromId(GetUserId(), true)),
      CurrentAsker().application, DatabaseName(), *client == '\0' ? "" : Format(", client {}", client), MyProcPid,
      reason == nullptr ? "" : Format(", reason \"{}\"", reason), statement);
}

void Log(const Finding &finding, Response response, int others, const char *reason, const char *statement) {
  const char *line = CurrentLogFormat() == LogFormat::json ? JsonLine(finding, response, others, reason, statement)
                                                           : TextLine(finding, response, others, reason, statement);
  ereport(LOG_SERVER_ONLY, (errmsg_internal("%s", line), errhidestmt(true), errhidecontext(true)));
}

}  // namespace

void LogFinding(const Finding &finding, Response response, const char *reason, const char *statement) {
  if (response == Response::warned && CurrentLogFormat() == LogFormat::text) return;
  Log(finding, response, 0, reason, statement);
}

void LogRefusal(const Verdict &verdict, const char *statement) {
  int others = -1;
  for (const Finding &finding : verdict.findings) others += finding.decision.action == Action::reject;
  Log(verdict.findings[0], Response::refused, others, nullptr, statement);
}

}  // namespace ddlguard
