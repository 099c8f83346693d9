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

  /* Its parse tree anew, where the effect has no node of it; null when it is another kind. */
  const Node *Parsed() const {
    List *statements = raw_parser(statement, RAW_PARSE_DEFAULT);
    return list_length(statements) == 1 ? static_cast<RawStmt *>(linitial(statements))->stmt : nullptr;
  }
  template <typename T>
  const T *Parsed(NodeTag tag) const {
    const Node *parsed = Parsed();
    return parsed != nullptr && nodeTag(parsed) == tag ? reinterpret_cast<const T *>(parsed) : nullptr;
  }

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
void AddNotNullConstraint(const Case &c, Plan &plan); /* 18: ADD CONSTRAINT ... NOT NULL */
/* constraint.cpp: CHECK and foreign keys */
void AddCheck(const Case &c, Plan &plan);
void AddForeignKey(const Case &c, Plan &plan);
/* key.cpp: PRIMARY KEY and UNIQUE */
void AddKey(const Case &c, Plan &plan);
/* index.cpp: CREATE INDEX, DROP INDEX, REINDEX */
void CreateIndex(const Case &c, Plan &plan);
void CreateIndexAgain(const Case &c, Plan &plan); /* one that IF NOT EXISTS finds invalid */
void CreatePartitionedIndex(const Case &c, Plan &plan);
void DropIndexConcurrently(const Case &c, Plan &plan);
void ReindexConcurrently(const Case &c, Plan &plan);
/* type.cpp */
void ChangeType(const Case &c, Plan &plan);
void ChangeTypeThenCheck(const Case &c, Plan &plan);
/* rename.cpp */
void RenameTable(const Case &c, Plan &plan);
void RenameColumn(const Case &c, Plan &plan);
void RenameSchema(const Case &c, Plan &plan);
void RenameFunction(const Case &c, Plan &plan);
void RenameType(const Case &c, Plan &plan);
void RenameSequence(const Case &c, Plan &plan);
void SetSchema(const Case &c, Plan &plan);
/* drop.cpp */
void DropColumn(const Case &c, Plan &plan);
void DropTable(const Case &c, Plan &plan);
void DropObject(const Case &c, Plan &plan);
void AfterRelease(const Case &c, Plan &plan);
void InMaintenanceWindow(const Case &c, Plan &plan);
/* partition.cpp */
void AttachPartition(const Case &c, Plan &plan); /* also CREATE TABLE ... PARTITION OF */
void CreateAndAttach(const Case &c, Plan &plan);
void DetachConcurrently(const Case &c, Plan &plan);
/* domain.cpp */
void AddDomainConstraint(const Case &c, Plan &plan);
void SetDomainNotNull(const Case &c, Plan &plan);
void ValidateDomain(const Case &c, Plan &plan);
/* rows.cpp */
void DeleteInBatches(const Case &c, Plan &plan);
void UpdateInBatches(const Case &c, Plan &plan);
void TruncateInBatches(const Case &c, Plan &plan);
/* security.cpp */
void EnableRowSecurity(const Case &c, Plan &plan);
void PublishTable(const Case &c, Plan &plan);
/* maintenance.cpp: VACUUM FULL, CLUSTER, REPACK, REFRESH */
void VacuumPlainly(const Case &c, Plan &plan);
void RepackConcurrently(const Case &c, Plan &plan);
void RefreshConcurrently(const Case &c, Plan &plan);
/* transaction.cpp */
void ByItself(const Case &c, Plan &plan);
void WithoutTimeouts(const Case &c, Plan &plan);

/* Steps that several recipes share. */

/* column IS NOT NULL for every row, and then NOT NULL; constraint: the name of the NOT NULL
 * constraint where PostgreSQL has them (18), null: the one that PostgreSQL would choose. */
void AddNotNullSteps(Plan &plan, const Target *table, const char *column, const char *constraint = nullptr);

/* A job that runs "UPDATE table SET assignments WHERE condition" for every table with rows of the
 * tree, some blocks at a time, committing each. */
void AddBackfillSteps(Plan &plan, const Target *table, const char *assignments, const char *condition);

/* ADD CONSTRAINT name definition NOT VALID, and VALIDATE; table and name: quoted. */
void AddValidatedSteps(Plan &plan, const char *table, const char *name, const char *definition);

/* columns: of the constraint; those of an inline one are not in it. */
void AddForeignKeySteps(Plan &plan, const Target *table, const Constraint *constraint, const List *columns);
void AddKeySteps(Plan &plan, const Target *table, const Constraint *constraint, const List *columns,
                 bool not_null_known = false); /* for a primary key */

/* An index built concurrently, after what a failed build left under its name is gone.  create: the
 * whole statement; name: unquoted. */
void AddIndexBuildSteps(Plan &plan, Oid table, const char *name, const char *create);

/* The constraint's own text or the printed condition, with parentheses, and NO INHERIT; null when
 * neither can be had.  text: of the command that has it, as the nth CHECK. */
const char *CheckDefinition(Oid relation, const Constraint *constraint, const char *text, int nth);

}  // namespace ddlguard
