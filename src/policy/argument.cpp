#include "policy/argument.h"

#include <cmath>

#include "pg/regexp.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

bool ParseNumber(const char *text, double *number) {
  while (isspace(static_cast<unsigned char>(*text))) ++text;
  if (!isdigit(static_cast<unsigned char>(*text)) && *text != '.') return false; /* no sign, no inf, no nan */
  char *end;
  *number = strtod(text, &end);
  if (end == text) return false;
  while (isspace(static_cast<unsigned char>(*end))) ++end;
  return *end == '\0' && std::isfinite(*number);
}

/* The elements of a list one after the other, trimmed. */
struct Elements {
  const char *rest;

  bool Next(const char **element) {
    if (rest == nullptr) return false;
    const char *from = rest;
    int depth = 0;
    const char *to = from;
    for (; *to != '\0' && (*to != ',' || depth > 0); ++to) {
      if (*to == '(') ++depth;
      if (*to == ')' && depth > 0) --depth;
    }
    rest = *to == '\0' ? nullptr : to + 1;
    while (from < to && isspace(static_cast<unsigned char>(*from))) ++from;
    while (to > from && isspace(static_cast<unsigned char>(to[-1]))) --to;
    *element = pnstrdup(from, to - from);
    return true;
  }
};

/* Names that the grammar has for types, beside those of the catalog. */
const char *Canonical(const char *type) {
  static constexpr struct {
    const char *spelling, *type;
  } kSpellings[] = {
      {"int", "integer"},
      {"dec", "numeric"},
      {"decimal", "numeric"},
      {"float", "double precision"},
      {"char", "character"},
      {"timestamp", "timestamp without time zone"},
      {"time", "time without time zone"},
  };
  for (const auto &each : kSpellings)
    if (pg_strcasecmp(type, each.spelling) == 0) return each.type;
  return type;
}

bool InList(const Rule &rule, const char *list, const Measured &measured) {
  const bool types = Equal(rule.parameter.unit, "types");
  Elements elements = {list};
  for (const char *element; elements.Next(&element);) {
    if (Equal(element, measured.value) || (measured.alias != nullptr && Equal(element, measured.alias))) return true;
    if (measured.kind != nullptr && Equal(element, measured.kind)) return true;
    if (types && (Equal(Canonical(element), measured.value) || Equal(element, "any"))) return true;
  }
  return false;
}

/* The kinds of objects that a pattern may be limited to. */
constexpr const char *kKinds[] = {"table",       "column",   "index",     "primary key", "unique",
                                  "foreign key", "check",    "exclusion", "view",        "materialized view",
                                  "sequence",    "function", "trigger",   "schema",      "type"};

/* Cuts "kind:" off; null when the pattern is about all kinds. */
const char *KindOfPattern(const char **pattern) {
  for (const char *kind : kKinds) {
    const size_t length = strlen(kind);
    if (strncmp(*pattern, kind, length) != 0 || (*pattern)[length] != ':') continue;
    *pattern += length + 1;
    return kind;
  }
  return nullptr;
}

bool BreaksPattern(const char *pattern, const Measured &measured) {
  const char *kind = KindOfPattern(&pattern);
  if (kind != nullptr && !Equal(kind, measured.alias)) return false;
  return measured.value != nullptr && !RegexpMatches(pattern, measured.value);
}

const char *ListFault(const char *list, const char *unit) {
  Elements elements = {list};
  for (const char *element; elements.Next(&element);)
    if (*element == '\0') return Format("Column argument takes a comma-separated list of {} for this rule.", unit);
  return nullptr;
}

}  // namespace

const char *ArgumentFault(const Rule *rule, const char *argument) {
  if (rule == nullptr)
    return argument == nullptr ? nullptr : "A row about a group of rules or all of them takes no argument.";
  const Parameter &parameter = rule->parameter;
  if (argument == nullptr) {
    if (parameter.kind == Parameter::Kind::none || parameter.fallback != nullptr) return nullptr;
    return Format("The rule has no default, so column argument must have a list of {}.", parameter.unit);
  }
  switch (parameter.kind) {
    case Parameter::Kind::none:
      return "The rule takes no argument.";
    case Parameter::Kind::limit: {
      double number;
      if (ParseNumber(argument, &number)) return nullptr;
      return Format("Column argument takes a number of {} for this rule.", parameter.unit);
    }
    case Parameter::Kind::allowed:
    case Parameter::Kind::denied:
    case Parameter::Kind::required:
      return ListFault(argument, parameter.unit);
    case Parameter::Kind::pattern: {
      KindOfPattern(&argument);
      const char *fault = *argument == '\0' ? "it is empty" : RegexpFault(argument);
      if (fault == nullptr) return nullptr;
      return Format("Column argument takes a regular expression for this rule: {}.", fault);
    }
  }
  return nullptr;
}

bool Breaks(const Rule &rule, const char *argument, const Measured &measured) {
  if (argument == nullptr) argument = rule.parameter.fallback;
  if (rule.parameter.kind == Parameter::Kind::none) return true;
  if (argument == nullptr) return false;
  switch (rule.parameter.kind) {
    case Parameter::Kind::none:
      return true;
    case Parameter::Kind::limit: {
      double limit;
      return ParseNumber(argument, &limit) && measured.amount > limit;
    }
    case Parameter::Kind::allowed:
      return measured.value != nullptr && !InList(rule, argument, measured);
    case Parameter::Kind::denied:
      return measured.value != nullptr && InList(rule, argument, measured);
    case Parameter::Kind::required:
      return *MissingOf(argument, measured.value) != '\0';
    case Parameter::Kind::pattern:
      return BreaksPattern(argument, measured);
  }
  return false;
}

const char *MissingOf(const char *argument, const char *present) {
  StringInfoData missing;
  initStringInfo(&missing);
  Elements wanted = {argument};
  for (const char *want; wanted.Next(&want);) {
    bool found = false;
    Elements there = {present};
    for (const char *each; !found && there.Next(&each);) found = Equal(each, want);
    if (!found) appendStringInfo(&missing, "%s%s", missing.len == 0 ? "" : ", ", want);
  }
  return missing.data;
}

const char *AmountText(double amount) { return psprintf("%.15g", amount); }

}  // namespace ddlguard
