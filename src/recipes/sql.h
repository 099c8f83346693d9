/*
 * Pieces of SQL that recipes are made of.
 *
 * Expressions are taken from the statement's own text where it has them: PostgreSQL does not always
 * read back the same tree from what it prints (IN over varchar), and the end must be the same.
 */
#pragma once

#include "pg/text.h"
#include "recipes/plan.h"

namespace ddlguard {

/* The statement with a word put in after the first occurrence of a keyword (not inside
 * strings, quoted names or comments); null when the keyword is not there. */
const char *InsertAfterKeyword(const char *statement, const char *keyword, const char *word);

/* The nth (from 0) "keyword (...)" outside of other parentheses: the text with its parentheses; null
 * when there is none. */
const char *ParenthesisAfter(const char *text, const char *keyword, int nth);

/* What follows "keyword [ONLY] name" in a statement. */
const char *AfterRelation(const char *statement, const char *keyword);

/* What follows the table's name in CREATE INDEX: method, columns and all the rest. */
const char *AfterTable(const char *create_index);

const char *RelationSql(const Target *target); /* quoted, qualified */
const char *RelationSql(Oid relation);         /* null when it is gone */
const char *TypeSql(const TypeName *type);     /* of serial: integer */
const char *ColumnListSql(const List *names);  /* "a, b" */
const char *NameListSql(const List *names);    /* "a.b" */
const char *OptionsSql(const List *options);   /* "fillfactor=70, a=b" */

/* A raw expression of a constraint or default, as PostgreSQL prints it; null when it cannot be. */
const char *ExpressionSql(Oid relation, const Node *raw, ParseExprKind kind);

/* "NOT VALID", "DEFERRABLE INITIALLY DEFERRED"... as they follow a constraint, with a space before. */
const char *DeferrableSql(const Constraint *constraint);

/* "CASCADE" ... of a foreign key, by FKCONSTR_ACTION_*; null for NO ACTION. */
const char *ReferenceAction(char action);

/* serial and its kin are words of the grammar, not types. */
bool IsSerial(const TypeName *type);

bool HasConstrainedDomain(const TypeName *type);

/* ---- names that PostgreSQL would choose, for things that the plan makes; each is given once ---- */

const char *NewConstraintName(Plan &plan, Oid relation, const char *column, const char *label);

/* Of a foreign key: "t_a_b_fkey". */
const char *NewForeignKeyName(Plan &plan, Oid relation, const List *columns);

/* Of a CHECK: the column belongs to it when the condition names no other. */
const char *NewCheckName(Plan &plan, Oid relation, const Node *raw_expr);

/* Of a sequence: "t_a_seq". */
const char *NewSequenceName(Plan &plan, Oid table, const char *column);

enum class IndexUse : uint8 { plain, unique, primary };

/* columns: of the index, with those of INCLUDE, as IndexElem or String nodes. */
const char *NewIndexName(Plan &plan, Oid table, const List *columns, IndexUse use);

/* What a failed CREATE INDEX CONCURRENTLY left on the table under the name; invalid: nothing. */
Oid InvalidLeftover(Oid table, const char *index_name);

}  // namespace ddlguard
