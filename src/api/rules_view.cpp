/*
 * The catalogue of rules as rows: ddlguard.rule_catalogue(), read through view ddlguard.rules.
 */
#include "api/function.h"
#include "recipes/plan.h"
#include "rules/rules.h"

using namespace ddlguard;

/* What a policy's thresholds are compared with. */
static const char *Measure(Scale scale) {
  switch (scale) {
    case Scale::work:
      return "work";
    case Scale::live:
    case Scale::used:
      return "target";
    case Scale::any:
    case Scale::made:
      return nullptr;
  }
  return nullptr;
}

DDLGUARD_FUNCTION(ddlguard_rule_catalogue) {
  InitMaterializedSRF(fcinfo, 0);
  auto *result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
  for (int i = 0; i < RuleCount(); ++i) {
    const Rule &rule = RuleAt(i);
    const char *measure = Measure(rule.scale);
    const char *texts[] = {rule.id,
                           GroupName(rule.group),
                           measure,
                           rule.consequence,
                           rule.remedy,
                           rule.reason,
                           ParameterName(rule.parameter.kind),
                           rule.parameter.unit,
                           rule.parameter.fallback};
    constexpr int kCount = sizeof(texts) / sizeof(texts[0]);
    Datum values[kCount + 1];
    bool nulls[kCount + 1];
    values[kCount] = BoolGetDatum(HasRecipe(rule.why));
    nulls[kCount] = false;
    for (int c = 0; c < kCount; ++c) {
      nulls[c] = texts[c] == nullptr;
      values[c] = nulls[c] ? static_cast<Datum>(0) : CStringGetTextDatum(texts[c]);
    }
    tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
  }
  return static_cast<Datum>(0);
}
