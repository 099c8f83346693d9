/*
 * policy.argument: the limit, list or pattern that a policy row gives to its rule (rules/rules.h, Parameter).
 *
 * A list has its elements between commas outside of parentheses.  A pattern is a regular expression; with
 * "index:" or another kind of object before it, it is about names of that kind alone.
 */
#pragma once

#include "analysis/effect.h"
#include "rules/rules.h"

namespace ddlguard {

/* What is wrong with an argument (null: none is given) of a row about the rule (null: about a group or all),
 * as a whole sentence for DETAIL; null when nothing is. */
const char *ArgumentFault(const Rule *rule, const char *argument);

/* Does what was measured break the argument, or the rule's default when that is null? */
bool Breaks(const Rule &rule, const char *argument, const Measured &measured);

/* What of a required list is missing. */
const char *MissingOf(const char *argument, const char *present);

/* A limit without trailing zeros. */
const char *AmountText(double amount);

}  // namespace ddlguard
