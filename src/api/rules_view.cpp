/*
 * The catalogue of rules as rows: ddlguard.rule_catalogue(), read through view ddlguard.rules.
 */
#include <initializer_list>

#include "api/row.h"
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
    case Scale::named:
    case Scale::any:
    case Scale::made:
      return nullptr;
  }
  return nullptr;
}

DDLGUARD_FUNCTION(ddlguard_rule_catalogue) {
  ReturnSetInfo *result = BeginRows(fcinfo);
  for (int i = 0; i < RuleCount(); ++i) {
    const Rule &rule = RuleAt(i);
    RowBuilder row;
    for (const char *text :
         {rule.id, GroupName(rule.group), Measure(rule.scale), rule.consequence, rule.remedy, rule.reason,
          ParameterName(rule.parameter.kind), rule.parameter.unit, rule.parameter.fallback})
      row.Text(text);
    row.Bool(HasRecipe(rule.why));
    row.Store(result);
  }
  return static_cast<Datum>(0);
}
