/*
 * ddlguard.check(sql) and ddlguard.explain(sql): the analysis of a whole script, as rows.
 */
#include "api/row.h"
#include "api/script.h"
#include "pg/text.h"
#include "policy/argument.h"
#include "policy/verdict.h"

namespace ddlguard {

namespace {

const char *NoneIfEmpty(const char *text) { return text == nullptr || *text == '\0' ? nullptr : text; }

void PutSize(RowBuilder &row, const Effect &effect) {
  row.Bigint(static_cast<int64>(effect.Extent().rows));
  row.Bigint(static_cast<int64>(effect.Extent().Bytes()));
}

void PutStatement(RowBuilder &row, const ScriptStatement &statement) {
  row.Int(statement.number);
  row.Int(statement.line);
  row.Text(statement.text);
}

void PutLock(RowBuilder &row, LOCKMODE lock) {
  row.Text(lock == NoLock ? nullptr : LockModeName(lock));
  row.Text(lock == NoLock ? nullptr : BlockedBy(lock));
}

/* Whether the statement is approved, in words; null when nobody has. */
const char *ApprovalOf(const Verdict &verdict, const char *statement) {
  const ApprovalSearch search = FindApproval(verdict, statement, nullptr);
  if (search.approval == nullptr) return search.obstacle;
  return Format("approved by {} until {} (approval {})", search.approval->approver,
                timestamptz_to_str(search.approval->valid_until), search.approval->id);
}

void CheckStatement(const ScriptStatement &statement, const Analysis &a, void *context) {
  auto *result = static_cast<ReturnSetInfo *>(context);
  if (statement.failure != nullptr) {
    RowBuilder row;
    PutStatement(row, statement);
    for (int i = 0; i < 9; ++i) row.Null();
    row.Text(Format("the statement could not be analysed: {}", statement.failure));
    row.Null();
    row.Null();
    row.Null();
    row.Store(result);
    return;
  }
  Verdict verdict = Judge(a, nullptr);
  const char *approval = verdict.action == Action::reject ? ApprovalOf(verdict, statement.text) : nullptr;
  for (const Finding &finding : verdict.findings) {
    if (finding.decision.action == Action::allow) continue;
    RowBuilder row;
    PutStatement(row, statement);
    row.Text(finding.rule->id);
    row.Text(ActionName(finding.decision.action));
    row.Text(NoneIfEmpty(RelationOf(*finding.effect)));
    PutLock(row, finding.effect->lock);
    row.Text(WorkKindName(finding.effect->work));
    PutSize(row, *finding.effect);
    row.PredictedTime(PredictedTime(a, *finding.effect));
    row.Text(MessageOf(finding));
    row.Text(DetailOf(finding));
    row.Text(HintOf(finding, statement.text));
    row.Text(finding.decision.action == Action::reject ? approval : nullptr);
    row.Store(result);
  }
}

void ExplainStatement(const ScriptStatement &statement, const Analysis &a, void *context) {
  auto *result = static_cast<ReturnSetInfo *>(context);
  for (const Effect &effect : a.effects) {
    if (effect.why == Why::lock_only && effect.lock == NoLock && effect.work == Work::none) continue; /* for the net */
    if (effect.on_fresh) continue; /* a judgement of what another effect tells */
    const Rule *rule = IsFinding(effect) ? &RuleOf(effect.why) : nullptr;
    if (rule != nullptr && rule->Convention()) continue; /* nothing happens to the relation */
    if (rule != nullptr && !Breaks(*rule, nullptr, effect.measured)) {
      if (effect.lock == NoLock) continue;
      rule = nullptr;
    }
    RowBuilder row;
    PutStatement(row, statement);
    row.Text(NoneIfEmpty(RelationOf(effect)));
    PutLock(row, effect.lock);
    row.Text(WorkKindName(effect.work));
    PutSize(row, effect);
    row.PredictedTime(PredictedTime(a, effect));
    row.Text(effect.column);
    row.Text(effect.why == Why::lock_only ? nullptr : RuleOf(effect.why).reason);
    row.Text(rule == nullptr ? nullptr : rule->id);
    row.Text(effect.below == NoLock ? nullptr : LockModeName(effect.below));
    row.Store(result);
  }
}

void Run(FunctionCallInfo fcinfo, ScriptVisitor visit) {
  AnalyzeScript(text_to_cstring(PG_GETARG_TEXT_PP(0)), visit, BeginRows(fcinfo));
}

}  // namespace

}  // namespace ddlguard

DDLGUARD_FUNCTION(ddlguard_check) {
  ddlguard::Run(fcinfo, ddlguard::CheckStatement);
  return static_cast<Datum>(0);
}

DDLGUARD_FUNCTION(ddlguard_explain) {
  ddlguard::Run(fcinfo, ddlguard::ExplainStatement);
  return static_cast<Datum>(0);
}
