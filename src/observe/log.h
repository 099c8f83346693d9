/*
 * The server log: one line for each finding, and one for each refused statement, with stable keys.
 *
 * It is the record that needs nothing but the server: it is there when the writer of ddlguard.event is not, and
 * when the error of a refusal was caught by an exception block, of which PostgreSQL logs nothing.
 */
#pragma once

#include "observe/response.h"
#include "pg/json.h"
#include "policy/verdict.h"

namespace ddlguard {

/* statement: without secrets; reason: of a bypass or approval, else null.  A warning is in the log already, so
 * it gets no line of ours where the lines are text. */
void LogFinding(const Finding &finding, Response response, const char *reason, const char *statement);

/* The first finding speaks for the others. */
void LogRefusal(const Verdict &verdict, const char *statement);

/* What is told of a finding wherever it is told in JSON. */
void AddFinding(JsonObject &json, const Finding &finding);

/* To the server log alone, so that no client's output changes. */
void WriteLogLine(const char *line);

}  // namespace ddlguard
