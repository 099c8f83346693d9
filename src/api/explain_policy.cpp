/*
 * ddlguard.explain_policy(): which row of ddlguard.policy decides about a rule on a relation.
 *
 * It asks with the size of the whole relation (partitions and children included), which is what work
 * on all of it, or the loss of it, is compared by, with the time that the work of the rule would take on all of
 * it, and as if the finding broke any argument.
 */
#include "analysis/analysis.h"
#include "api/row.h"
#include "pg/text.h"
#include "policy/policy.h"

using namespace ddlguard;

static const char *TextArgument(FunctionCallInfo fcinfo, int number, const char *otherwise) {
  return PG_ARGISNULL(number) ? otherwise : text_to_cstring(PG_GETARG_TEXT_PP(number));
}

DDLGUARD_FUNCTION(ddlguard_explain_policy) {
  const char *rule_id = TextArgument(fcinfo, 0, nullptr);
  if (rule_id == nullptr)
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("argument \"rule\" must not be null"),
                    errhint("View ddlguard.rules lists the rules.")));
  const Rule *rule = FindRule(rule_id);
  if (rule == nullptr)
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown rule \"%s\"", rule_id),
                    errhint("View ddlguard.rules lists the rules.")));

  Asker asker = CurrentAsker();
  asker.role = TextArgument(fcinfo, 2, asker.role);
  asker.application = TextArgument(fcinfo, 3, asker.application);

  const Target *target = nullptr;
  if (!PG_ARGISNULL(1)) {
    Ledger ledger;
    Analysis analysis("", ledger);
    Oid relation = PG_GETARG_OID(1);
    target = analysis.Look(relation, true);
    if (target == nullptr)
      ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation with OID %u does not exist", relation)));
  }

  ddlguard::Size size = target == nullptr ? ddlguard::Size{} : target->Tree(); /* the server has a Size too */
  const double seconds = target == nullptr ? 0 : PredictedTime(*target, UsualWork(rule->why));
  const Decision decision = target == nullptr
                                ? Decide(*rule, nullptr, nullptr, size, nullptr, {}, asker)
                                : Decide(*rule, target->schema, target->name, size, nullptr, {.known = seconds}, asker);
  RowBuilder row;
  if (decision.policy_id != 0) {
    row.Bigint(decision.policy_id);
    row.Int(decision.priority);
  } else {
    row.Null();
    row.Null();
  }
  row.Text(ActionName(decision.action));
  row.Bool(decision.no_bypass);
  row.Text(decision.policy_id != 0 ? decision.policy_comment
           : rule->Convention()    ? "no policy row switches this convention on"
                                   : "no policy row matches, so the finding is logged");
  if (target != nullptr) {
    row.Bigint(static_cast<int64>(size.rows));
    row.Bigint(static_cast<int64>(size.Bytes()));
  } else {
    row.Null();
    row.Null();
  }
  if (seconds > 0) row.Seconds(seconds);
  else row.Null();
  row.Text(decision.argument);
  row.Text(decision.by_application && decision.action < Action::reject
               ? "the row asks for an application_name, which any client can set"
               : nullptr);
  return row.Return(fcinfo);
}
