/*
 * The catalogue of rules: one record per rule, in a constant table.
 *
 * A rule is met by the effects that carry its Why.  Its record says how that is put into words and
 * which class of policy rows decides about it.  Adding a rule: an enumerator in why.h, its record in
 * catalogue.cpp, an effect in the analyser that sees it, and its example in the tests.
 */
#pragma once

#include "analysis/effect.h"

namespace ddlguard {

/* What the rule is about; policy rows may name a group instead of a rule. */
enum class Group : uint8 { blocking, destructive, compatibility, transaction, locking, maintenance };

/* When an effect with this Why becomes a finding. */
enum class Scale : uint8 {
  work, /* work on a live relation that grows with its size: policy thresholds compare with the work */
  live, /* the target is live; thresholds compare with the target's size */
  used, /* the target is live, or an empty table that has lived: it matters to clients, not to its rows */
  any   /* the target is not made in this transaction; it has no size */
};

struct Rule {
  Why why;
  const char *id;
  Group group;
  Scale scale;
  const char *consequence; /* after "relation": ...; {relation} {column} {other} {fact} are filled in */
  const char *remedy;      /* the way out in a few words */
  const char *reason;      /* why PostgreSQL makes it dangerous */
};

const Rule &RuleOf(Why why); /* not for Why::lock_only */
const Rule *FindRule(const char *id);
int RuleCount();
const Rule &RuleAt(int index); /* 0 ... RuleCount() - 1 */
const char *GroupName(Group group);

/* Does the effect break its rule, thresholds aside? */
bool IsFinding(const Effect &effect);

/* The safe way for exactly this effect: SQL to paste, one step a line; null when there is none
 * beyond the rule's remedy.  recipes.cpp */
const char *Recipe(const Effect &effect, const char *statement);

}  // namespace ddlguard
