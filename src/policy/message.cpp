/*
 * A finding in words.  The primary line stands alone, since a third of migration tools show nothing
 * else; DETAIL holds the facts, HINT the way that passes.
 */
#include "policy/verdict.h"

#include "pg/text.h"
#include "policy/argument.h"
#include "recipes/plan.h"

namespace ddlguard {

namespace {

const char *WorkName(Work work) {
  switch (work) {
    case Work::none:
      return "none";
    case Work::scan:
      return "scan";
    case Work::index_build:
      return "index build";
    case Work::rewrite:
      return "rewrite";
  }
  return "";
}

const char *NameOf(const Target *target) {
  if (target == nullptr) return "another table";
  if (target->schema == nullptr || *target->schema == '\0') return target->name;
  return Format("{}.{}", target->schema, target->name);
}

const char *Quoted(const char *name) { return Format("\"{}\"", name); }

/* What was measured, in words. */
const char *ValueOf(const Finding &finding) {
  const Measured &measured = finding.effect->measured;
  switch (finding.rule->parameter.kind) {
    case Parameter::Kind::limit:
      return AmountText(measured.amount);
    case Parameter::Kind::required:
      return MissingOf(finding.decision.argument, measured.value);
    case Parameter::Kind::none:
    case Parameter::Kind::allowed:
    case Parameter::Kind::denied:
    case Parameter::Kind::pattern:
      break;
  }
  return measured.value == nullptr ? "" : measured.value;
}

/* How the value stands to the argument; null for rules without one. */
const char *ComparisonOf(const Finding &finding) {
  const Rule &rule = *finding.rule;
  const char *argument = finding.decision.argument;
  if (argument == nullptr) return nullptr;
  switch (rule.parameter.kind) {
    case Parameter::Kind::none:
      return nullptr;
    case Parameter::Kind::limit:
      return Format("Limit: {} {}; here: {}.", argument, rule.parameter.unit, ValueOf(finding));
    case Parameter::Kind::allowed:
      return Format("Allowed {}: {}; here: {}.", rule.parameter.unit, argument, ValueOf(finding));
    case Parameter::Kind::denied:
      return Format("Denied {}: {}; here: {}.", rule.parameter.unit, argument, ValueOf(finding));
    case Parameter::Kind::required:
      return Format("Required {}: {}; missing: {}.", rule.parameter.unit, argument, ValueOf(finding));
    case Parameter::Kind::pattern:
      return Format("Pattern: {}; here: {} {}.", argument, finding.effect->measured.alias, ValueOf(finding));
  }
  return nullptr;
}

/* Replaces {relation}, {column}, {other}, {fact}, {value} and {argument} in a rule's text. */
const char *Fill(const char *text, const Finding &finding) {
  constexpr const char *kOrOther = " or {other}";
  const Effect &effect = *finding.effect;
  const bool within_one_table = effect.other != nullptr && effect.other == effect.target;
  StringInfoData out;
  initStringInfo(&out);
  while (*text != '\0') {
    if (within_one_table && strncmp(text, kOrOther, strlen(kOrOther)) == 0) {
      text += strlen(kOrOther);
      continue;
    }
    const char *close = *text == '{' ? strchr(text, '}') : nullptr;
    if (close == nullptr) {
      appendStringInfoChar(&out, *text++);
      continue;
    }
    fmt::string_view key(text + 1, close - text - 1);
    if (key == "relation") appendStringInfoString(&out, Quoted(NameOf(effect.target)));
    else if (key == "other") appendStringInfoString(&out, Quoted(NameOf(effect.other)));
    else if (key == "column")
      appendStringInfoString(&out, effect.column == nullptr ? "(unnamed)" : Quoted(effect.column));
    else if (key == "value") appendStringInfoString(&out, ValueOf(finding));
    else if (key == "argument")
      appendStringInfoString(&out, finding.decision.argument == nullptr ? "" : finding.decision.argument);
    else if (key == "fact") appendStringInfoString(&out, effect.fact == nullptr ? "" : effect.fact);
    text = close + 1;
  }
  /* An unnamed constraint or index is better left out than called so. */
  if (char *unnamed = strstr(out.data, " (unnamed)")) memmove(unnamed, unnamed + 10, strlen(unnamed + 10) + 1);
  return out.data;
}

const char *KindOf(const Target &target) {
  if (!target.IsRelation()) {
    switch (target.classid) {
      case ProcedureRelationId:
        return "function";
      case TypeRelationId:
        return "type";
      case NamespaceRelationId:
        return "schema";
      case ExtensionRelationId:
        return "extension";
      case PublicationRelationId:
        return "publication";
      case SubscriptionRelationId:
        return "subscription";
      case DatabaseRelationId:
        return "database";
      case ParameterAclRelationId:
        return "parameter";
      default:
        return "object";
    }
  }
  switch (target.relkind) {
    case RELKIND_INDEX:
    case RELKIND_PARTITIONED_INDEX:
      return "index";
    case RELKIND_SEQUENCE:
      return "sequence";
    case RELKIND_VIEW:
      return "view";
    case RELKIND_MATVIEW:
      return "materialized view";
    case RELKIND_FOREIGN_TABLE:
      return "foreign table";
    default:
      return "table";
  }
}

}  // namespace

const char *BlockedBy(LOCKMODE lock) {
  if (lock >= AccessExclusiveLock) return "reads and writes";
  if (lock >= ShareLock) return "writes";
  if (lock == ShareUpdateExclusiveLock) return "other schema changes and vacuum";
  return "nothing";
}

const char *WorkKindName(Work work) { return WorkName(work); }

const char *RelationOf(const Effect &effect) { return effect.target == nullptr ? "" : NameOf(effect.target); }

const char *MessageOf(const Finding &finding) {
  const Effect &effect = *finding.effect;
  return Format("{} \"{}\": {} ({}); {}", KindOf(*effect.target), NameOf(effect.target),
                Fill(finding.rule->consequence, finding), finding.rule->id, finding.rule->remedy);
}

const char *DetailOf(const Finding &finding) {
  const Effect &effect = *finding.effect;
  const char *text = Format("Rule: {}. {}", finding.rule->id, finding.rule->reason);
  if (effect.lock != NoLock)
    text = Format("{}\nLock: {}, blocks {}.", text, LockModeName(effect.lock), BlockedBy(effect.lock));
  if (effect.work != Work::none)
    text = Format("{}\nWork: {} of {}, {}.", text, WorkName(effect.work), PrettySize(effect.Extent().Bytes()),
                  PrettyRows(effect.Extent().rows));
  else if (effect.Extent().blocks > 0)
    text = Format("{}\nSize: {}, {}.", text, PrettySize(effect.Extent().Bytes()), PrettyRows(effect.Extent().rows));
  if (const char *time = PrettyTime(PredictedTime(*finding.analysis, effect)))
    text = Format("{}\nPredicted time: {}.", text, time);
  if (const char *comparison = ComparisonOf(finding)) text = Format("{}\n{}", text, comparison);
  if (effect.fact != nullptr) text = Format("{}\nFact: {}.", text, effect.fact);
  if (finding.decision.policy_id == 0) return Format("{}\nPolicy: no row matches.", text);
  return Format("{}\nPolicy: row {}, priority {}{}.", text, finding.decision.policy_id, finding.decision.priority,
                finding.decision.policy_comment == nullptr ? "" : Format(" ({})", finding.decision.policy_comment));
}

const char *HintOf(const Finding &finding, const char *statement) {
  const Target *target = finding.effect->target;
  Plan plan = PlanFor(*finding.effect, statement);
  /* What the transaction has added to the relation, an index of it needs. */
  if (!plan.Empty() && !plan[0].transactional && plan[0].wait_for == nullptr && target != nullptr &&
      finding.analysis->ledger.HasLocked(target->oid))
    plan[0].wait_for = "what this transaction did before is committed";
  const char *recipe = ShortForm(plan);
  if (recipe == nullptr) recipe = Format("Safe way: {}.", finding.rule->remedy);
  else recipe = Format("Safe way:\n{}", recipe);
  if (finding.decision.action != Action::reject) return recipe;
  /* SET LOCAL ends with a transaction that the statement has begun itself. */
  const char *bypass = finding.analysis->alone
                           ? "SET ddlguard.bypass = '<reason>' before it and RESET ddlguard.bypass after it"
                           : "SET LOCAL ddlguard.bypass = '<reason>' in its transaction";
  return Format(
      "{}\nTo get it approved as it is: SELECT * FROM ddlguard.approve($$...$$, '<reason>').\n"
      "To run it as it is, on record: {} (superusers, and roles with GRANT SET ON PARAMETER ddlguard.bypass).",
      recipe, bypass);
}

}  // namespace ddlguard
