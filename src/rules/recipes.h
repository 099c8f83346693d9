/*
 * Pieces of SQL that recipes are made of, for exactly the names of one effect.
 */
#pragma once

#include "rules/rules.h"

namespace ddlguard {

/* The statement with a word put in after the first occurrence of a keyword (not inside
 * strings, quoted names or comments); null when the keyword is not there. */
const char *InsertAfterKeyword(const char *statement, const char *keyword, const char *word);

const char *RelationSql(const Target *target); /* quoted, qualified */
const char *TypeSql(const TypeName *type);
const char *ColumnListSql(const List *names); /* "a, b" */

/* A raw expression of a constraint or default, as PostgreSQL prints it; null when it cannot be. */
const char *ExpressionSql(Oid relation, const Node *raw, ParseExprKind kind);

/* A name for a helper object: table_column_suffix, cut to fit. */
const char *HelperName(const Target *target, const char *column, const char *suffix);

}  // namespace ddlguard
