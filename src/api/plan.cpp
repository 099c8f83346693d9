/*
 * ddlguard.plan(sql): the steps of a whole script, as rows.
 *
 * A statement that policy allows is a step as it is; one that it would warn about or reject is
 * replaced by the recipe of its heaviest finding.  The commands of an ALTER TABLE are planned one by
 * one, and harmless neighbours put together again.  A transaction block of the script does not show:
 * every step is a transaction of its own.
 *
 * How long each step will work is told by an analysis of all of them, as a script, in the end.
 */
#include "analysis/attempt.h"
#include "analysis/prediction.h"
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

struct Row {
  ScriptStatement statement; /* without its parse tree */
  const char *rule;
  int number;
  Step step;
  double seconds; /* 0: no work, or not known */
};

struct Output {
  MemoryContext memory; /* lives as long as the call */
  Array<Row> rows = {};
  ScriptStatement statement = {};
  int steps = 0;                  /* of the statement so far */
  const char *harmless = nullptr; /* commands of the statement that are still to be put out */
  bool transactional = true;      /* these */
  List *names = NIL;              /* that the steps so far give */

  void Put(const char *rule, const Step &step) {
    MemoryContext caller = MemoryContextSwitchTo(memory);
    Row &row = rows.Add({statement, rule, ++steps, step, 0});
    for (const char **text : {&row.step.sql, &row.step.wait_for, &row.step.back_out})
      if (*text != nullptr) *text = pstrdup(*text);
    MemoryContextSwitchTo(caller);
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
    statement.node = nullptr;
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
const Finding *Choose(const Verdict &verdict, const char *text, const Output &output, const GoneObjects *gone,
                      Plan *plan) {
  for (int turn : {0, 1, 2})
    for (const Finding &finding : verdict.findings) {
      if (finding.decision.action < Action::warn || Turn(*finding.rule) != turn) continue;
      *plan = PlanFor(*finding.effect, text, output.names, gone);
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
  const Finding *finding = Choose(verdict, text, *output, &a.ledger.gone, &plan);
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

/* ---- how long the steps will work ---- */

struct Timing {
  Array<Row> &rows;
  Array<int> owners = {}; /* by the statement of the steps' script: the row whose step it is a part of */
};

void AddTime(const ScriptStatement &part, const Analysis &a, void *context) {
  auto *timing = static_cast<Timing *>(context);
  if (part.failure == nullptr) timing->rows[timing->owners[part.number - 1]].seconds += PredictedTime(a);
}

void PredictTimes(void *context) {
  auto *timing = static_cast<Timing *>(context);
  StringInfoData script;
  initStringInfo(&script);
  for (int i = 0; i < timing->rows.count; ++i) {
    const Step &step = timing->rows[i].step;
    if (step.sql == nullptr) continue;
    int statements = list_length(raw_parser(step.sql, RAW_PARSE_DEFAULT));
    /* A statement that ends in a comment ends with its line. */
    if (statements > 1 && step.transactional) {
      appendStringInfo(&script, "BEGIN;\n%s\n;COMMIT;\n", step.sql);
      statements += 2;
    } else {
      appendStringInfo(&script, "%s\n;\n", step.sql);
    }
    while (statements-- > 0) timing->owners.Add(i);
  }
  AnalyzeScript(script.data, AddTime, timing);
}

void Store(const Row &each, ReturnSetInfo *result) {
  RowBuilder row;
  row.Int(each.statement.number);
  row.Int(each.statement.line);
  row.Text(each.statement.text);
  row.Text(each.rule);
  row.Int(each.number);
  row.Text(PhaseName(each.step.phase));
  row.Text(each.step.sql);
  row.Bool(each.step.transactional);
  row.Text(RunByName(each.step.run_by));
  row.Text(each.step.wait_for);
  row.Text(each.step.back_out);
  row.Bool(each.step.on_record);
  row.PredictedTime(each.seconds);
  row.Store(result);
}

}  // namespace

}  // namespace ddlguard

DDLGUARD_FUNCTION(ddlguard_plan) {
  using namespace ddlguard;
  ReturnSetInfo *result = BeginRows(fcinfo);
  Output output = {.memory = CurrentMemoryContext};
  AnalyzeScript(text_to_cstring(PG_GETARG_TEXT_PP(0)), PlanStatement, &output, Parts::commands);
  output.PutHarmless();
  Timing timing = {output.rows};
  if (Attempt(PredictTimes, &timing) != nullptr)
    for (Row &row : output.rows) row.seconds = 0;
  for (const Row &row : output.rows) Store(row, result);
  return static_cast<Datum>(0);
}
