/*
 * Recipes: one function per way out, which writes the steps for one effect, with its real names.
 *
 * One file per family; recipes.cpp has the table from rule to recipe.  A recipe adds steps to the
 * plan, or leaves it as it was when this case has no way out.  Its SQL can be run as it is: schema
 * qualified, quoted, without placeholders.  What is not in the catalog yet (a column that the same
 * script adds) comes from the statement's own text.
 *
 * Recipes take no lock on user relations and resolve what they print with the caller's search_path.
 */
#pragma once

#include "recipes/plan.h"
#include "recipes/sql.h"

namespace ddlguard {

struct Case {
  const Effect &effect;
  const char *statement; /* source text, without semicolon at the end */

  Oid Relation() const { return effect.target->oid; }
  const char *Table() const { return RelationSql(effect.target); }
  const char *Column() const { return QuoteIdent(effect.column); }
  template <typename T>
  const T *As(NodeTag tag) const {
    return effect.node != nullptr && nodeTag(effect.node) == tag ? reinterpret_cast<const T *>(effect.node) : nullptr;
  }
};

using Recipe = void (*)(const Case &c, Plan &plan);

/* column.cpp: ADD COLUMN in all its forms */
void AddColumn(const Case &c, Plan &plan);
/* not_null.cpp */
void SetNotNull(const Case &c, Plan &plan);
/* constraint.cpp: CHECK and foreign keys */
void AddCheck(const Case &c, Plan &plan);
void AddForeignKey(const Case &c, Plan &plan);
/* key.cpp: PRIMARY KEY and UNIQUE */
void AddKey(const Case &c, Plan &plan);
/* index.cpp: CREATE INDEX, DROP INDEX, REINDEX */
void CreateIndex(const Case &c, Plan &plan);
void CreatePartitionedIndex(const Case &c, Plan &plan);
void DropIndexConcurrently(const Case &c, Plan &plan);
void ReindexConcurrently(const Case &c, Plan &plan);
/* type.cpp */
void ChangeType(const Case &c, Plan &plan);
/* rename.cpp */
void RenameTable(const Case &c, Plan &plan);
void RenameColumn(const Case &c, Plan &plan);
/* drop.cpp */
void DropColumn(const Case &c, Plan &plan);
/* maintenance.cpp: VACUUM FULL, CLUSTER, REFRESH */
void VacuumPlainly(const Case &c, Plan &plan);
void RefreshConcurrently(const Case &c, Plan &plan);
/* transaction.cpp */
void ByItself(const Case &c, Plan &plan);

/* Steps that several recipes share. */

/* column IS NOT NULL for every row, and then NOT NULL; constraint: the name of the NOT NULL
 * constraint where PostgreSQL has them (18), null: the one that PostgreSQL would choose. */
void AddNotNullSteps(Plan &plan, const Target *table, const char *column, const char *constraint = nullptr);

/* A job that runs "UPDATE table SET assignments WHERE condition" for every table with rows of the
 * tree, some blocks at a time, committing each. */
void AddBackfillSteps(Plan &plan, const Target *table, const char *assignments, const char *condition);

}  // namespace ddlguard
