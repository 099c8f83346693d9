/*
 * Enum types: their values, and which of them rows may have.
 */
#pragma once

#include "analysis/analysis.h"

namespace ddlguard {

/* The type of that name when the current user may alter it and others know it; invalid otherwise. */
Oid AlterableType(Analysis &a, const List *names);

Array<const char *> LabelsOf(Oid type);
bool HasLabel(Oid type, const char *label);
bool HasLabel(const List *labels, const char *label);

/* A value that the old enum has and the new one lacks; null when there is none. */
const char *LabelMissing(Oid old_enum, Oid new_enum);

/* Does the script make an enum of this name? */
bool IsEnumOfScript(const Analysis &a, const TypeName *type);

/* LabelMissing for an enum that the script makes; null also when it makes none of that name. */
const char *LabelMissingInScript(const Analysis &a, Oid old_enum, const TypeName *new_enum);

}  // namespace ddlguard
