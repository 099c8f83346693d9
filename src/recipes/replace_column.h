/*
 * A column replaced by a new one beside it, without ever holding a strong lock for long.
 *
 * Both columns live side by side: a trigger keeps them equal, a backfill fills the new one, and what
 * stands on the old column (indexes, keys, constraints on both sides, NOT NULL, default, identity, owned
 * sequences, extended statistics, column privileges, comments) is made for the new one too.  Then one
 * short transaction on record drops the old column and gives names and defaults to the new one.
 */
#pragma once

#include "recipes/recipe.h"

namespace ddlguard {

struct ColumnReplacement {
  const Target *table = nullptr;
  const char *column = nullptr;    /* the old column; unquoted, as the next two */
  const char *fresh = nullptr;     /* the new column while both are there */
  const char *name = nullptr;      /* the new column in the end: column, or fresh */
  const char *type = nullptr;      /* SQL of its type, with collation */
  const char *value = nullptr;     /* SQL: what the backfill puts there, from the other columns of the row */
  const char *condition = nullptr; /* SQL: rows that the backfill has still to do */
  const char *trigger = nullptr;   /* PL/pgSQL: the statements that keep new.* equal; search_path is pg_catalog */
  const char *release = nullptr;   /* a release of code between validation and switch; null: none */
  bool same_type = false;          /* storage and compression are kept */
};

/* Adds the steps; when something stands on the column that cannot be moved, adds none and returns false with
 * *obstacle saying what ("a view reads it"). */
bool AddReplaceColumnSteps(Plan &plan, const ColumnReplacement &replacement, const char **obstacle);

/* A name for a helper: of at most 63 bytes, name first; not of a column of the table. */
const char *FreshColumnName(Oid relation, const char *column, const char *suffix);

/*
 * While it is in force, what ruleutils prints is qualified unless it is in pg_catalog: for bodies that run
 * under any search_path.  Not RAII, since an error would jump over it: then the abort of the (sub)transaction
 * takes it back.
 */
int BeginQualifiedNames();
void EndQualifiedNames(int level);

}  // namespace ddlguard
