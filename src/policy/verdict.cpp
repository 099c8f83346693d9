/*
 * Judges effects, and acts on the verdict: error, warning, log line.  The words are in message.cpp.
 */
#include "policy/verdict.h"

#include "observe/event.h"
#include "observe/guard_log.h"
#include "observe/log.h"
#include "observe/secret.h"
#include "pg/debug_point.h"
#include "pg/text.h"
#include "policy/argument.h"
#include "policy/coverage.h"
#include "policy/settings.h"

namespace ddlguard {

namespace {

constexpr int kSqlstateRefused = MAKE_SQLSTATE('D', 'G', '0', '0', '1');

/* The policy pattern schema_name matches a schema by its own name. */
const char *PolicySchema(const Target &target) {
  return target.classid == NamespaceRelationId ? target.name : target.schema;
}

/* Heavier findings speak first: by action, then by work, then as the statement has them. */
int BySpeaking(const void *a, const void *b) {
  auto x = static_cast<const Finding *>(a);
  auto y = static_cast<const Finding *>(b);
  if (x->decision.action != y->decision.action) return x->decision.action > y->decision.action ? -1 : 1;
  if (x->effect->work != y->effect->work) return x->effect->work > y->effect->work ? -1 : 1;
  return x->effect < y->effect ? -1 : x->effect > y->effect;
}

void SortFindings(Array<Finding> &findings) {
  if (findings.count > 1) qsort(findings.data, findings.count, sizeof(Finding), BySpeaking);
}

/* What else the statement would be refused for. */
const char *OtherRejections(const Verdict &verdict) {
  constexpr int kShown = 20; /* a schema may hold ten thousand tables */
  StringInfoData text;
  initStringInfo(&text);
  int others = 0;
  for (int i = 1; i < verdict.findings.count; ++i) {
    if (verdict.findings[i].decision.action != Action::reject) continue;
    if (++others <= kShown) appendStringInfo(&text, "\nAlso: %s.", MessageOf(verdict.findings[i]));
  }
  if (others > kShown) appendStringInfo(&text, "\nAlso: %d more.", others - kShown);
  return text.data;
}

/* On record, and returns whether the statement's text would give a secret away in the log. */
bool Record(const Verdict &verdict, int sqlstate, const char *statement) {
  bool secret;
  DebugPoint(Stage::before_refusal);
  RecordRefusal(verdict, sqlstate, WithoutSecrets(statement, &secret));
  DebugPoint(Stage::refusal_recorded);
  return secret;
}

/* obstacle: why no approval helps; may be null. */
[[noreturn]] void Refuse(const Verdict &verdict, const char *statement, const char *obstacle) {
  const Finding &finding = verdict.findings[0];
  const char *hint = HintOf(finding, statement); /* what it asks the catalog may fail */
  const bool secret = Record(verdict, kSqlstateRefused, statement);
  ereport(ERROR, (errcode(kSqlstateRefused), errmsg_internal("%s", MessageOf(finding)),
                  errdetail_internal("%s%s%s%s", DetailOf(finding), OtherRejections(verdict),
                                     obstacle == nullptr ? "" : "\n", obstacle == nullptr ? "" : obstacle),
                  errhint("%s", hint), errhidestmt(secret)));
  pg_unreachable();
}

[[noreturn]] void RefuseBypass(const Verdict &verdict, const Finding &finding, const char *statement, const char *why,
                               const char *hint) {
  const bool secret = Record(verdict, kSqlstateNotPermitted, statement);
  ereport(ERROR, (errcode(kSqlstateNotPermitted), errmsg_internal("%s", MessageOf(finding)),
                  errdetail_internal("%s\n%s", DetailOf(finding), why), errhint("%s", hint), errhidestmt(secret)));
  pg_unreachable();
}

/* May all that is rejected run for the reason in ddlguard.bypass? */
bool BypassHolds(const Verdict &verdict) {
  if (*BypassReason() == '\0' || !BypassReasonAccepted()) return false;
  for (const Finding &finding : verdict.findings)
    if (finding.decision.action == Action::reject && finding.decision.no_bypass) return false;
  return true;
}

/* A reason is given that may not be given. */
[[noreturn]] void RefuseBypassed(const Verdict &verdict, const char *statement) {
  if (!BypassReasonAccepted())
    RefuseBypass(verdict, verdict.findings[0], statement,
                 "The reason in ddlguard.bypass does not match ddlguard.bypass_pattern.",
                 "Give a reason in the form that ddlguard.bypass_pattern asks for.");
  const Finding *held = verdict.findings.begin();
  while (!held->decision.no_bypass) ++held;
  RefuseBypass(verdict, *held, statement, "This policy row does not permit ddlguard.bypass.",
               "Have the statement approved: SELECT * FROM ddlguard.approve($$...$$, '<reason>').");
}

[[noreturn]] void RefuseNow(const Verdict &verdict, const char *statement, const char *obstacle) {
  if (*BypassReason() != '\0') RefuseBypassed(verdict, statement);
  Refuse(verdict, statement, obstacle);
}

/* Without another approval than that which the statement has used? */
bool MayRunAnyway(Verdict &verdict, const Approval *used) {
  if (CurrentMode() != Mode::enforce || verdict.action != Action::reject || BypassHolds(verdict)) return true;
  if (used == nullptr || CoverageFault(*used, verdict) != nullptr) return false;
  verdict.approval = used;
  return true;
}

void Warn(const Finding &finding, const char *statement) {
  const char *hint = HintOf(finding, statement);
  ereport(WARNING, (errcode(kSqlstateRefused), errmsg_internal("%s", MessageOf(finding)),
                    errdetail_internal("%s", DetailOf(finding)), errhint("%s", hint)));
}

}  // namespace

Verdict Judge(const Analysis &a, const Source *running, const Asker &who) {
  Verdict verdict;
  Asker asker = who;
  for (const Effect &effect : a.effects) {
    if (!IsFinding(effect)) continue;
    if (asker.role == nullptr) asker = CurrentAsker(); /* most statements have no finding */
    const Rule &rule = RuleOf(effect.why);
    Decision decision = Decide(rule, PolicySchema(*effect.target), effect.target->name, effect.Extent(),
                               &effect.measured, {.analysis = &a, .effect = &effect}, asker, running);

    if (rule.Convention() && decision.action == Action::allow) continue;
    if (decision.policy_id == 0 && !Breaks(rule, nullptr, effect.measured)) continue; /* so no row could match */
    verdict.findings.Add({&effect, &rule, decision, &a});
    if (decision.action > verdict.action) verdict.action = decision.action;
  }
  SortFindings(verdict.findings);
  return verdict;
}

void RefuseRejected(Verdict &verdict, const char *statement, const Node *tree, const Approval *used) {
  if (MayRunAnyway(verdict, used)) return;
  const ApprovalSearch search = ClaimApproval(verdict, statement, tree);
  verdict.approval = search.approval;
  if (search.approval == nullptr) RefuseNow(verdict, statement, search.obstacle);
}

Response ResponseTo(const Finding &finding, Response statement) {
  const bool enforcing = CurrentMode() == Mode::enforce;
  switch (finding.decision.action) {
    case Action::allow:
      return Response::allowed;
    case Action::log:
      return Response::logged;
    case Action::warn:
      return enforcing ? Response::warned : Response::would_warn;
    case Action::reject:
      if (statement == Response::refused || statement == Response::approved) return statement;
      return enforcing ? Response::bypassed : Response::would_refuse;
  }
  return Response::allowed;
}

Response HeaviestResponse(const Verdict &verdict) {
  Response heaviest = Response::allowed;
  for (const Finding &finding : verdict.findings)
    heaviest = Max(heaviest, ResponseTo(finding, verdict.approval == nullptr ? Response::allowed : Response::approved));
  return heaviest;
}

void Report(const Verdict &verdict, const char *statement) {
  const char *text = WithoutSecrets(statement);
  const Approval *approval = verdict.approval;
  const Response heaviest = HeaviestResponse(verdict);
  for (const Finding &finding : verdict.findings) {
    if (finding.decision.undecided == nullptr) continue;
    LogUndecided(finding.decision.undecided, text);
    break; /* the cause is the same for all */
  }
  for (const Finding &finding : verdict.findings) {
    const Response response = ResponseTo(finding, approval == nullptr ? Response::allowed : Response::approved);
    if (response == Response::allowed) continue;
    if (response == Response::warned) Warn(finding, statement);
    LogFinding(finding, response,
               response == Response::bypassed   ? BypassReason()
               : response == Response::approved ? approval->Summary()
                                                : nullptr,
               text);
  }
  if (heaviest == Response::allowed) return;
  RecordPassage(verdict, heaviest,
                heaviest == Response::bypassed   ? BypassReason()
                : heaviest == Response::approved ? approval->reason
                                                 : nullptr,
                text);
}

void EnforceWithin(Verdict &verdict, const char *statement, const Approval *used) {
  if (verdict.action == Action::allow) return;
  if (!MayRunAnyway(verdict, used)) RefuseNow(verdict, statement, nullptr);
  Report(verdict, statement);
}

void Enforce(Verdict &verdict, const char *statement, const Approval *used) {
  if (verdict.action == Action::allow) return;
  RefuseRejected(verdict, statement, nullptr, used);
  if (verdict.approval != nullptr && verdict.approval != used) UseApproval(*verdict.approval, statement);
  Report(verdict, statement);
}

}  // namespace ddlguard
