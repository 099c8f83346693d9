/*
 * See log.h.  Text or JSON by ddlguard.log_format; keys are stable.
 */
#include "observe/log.h"

#include "pg/activity.h"
#include "pg/text.h"
#include "policy/settings.h"

namespace ddlguard {

namespace {

const char *DatabaseName() {
  const char *name = get_database_name(MyDatabaseId);
  return name == nullptr ? "" : name;
}

const char *CurrentUser() {
  const char *name = GetUserNameFromId(GetUserId(), true);
  return name == nullptr ? "" : name;
}

const char *JsonLine(const Finding &finding, Response response, int others, const char *reason, const char *statement) {
  JsonObject json;
  json.Text("ddlguard", ResponseName(response));
  AddFinding(json, finding);
  json.Text("session_user", CurrentAsker().role);
  json.Text("current_user", CurrentUser());
  json.Text("application_name", CurrentAsker().application);
  json.Text("database", DatabaseName());
  json.Text("client_addr", ClientAddress());
  json.Number("pid", MyProcPid);
  if (others > 0) json.Number("others", others);
  json.Text("reason", reason);
  json.Text("statement", statement);
  return json.Close();
}

const char *TextLine(const Finding &finding, Response response, int others, const char *reason, const char *statement) {
  const char *client = ClientAddress();
  return Format(
      "ddlguard {}: {}{}; policy row {}, session user \"{}\", current user \"{}\", application \"{}\", database "
      "\"{}\"{}, pid {}{}; statement: {}",
      ResponseName(response), MessageOf(finding), others == 0 ? "" : Format(" (and {} more)", others),
      finding.decision.policy_id, CurrentAsker().role, CurrentUser(), CurrentAsker().application, DatabaseName(),
      *client == '\0' ? "" : Format(", client {}", client), MyProcPid,
      reason == nullptr ? "" : Format(", reason \"{}\"", reason), statement);
}

void Log(const Finding &finding, Response response, int others, const char *reason, const char *statement) {
  WriteLogLine(CurrentLogFormat() == LogFormat::json ? JsonLine(finding, response, others, reason, statement)
                                                     : TextLine(finding, response, others, reason, statement));
}

}  // namespace

void AddFinding(JsonObject &json, const Finding &finding) {
  const Effect &effect = *finding.effect;
  json.Text("rule", finding.rule->id);
  json.Text("relation", RelationOf(effect));
  json.Text("lock", LockModeName(effect.lock));
  json.Text("work", WorkKindName(effect.work));
  json.Number("bytes", effect.Extent().Bytes());
  json.Number("rows", effect.Extent().rows);
  const double seconds = PredictedTime(*finding.analysis, effect);
  if (seconds >= 1) json.Number("predicted_ms", seconds * 1000);
  json.Number("policy", finding.decision.policy_id);
}

void WriteLogLine(const char *line) {
  ereport(LOG_SERVER_ONLY, (errmsg_internal("%s", line), errhidestmt(true), errhidecontext(true)));
}

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
