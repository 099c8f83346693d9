/*
 * The catalogue of rules: one record per rule, in a constant table.
 *
 * A rule is met by the effects that carry its Why.  Its record says how that is put into words and
 * which class of policy rows decides about it.  Adding a rule: an enumerator in why.h, its record in
 * catalogue.cpp, an effect in the analyser that sees it, and its example in the tests.
 */
#pragma once

#include <bit>

#include "analysis/effect.h"

namespace ddlguard {

/*
 * What the rule is about; policy rows may name a group instead of a rule.
 *
 * convention: what a shop may demand of its schemas, although neither PostgreSQL nor a client needs it.  Off
 * until a policy row names the rule or the group; '*' does not switch it on.
 */
enum class Group : uint8 { blocking, destructive, compatibility, transaction, locking, maintenance, convention };
constexpr int kGroupCount = static_cast<int>(Group::convention) + 1;

/* When an effect with this Why becomes a finding. */
enum class Scale : uint8 {
  work,  /* work on a live relation that grows with its size: policy thresholds compare with the work */
  live,  /* the target is live; thresholds compare with the target's size */
  used,  /* the target is live, or an empty table that has lived: it matters to clients, not to its rows */
  named, /* the target is live; it has no size: functions and the like */
  any,   /* the target is not made in this transaction; it has no size */
  made   /* the target is not temporary: it may be what the statement makes */
};

/*
 * What policy.argument means to the rule: its effects carry what it is compared with (Measured), and a row
 * matches only those that break it.
 */
struct Parameter {
  enum class Kind : uint8 {
    none,
    limit,    /* a number; broken by more */
    allowed,  /* comma-separated list; broken by what is not in it */
    denied,   /* comma-separated list; broken by what is in it */
    required, /* comma-separated list; broken when one of it is missing */
    pattern   /* regular expression, after "kind:" for one kind of object alone; broken by what does not match */
  };
  Kind kind = Kind::none;
  const char *unit = nullptr;     /* what is counted or listed, in the plural */
  const char *fallback = nullptr; /* for rows without an argument; null: the row must have one */
};

struct Rule {
  Why why;
  const char *id;
  Group group;
  Scale scale;
  const char *consequence; /* after "relation": ...; {relation} {column} {other} {fact} are filled in */
  const char *remedy;      /* the way out in a few words */
  const char *reason;      /* why PostgreSQL makes it dangerous; of a convention: why shops have it */
  Parameter parameter = {};

  bool Convention() const { return group == Group::convention; }
};

const Rule &RuleOf(Why why); /* not for Why::lock_only */
const Rule *FindRule(const char *id);
int RuleCount();
const Rule &RuleAt(int index); /* 0 ... RuleCount() - 1 */
const char *GroupName(Group group);
const char *ParameterName(Parameter::Kind kind); /* "limit" ...; null for none */

/* A set of rules. */
struct RuleSet {
  static constexpr int kWords = 8;
  uint64 words[kWords] = {};

  bool Has(Why why) const { return (words[Word(why)] >> Bit(why) & 1) != 0; }
  void Add(Why why) { words[Word(why)] |= static_cast<uint64>(1) << Bit(why); }
  bool Empty() const {
    for (uint64 word : words)
      if (word != 0) return false;
    return true;
  }
  int Count() const {
    int count = 0;
    for (uint64 word : words) count += std::popcount(word);
    return count;
  }

 private:
  static int Word(Why why) { return static_cast<int>(why) / 64; }
  static int Bit(Why why) { return static_cast<int>(why) % 64; }
};

/* Does the effect break its rule, thresholds aside? */
bool IsFinding(const Effect &effect);

}  // namespace ddlguard
