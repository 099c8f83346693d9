/*
 * Conventions: what a shop demands of what is made, beyond what PostgreSQL and clients need.
 *
 * They are judged in a pass of their own after the analysers (AnalyzeConventions), which is not entered while
 * no policy row switches a convention on, and then looks for those alone that one does.  They are about
 * definitions, so they hold on empty and new tables too, and not on temporary ones, on what an extension's
 * script makes, nor on partitions, whose columns are their parent's.
 *
 * What can only be told when everything is made (is there a primary key, a comment?) is judged when the
 * transaction ends: convention_end.cpp.
 */
#pragma once

#include "analysis/analysis.h"

namespace ddlguard {

/* A column that the statement makes, or gives a type. */
struct NewColumn {
  const char *name = nullptr;
  Oid type = InvalidOid; /* invalid: unknown, as when the script makes the type */
  int32 typmod = -1;
  Oid base = InvalidOid; /* under domains; of an array: of its elements */
  int32 base_typmod = -1;
  bool array = false;
  bool serial = false;
  bool identity = false;
  bool generated = false;
  bool required = false; /* NOT NULL, or implied by identity, primary key or domain */
  bool has_default = false;
  bool primary = false;
  const Constraint *foreign = nullptr;   /* a foreign key that it is in */
  bool limited = false;                  /* a CHECK limits its length */
  const ColumnDef *definition = nullptr; /* null: from a query, a type or another table */
};

/* Where the findings of a statement go. */
struct Conventions {
  Analysis &a;
  const Target *target;
  const Node *node;

  bool Wants(Why why) const { return a.Wants(why); }
  void Add(Why why, const char *column = nullptr, Measured measured = {}, const char *fact = nullptr,
           const Target *other = nullptr) const {
    if (!a.Wants(why)) return;
    a.Add({.why = why,
           .target = target,
           .column = column,
           .other = other,
           .fact = fact,
           .node = node,
           .measured = measured});
  }
};

/* A relation that the statement makes; null when it is temporary or its name is taken. */
const Target *NewRelation(Analysis &a, const RangeVar *name, char relkind);

/* ---- convention_column.cpp ---- */
NewColumn ColumnOf(const Analysis &a, const ColumnDef *definition);
NewColumn ColumnOfType(const char *name, Oid type, int32 typmod);
/* Of the columns of a relation in the catalog; without its constraints. */
Array<NewColumn> ColumnsOfRelation(Oid relation);
/* The rules about one column.  retyped: it was there, and only its type is new. */
void AddColumnConventions(const Conventions &c, const NewColumn &column, bool retyped = false);
/* The rules about columns of keys; nothing for a foreign key whose other side dictates the type. */
void AddKeyConventions(const Conventions &c, const NewColumn &column);
/* The type as people write it, without length or precision. */
const char *TypeText(const NewColumn &column);
Measured MeasuredType(const NewColumn &column);
bool IsSpatial(const NewColumn &column);
/* Does a CHECK among the constraints limit the length of the column? */
bool LimitsLength(const List *constraints, const char *column);

/* ---- convention_constraint.cpp ---- */
/* "check" ..., as patterns call it; null for what is no constraint of its own. */
const char *ConstraintKind(ConstrType type);
/* column: of an inline constraint, else null; siblings: the list it stands in. */
void AddConstraintConventions(const Conventions &c, const Constraint *constraint, const char *column,
                              const List *siblings);
void AddDuplicateConventions(const Conventions &c, const List *constraints);
/* CURRENT_TIME, or the clock in a CHECK. */
void AddClockConventions(const Conventions &c, const Node *expression, bool check, const char *column);
/* Names of a key's columns, from a constraint's list of strings. */
bool IsKeyColumn(const List *keys, const char *column);

/* ---- convention_table.cpp ---- */
void AddTableConventions(Analysis &a, const CreateStmt *stmt);
void AddTableAsConventions(Analysis &a, const CreateTableAsStmt *stmt);
void AddPartitionConventions(const Conventions &c, Oid parent, const PartitionBoundSpec *bound, const char *partition);

/* ---- convention_alter.cpp ---- */
void AddAlterTableConventions(Analysis &a, const AlterTableStmt *stmt);
/* ---- convention_sequence.cpp ---- */
/* Those of a column that becomes bigint, and what those of the table have used. */
void AddCappedSequences(const Conventions &c, const NewColumn &column);
void AddUsedSequences(const Conventions &c);
void AddSequenceConventions(Analysis &a, const CreateSeqStmt *stmt);
void AddSequenceConventions(Analysis &a, const AlterSeqStmt *stmt);
void AddDatabaseConventions(Analysis &a, const CreatedbStmt *stmt);

/* ---- convention_end.cpp: what counts when the transaction ends ---- */
/* Script: looks ahead to what follows in the transaction.  Transaction: notes what ALTER TABLE will change... */
void AddEndConventions(Analysis &a, const Node *statement);
/* ...and, when the statement has run, remembers that and what it made... */
void RememberForEnd(const Analysis &a, const Node *statement, Ledger &ledger);
/* ...and judges by what is there before the commit. */
void AnalyzeEnd(Analysis &a);

/* ---- convention_object.cpp, convention_role.cpp ---- */
void AddObjectConventions(Analysis &a, const Node *statement);
void AddRoleConventions(Analysis &a, const Node *statement);

/* ---- convention_name.cpp ---- */
void AddNameConventions(Analysis &a, const Node *statement);

}  // namespace ddlguard
