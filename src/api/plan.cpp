/*
 * ddlguard.plan(sql): the steps of a whole script, as rows.
 *
 * A statement that policy allows is a step as it is; one that it would warn about or reject is
 * replaced by the recipe of its heaviest finding.  The commands of an ALTER TABLE are planned one by
 * one, and harmless neighbours put together again.  A transaction block of the script does not show:
 * every step is a transaction of its own.
 */
#include "analysis/statement.h"
#include "api/row.h"
#include "api/script.h"
#include "pg/text.h"
#include "policy/verdict.h"
#include "recipes/plan.h"

namespace ddlguard {

namespace {

bool IsValidate(const Node *statement) {
  auto *stmt = reinterpret_cast<const AlterTableStmt *>(statement);
  return static_cast<const AlterTableCmd *>(linitial(stmt->cmds))->subtype == AT_ValidateConstraint;
}

struct Output {
  ReturnSetInfo *result;
  MemoryContext memory; /* lives as long as the call */
  ScriptStatement statement = {};
  int steps = 0;                  /* of the statement so far */
  const char *harmless = nullptr; /* commands of the statement that are still to be put out */
  bool transactional = true;      /* these */
  List *names = NIL;              /* that the steps so far give */

  void Put(const char *rule, const Step &step) {
    RowBuilder row;
    row.Int(statement.number);
    row.Int(statement.line);
    row.Text(statement.text);
    row.Text(rule);
    row.Int(++steps);
    row.Text(PhaseName(step.phase));
    row.Text(step.sql);
    row.Bool(step.transactional);
    row.Text(RunByName(step.run_by));
    row.Text(step.wait_for);
    row.Text(step.back_out);
    row.Bool(step.on_record);
    row.Store(result);
  }

  void PutHarmless() {
    if (harmless == nullptr) return;
    Put(nullptr, {.sql = harmless, .transactional = transactional});
    harmless = nullptr;
  }

  /* VALIDATE in the statement that adds the constraint would hold its lock. */
  void AddValidate(const ScriptStatement &part) {
    PutHarmless();
    Put(RuleOf(Why::not_valid_validate_same_tx).id,
        {.phase = Phase::validate, .sql = Format("{} {}", part.head, part.command)});
  }

  void AddHarmless(const ScriptStatement &part) {
    if (part.command != nullptr && IsValidate(part.node)) return AddValidate(part);
    MemoryContext caller = MemoryContextSwitchTo(memory);
    if (part.command == nullptr) harmless = pstrdup(part.text);
    else if (harmless == nullptr) harmless = Format("{} {}", part.head, part.command);
    else harmless = Format("{}, {}", harmless, part.command);
    transactional = !RunsAlone(part.node);
    MemoryContextSwitchTo(caller);
  }

  void Begin(const ScriptStatement &part) {
    if (part.number == statement.number) return;
    PutHarmless();
    MemoryContext caller = MemoryContextSwitchTo(memory);
    statement = part;
    statement.text = pstrdup(part.text);
    MemoryContextSwitchTo(caller);
    steps = 0;
  }
};

const char *TextOf(const ScriptStatement &part) {
  return part.command == nullptr ? part.text : Format("{} {}", part.head, part.command);
}

/*
 * Whose recipe comes before others'.  Writers that leave a column empty have to be gone before anything
 * requires it, by whatever way; what only its transaction makes dangerous comes last, since any other
 * recipe puts the statement into a transaction of its own as well.
 */
int Turn(const Rule &rule) {
  if (rule.why == Why::set_not_null_without_default) return 0;
  return rule.group == Group::transaction ? 2 : 1;
}

/* The recipe of the heaviest finding that has one. */
const Finding *Choose(const Verdict &verdict, const char *text, List *names, Plan *plan) {
  for (int turn : {0, 1, 2})
    for (const Finding &finding : verdict.findings) {
      if (finding.decision.action < Action::warn || Turn(*finding.rule) != turn) continue;
      *plan = PlanFor(*finding.effect, text, names);
      if (!plan->Empty()) return &finding;
    }
  return nullptr;
}

void PlanStatement(const ScriptStatement &part, const Analysis &a, void *context) {
  auto *output = static_cast<Output *>(context);
  output->Begin(part);
  const Verdict verdict = Judge(a, nullptr);
  if (part.failure == nullptr && verdict.action < Action::warn) return output->AddHarmless(part);
  output->PutHarmless();
  const char *text = TextOf(part);
  if (part.failure != nullptr)
    return output->Put(
        nullptr,
        {.sql = text, .transactional = !RunsAlone(part.node), .wait_for = Format("this is settled: {}", part.failure)});
  Plan plan;
  MemoryContext caller = MemoryContextSwitchTo(output->memory);
  const Finding *finding = Choose(verdict, text, output->names, &plan);
  MemoryContextSwitchTo(caller);
  if (finding != nullptr) {
    output->names = plan.names;
    for (const Step &step : plan) output->Put(finding->rule->id, step);
    return;
  }
  const Finding &heaviest = verdict.findings[0];
  output->Put(heaviest.rule->id, {.phase = Phase::contract,
                                  .sql = text,
                                  .transactional = !RunsAlone(part.node),
                                  .wait_for = heaviest.rule->remedy,
                                  .on_record = heaviest.decision.action == Action::reject});
}

}  // namespace

}  // namespace ddlguard

DDLGUARD_FUNCTION(ddlguard_plan) {
  using namespace ddlguard;
  Output output = {.result = BeginRows(fcinfo), .memory = CurrentMemoryContext};
  AnalyzeScript(text_to_cstring(PG_GETARG_TEXT_PP(0)), PlanStatement, &output, Parts::commands);
  output.PutHarmless();
  return static_cast<Datum>(0);
}
