/*
 * ddlguard.approve(), revoke_approval() and fingerprint().
 *
 * approve() asks what check() asks, as the role that will run the script, and writes down for each statement
 * that would be refused what it has found: that is what the approval covers.  The approver need not be able
 * to run the statements himself, so what PostgreSQL would not permit him is looked at all the same.
 *
 * Rows are written as the table's owner: EXECUTE on these functions is the only right that is needed, and a
 * right to write the table would be one to write somebody else's name into it.
 */
#include "analysis/attempt.h"
#include "api/row.h"
#include "api/script.h"
#include "pg/expression.h"
#include "pg/fingerprint.h"
#include "pg/json.h"
#include "pg/parameters.h"
#include "pg/text.h"
#include "policy/settings.h"
#include "policy/verdict.h"

#include <cmath>

namespace ddlguard {

namespace {

/* ---- arguments ---- */

[[noreturn]] void RefuseArgument(const char *name, const char *fault, const char *accepted) {
  ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("argument \"%s\" %s", name, fault),
                  errdetail_internal("%s", accepted)));
  pg_unreachable();
}

const char *NeededText(FunctionCallInfo fcinfo, int number, const char *name, const char *accepted) {
  if (PG_ARGISNULL(number)) RefuseArgument(name, "must not be null", accepted);
  const char *value = text_to_cstring(PG_GETARG_TEXT_PP(number));
  if (value[strspn(value, " \t\r\n")] == '\0') RefuseArgument(name, "must not be empty", accepted);
  return value;
}

const char *RoleArgument(FunctionCallInfo fcinfo, int number) {
  if (PG_ARGISNULL(number)) return nullptr;
  const char *role = text_to_cstring(PG_GETARG_TEXT_PP(number));
  if (!OidIsValid(get_role_oid(role, true)))
    RefuseArgument("role_name", Format("names no role: \"{}\"", role),
                   "It takes the name of a role, for itself and its members; NULL: anyone.");
  return role;
}

int64 BoundArgument(FunctionCallInfo fcinfo, int number, const char *name) {
  if (PG_ARGISNULL(number)) return -1;
  const int64 value = PG_GETARG_INT64(number);
  if (value < 0) RefuseArgument(name, "must not be negative", "It takes a number from 0 on; NULL: no such limit.");
  return value;
}

struct Terms {
  const char *reason;
  const char *role; /* null: anyone */
  TimestampTz from;
  TimestampTz until;
  int32 uses; /* 0: any number */
  double growth;
  int64 max_rows;
  int64 max_bytes;
};

TimestampTz EndOf(FunctionCallInfo fcinfo, int number, TimestampTz from) {
  static constexpr char kAccepted[] = "It takes an interval longer than zero, such as '1 day'.";
  if (PG_ARGISNULL(number)) RefuseArgument("valid_for", "must not be null", kAccepted);
  const TimestampTz until = DatumGetTimestampTz(
      DirectFunctionCall2(timestamptz_pl_interval, TimestampTzGetDatum(from), PG_GETARG_DATUM(number)));
  if (until <= from) RefuseArgument("valid_for", "must be longer than zero", kAccepted);
  if (until <= GetCurrentTimestamp())
    RefuseArgument("valid_from", "lies so far back that the approval would be over",
                   "It takes a time; the approval ends valid_for later.");
  return until;
}

Terms ReadTerms(FunctionCallInfo fcinfo) {
  Terms terms;
  terms.reason = NeededText(fcinfo, 1, "reason", "It takes the reason for the record, such as a ticket.");
  terms.role = RoleArgument(fcinfo, 2);
  terms.uses = PG_ARGISNULL(4) ? 0 : PG_GETARG_INT32(4);
  if (!PG_ARGISNULL(4) && terms.uses < 1)
    RefuseArgument("uses", "must be at least 1",
                   "It takes how often the statement may run; NULL: any number of times.");
  terms.growth = PG_ARGISNULL(5) ? 0 : PG_GETARG_FLOAT8(5);
  if (std::isnan(terms.growth) || terms.growth < 1)
    RefuseArgument("growth", "must be at least 1",
                   "It takes by what factor a relation may be larger than now, such as 2.");
  terms.max_rows = BoundArgument(fcinfo, 6, "max_rows");
  terms.max_bytes = BoundArgument(fcinfo, 7, "max_bytes");
  terms.from = PG_ARGISNULL(8) ? GetCurrentTimestamp() : PG_GETARG_TIMESTAMPTZ(8);
  if (TIMESTAMP_NOT_FINITE(terms.from))
    RefuseArgument("valid_from", "must be a finite time", "It takes a time; NULL: now.");
  terms.until = EndOf(fcinfo, 3, terms.from);
  return terms;
}

/* ---- what is to be approved ---- */

struct Candidate {
  int number;
  int line;
  const char *statement;
  const char *findings; /* jsonb as text */
  const char *rules;    /* each once */
  double rows;          /* of the largest finding */
  uint64 bytes;
};

struct Collector {
  MemoryContext memory;
  Asker asker;
  Array<Candidate> candidates;
};

const char *FindingsJson(const Verdict &verdict) {
  StringInfoData out;
  initStringInfo(&out);
  for (const Finding &finding : verdict.findings) {
    const Effect &effect = *finding.effect;
    JsonObject json;
    json.Text("rule", finding.rule->id);
    json.Text("relation", RelationOf(effect));
    json.Text("part", effect.column);
    json.Number("class", effect.target->classid);
    json.Number("object", effect.target->oid);
    json.Number("rows", effect.Extent().rows);
    json.Number("bytes", effect.Extent().Bytes());
    appendStringInfo(&out, "%c%s", out.len == 0 ? '[' : ',', json.Close());
  }
  appendStringInfoChar(&out, ']');
  return out.data;
}

const char *RulesOf(const Verdict &verdict) {
  RuleSet told;
  const char *text = nullptr;
  for (const Finding &finding : verdict.findings) {
    if (told.Has(finding.rule->why)) continue;
    told.Add(finding.rule->why);
    text = text == nullptr ? finding.rule->id : Format("{}, {}", text, finding.rule->id);
  }
  return text;
}

void Collect(const ScriptStatement &statement, const Analysis &a, void *context) {
  auto *collector = static_cast<Collector *>(context);
  if (statement.failure != nullptr)
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("statement %d of the script cannot be judged, so it cannot be approved", statement.number),
                    errdetail_internal("Line %d: %s: %s", statement.line, statement.text, statement.failure),
                    errhint("Approve the others without it, and this one when what it needs is there.")));
  const Verdict verdict = Judge(a, nullptr, collector->asker);
  if (verdict.action != Action::reject) return;
  MemoryContext old = MemoryContextSwitchTo(collector->memory);
  Candidate candidate = {
      statement.number, statement.line, pstrdup(statement.text), FindingsJson(verdict), RulesOf(verdict), 0, 0};
  for (const Finding &finding : verdict.findings) {
    candidate.rows = std::max(candidate.rows, finding.effect->Extent().rows);
    candidate.bytes = std::max(candidate.bytes, finding.effect->Extent().Bytes());
  }
  collector->candidates.Add(candidate);
  MemoryContextSwitchTo(old);
}

void CollectAll(Collector &collector, const char *sql) {
  ActAsSuperuser(true);
  PG_TRY();
  { AnalyzeScriptFor(collector.asker, sql, Collect, &collector); }
  PG_FINALLY();
  { ActAsSuperuser(false); }
  PG_END_TRY();
}

/* ---- rows ---- */

/* Runs it as the table's owner; returns the first column of its row, 0 without a row. */
int64 RunAsOwner(Oid table, const char *sql, Parameters &parameters) {
  return AsOwner(table, [&] {
    SPI_connect();
    SPI_execute_with_args(sql, parameters.count, parameters.types, parameters.values, parameters.nulls, false, 0);
    int64 result = 0;
    bool null = true;
    if (SPI_processed > 0 && SPI_tuptable != nullptr)
      result = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &null));
    SPI_finish();
    return null ? static_cast<int64>(0) : result;
  });
}

/* script: the id of the script's first approval; 0: this is it. */
int64 Insert(Oid table, const Candidate &candidate, const Terms &terms, int64 script) {
  Parameters none;
  const int64 id = RunAsOwner(table, "SELECT pg_catalog.nextval('ddlguard.approval_id_seq')", none);
  Parameters p;
  p.Bigint(id);
  p.Bigint(script == 0 ? id : script);
  p.Add(BYTEAOID, PointerGetDatum(Fingerprint(candidate.statement)));
  p.Text(candidate.statement);
  p.Text(terms.role);
  p.Time(terms.from);
  p.Time(terms.until);
  p.Int(terms.uses, terms.uses == 0);
  p.Text(terms.reason);
  p.Text(GetUserNameFromId(GetSessionUserId(), false));
  p.Text(GetUserNameFromId(MyProc->roleId, true));
  p.Float(terms.growth);
  p.Bigint(terms.max_rows, terms.max_rows < 0);
  p.Bigint(terms.max_bytes, terms.max_bytes < 0);
  p.Add(JSONBOID, DirectFunctionCall1(jsonb_in, CStringGetDatum(candidate.findings)));
  p.Text(get_database_name(MyDatabaseId));
  p.Add(OIDOID, ObjectIdGetDatum(MyDatabaseId));
  p.Bigint(static_cast<int64>(GetSystemIdentifier()));
  RunAsOwner(table,
             "INSERT INTO ddlguard.approval (id, script_id, fingerprint, statement, role_name, valid_from, valid_until,"
             " uses_left, reason, approver, approver_login, growth, max_rows, max_bytes, findings, database_name,"
             " database_id, system_identifier) OVERRIDING SYSTEM VALUE"
             " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
             p);
  return id;
}

Oid NeededTable() {
  const Oid table = ApprovalRelation();
  if (!OidIsValid(table))
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("table ddlguard.approval is not there, or does not belong to the extension")));
  return table;
}

void Approve(FunctionCallInfo fcinfo) {
  const char *sql = NeededText(fcinfo, 0, "sql", "It takes a script of one or more statements.");
  const Terms terms = ReadTerms(fcinfo);
  const Oid table = NeededTable();
  ReturnSetInfo *result = BeginRows(fcinfo);

  Collector collector = {CurrentMemoryContext, CurrentAsker(), {}};
  if (terms.role != nullptr) collector.asker.role = terms.role;
  CollectAll(collector, sql);
  if (collector.candidates.Empty())
    ereport(NOTICE,
            (errmsg("nothing to approve: no statement of it would be refused to role \"%s\"", collector.asker.role),
             terms.role != nullptr
                 ? 0
                 : errhint("Policies may treat another role otherwise: give the one that will run it as role_name.")));

  int64 script = 0;
  for (const Candidate &candidate : collector.candidates) {
    const int64 id = Insert(table, candidate, terms, script);
    if (script == 0) script = id;
    RowBuilder row;
    row.Bigint(id);
    row.Int(candidate.number);
    row.Int(candidate.line);
    row.Text(candidate.statement);
    row.Text(candidate.rules);
    row.Bigint(static_cast<int64>(candidate.rows));
    row.Bigint(static_cast<int64>(candidate.bytes));
    row.Store(result);
  }
}

void Revoke(FunctionCallInfo fcinfo) {
  if (PG_ARGISNULL(0)) RefuseArgument("id", "must not be null", "It takes the id of a row of ddlguard.approval.");
  const int64 id = PG_GETARG_INT64(0);
  Parameters p;
  p.Bigint(id);
  p.Text(GetUserNameFromId(GetSessionUserId(), false));
  p.Text(NeededText(fcinfo, 1, "reason", "It takes the reason for the record."));
  const int64 revoked =
      RunAsOwner(NeededTable(),
                 "UPDATE ddlguard.approval SET revoked_at = pg_catalog.clock_timestamp(), revoked_by = $2,"
                 " revoke_reason = $3 WHERE id OPERATOR(pg_catalog.=) $1 AND revoked_at IS NULL RETURNING id",
                 p);
  if (revoked != 0) return;
  if (LoadApproval(id) != nullptr)
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("approval %lld has been revoked before", static_cast<long long>(id))));
  RefuseArgument("id", Format("names no approval: {}", id), "It takes the id of a row of ddlguard.approval.");
}

}  // namespace

}  // namespace ddlguard

DDLGUARD_FUNCTION(ddlguard_approve) {
  ddlguard::Approve(fcinfo);
  return static_cast<Datum>(0);
}

DDLGUARD_FUNCTION(ddlguard_revoke_approval) {
  ddlguard::Revoke(fcinfo);
  PG_RETURN_VOID();
}

DDLGUARD_FUNCTION(ddlguard_fingerprint) {
  PG_RETURN_BYTEA_P(ddlguard::Fingerprint(text_to_cstring(PG_GETARG_TEXT_PP(0))));
}
