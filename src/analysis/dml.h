/*
 * What a statement that changes or reads rows is judged by: its plan, or what a script's statement would
 * have for one.
 */
#pragma once

#include "analysis/analysis.h"

namespace ddlguard {

/* Rows that are written: the finished plan's, or an estimate. */
struct Write {
  Oid relation;
  CmdType operation;    /* CMD_INSERT, CMD_UPDATE, CMD_DELETE, CMD_MERGE */
  double rows;          /* that the plan expects to change or add */
  int width;            /* of a row that is added, without header; bytes */
  bool whole;           /* every row of the relation: nothing narrows it */
  bool listed;          /* INSERT ... VALUES */
  bool informs = false; /* UPDATE of catalog columns alone that only tell of something (OnlyInforms) */
};

/*
 * A column of a system catalog on which nothing of the guard depends: what VACUUM and ANALYZE keep in pg_class,
 * and the version of an extension, which the update functions of PostGIS set to 'ANY' before they update it.
 */
bool OnlyInforms(Oid catalog, const char *column);

/* UPDATE or DELETE of every row of a relation, by the plan alone: an upper bound of what rules about that mind.  Cheap,
 * for hooks. */
bool MayChangeEverything(const PlannedStmt *plan);

void AnalyzeWrite(Analysis &a, const Write &write);

/* Rows that are read, while this transaction holds a lock that stops readers. */
void AnalyzeRead(Analysis &a, Oid relation, Size size);

/* script_dml.cpp: SELECT, INSERT, UPDATE, DELETE and MERGE of a script, as the parser leaves them. */
void AnalyzeScriptDml(Analysis &a, const Node *statement);

/* ... and what they leave in the ledger of a script. */
void RecordScriptDml(const Analysis &a, const Node *statement, Ledger &ledger);

/* What the plan of a query reads, through indexes and up to its LIMIT; false, and size as it was, when it cannot be
 * planned.  query: raw, or analysed and not rewritten. */
bool PlannedReads(Analysis &a, const Node *query, Size *size);

/* dml.cpp: of a finished plan, without what it changes. */
Size ReadsOf(Analysis &a, const PlannedStmt *plan);

}  // namespace ddlguard
