/*
 * Pieces of SQL that recipes are made of.
 */
#pragma once

#include "analysis/effect.h"
#include "pg/text.h"

namespace ddlguard {

/* The statement with a word put in after the first occurrence of a keyword (not inside
 * strings, quoted names or comments); null when the keyword is not there. */
const char *InsertAfterKeyword(const char *statement, const char *keyword, const char *word);

const char *RelationSql(const Target *target); /* quoted, qualified */
const char *RelationSql(Oid relation);         /* null when it is gone */
const char *TypeSql(const TypeName *type);
const char *ColumnListSql(const List *names); /* "a, b" */

/* A raw expression of a constraint or default, as PostgreSQL prints it; null when it cannot be. */
const char *ExpressionSql(Oid relation, const Node *raw, ParseExprKind kind);

/* The name that PostgreSQL would choose for a constraint of the table: name2 is the column or null. */
const char *NewConstraintName(const Target *target, const char *column, const char *label);

}  // namespace ddlguard
