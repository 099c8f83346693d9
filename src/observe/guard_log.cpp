/*
 * See guard_log.h.
 */
#include "observe/guard_log.h"

#include "observe/log.h"
#include "observe/secret.h"
#include "pg/array.h"
#include "pg/text.h"
#include "policy/policy.h"
#include "policy/settings.h"

namespace ddlguard {

namespace {

struct Part {
  const char *key;   /* in JSON */
  const char *words; /* before the value in text */
  const char *value; /* null: nothing to tell */
};

/* event: the value of key "ddlguard", and the line's first word after it. */
void WriteLine(const char *event, const Array<Part> &parts) {
  if (CurrentLogFormat() == LogFormat::json) {
    JsonObject json;
    json.Text("ddlguard", event);
    for (const Part &part : parts) json.Text(part.key, part.value);
    return WriteLogLine(json.Close());
  }
  StringInfoData line;
  initStringInfo(&line);
  appendStringInfo(&line, "ddlguard %s", event);
  for (const Part &part : parts)
    if (part.value != nullptr) appendStringInfo(&line, "%s%s", part.words, part.value);
  WriteLogLine(line.data);
}

void AddWho(Array<Part> &parts) {
  parts.Add({"session_user", "; session user ", CurrentAsker().role});
  parts.Add({"current_user", ", current user ", GetUserNameFromId(GetUserId(), true)});
  parts.Add({"application_name", ", application ", CurrentAsker().application});
}

}  // namespace

void LogLoosened(const char *setting, const char *from, const char *to) {
  Array<Part> parts;
  parts.Add({"setting", ": ", setting});
  parts.Add({"from", " from ", from});
  parts.Add({"to", " to ", to});
  if (IsTransactionState() && OidIsValid(GetSessionUserId()))
    parts.Add({"session_user", "; session user ", CurrentAsker().role});
  WriteLine("loosened", parts);
}

void LogChange(const char *table, const char *operation, const char *before, const char *after) {
  Array<Part> parts;
  parts.Add({"operation", ": ", operation});
  parts.Add({"table", " ", table});
  parts.Add({"before", " was ", before});
  parts.Add({"after", " is ", after});
  AddWho(parts);
  parts.Add({"statement", "; statement: ", WithoutSecrets(debug_query_string == nullptr ? "" : debug_query_string)});
  WriteLine("changed", parts);
}

void LogUndecided(const char *why, const char *statement, bool refused) {
  Array<Part> parts;
  parts.Add({"why", ": ", why});
  AddWho(parts);
  parts.Add({"statement", "; statement: ", statement});
  WriteLine(refused ? "refused" : "undecided", parts);
}

}  // namespace ddlguard
