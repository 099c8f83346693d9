/*
 * What stands on a column, printed for another column: expressions, indexes, foreign keys, privileges.
 */
#pragma once

#include "recipes/sql.h"

namespace ddlguard {

/* "column" becomes "fresh" wherever its relation's columns are printed. */
struct ColumnMapping {
  Oid relation = InvalidOid;
  const char *column = nullptr;
  const char *fresh = nullptr;

  /* The name to print for a column of a relation, quoted. */
  const char *Name(Oid of, AttrNumber attnum) const;
};

/* An expression of one relation (Vars with varno 1).  alias: prints "alias.column" for every column, with
 * the names that they have now. */
const char *MappedExpression(Node *expr, Oid relation, const ColumnMapping &mapping);
const char *AliasedExpression(Node *expr, Oid relation, const char *alias);

/* " COLLATE schema.name" */
const char *CollationSql(Oid collation);

/* CREATE INDEX for a copy of an index; null when it has something that cannot be printed (options of
 * operator classes, exclusion).  words: "CONCURRENTLY name ON" and the like goes before the table. */
const char *CopyIndexSql(Oid index, const char *name, bool concurrently, bool only, const ColumnMapping &mapping);

/* FOREIGN KEY (...) REFERENCES ... with everything but NOT VALID; null when it cannot be printed. */
const char *ForeignKeySql(Oid constraint, const ColumnMapping &mapping);

/* GRANT statements (each on a line, with semicolon) that give on object what the list says, but for the
 * owner; columns: "" or " (column)". */
const char *GrantsSql(Datum acl, Oid owner, const char *object, const char *columns);

}  // namespace ddlguard
