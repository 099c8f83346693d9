/*
 * What can be written through a view: what PostgreSQL makes of its query, where that is simple, and what
 * INSTEAD OF triggers and INSTEAD rules do.
 *
 * Writes are the bits of pg_trigger.tgtype for INSERT, UPDATE and DELETE.  No view is locked: what is
 * needed of the relcache is copied before anything else is asked.
 */
#pragma once

#include "analysis/analysis.h"

namespace ddlguard {

constexpr int16 kInserts = TRIGGER_TYPE_INSERT;
constexpr int16 kUpdates = TRIGGER_TYPE_UPDATE;
constexpr int16 kDeletes = TRIGGER_TYPE_DELETE;
constexpr int16 kWrites = kInserts | kUpdates | kDeletes;

/* The bit of a command; 0 for others. */
int16 WriteOf(CmdType event);

struct ViewWrites {
  int16 automatic = 0;   /* its query allows for them */
  int16 rules = 0;       /* an unconditional INSTEAD rule does them, before anything else is asked */
  int16 conditional = 0; /* an INSTEAD rule does some of them: PostgreSQL does not do the rest */
  int16 triggers = 0;    /* INSTEAD OF triggers do them, */
  int16 stopped = 0;     /* or let none happen */

  int16 ByOthers() const { return rules | conditional | triggers; }
  int16 ByItself() const { return automatic & ~ByOthers(); }
  int16 All() const { return rules | (triggers & ~stopped) | ByItself(); }
  /* Those that an INSTEAD OF trigger, were there another, would get to see. */
  int16 Open() const { return All() & ~rules; }
};

/* Only its wrapper, which is not called, knows what can be written to a foreign table. */
enum class ForeignTables : bool { are_not_written, are_written };

/* without: triggers and rules that are taken to be gone. */
ViewWrites WritesOfView(Oid view, ForeignTables foreign, const Array<Oid> &without = {});

/* Those that its own rules and triggers take from PostgreSQL. */
int16 WritesByOthers(Oid view);

/* The same as WritesOfView() of any relation, of its kind if it is no view. */
int16 WritesOfRelation(Oid relation, ForeignTables foreign);

/* Adds the finding that these writes are lost, unless a statement of the script has given them back before, or
 * one of the transaction does so later.  before, after: its fact around the names of the writes. */
void AddLostWrites(Analysis &a, const Target *view, int16 lost, LOCKMODE lock, const char *before, const char *after);

/* The same for triggers and rules that go.  Of what is no view: nothing. */
void AddLostWriters(Analysis &a, const Target *relation, const Array<Oid> &going);

/* The writes that a statement makes possible on the view. */
int16 WritesGivenBy(Analysis &a, const Target *view, const Node *statement);

/* Does the column stand for a required one of a table, which an INSERT through the view fills by the view's
 * default alone? */
bool FillsRequiredColumn(Oid view, AttrNumber attnum);

/* ---- view_replace.cpp ---- */

/* What could be written through a view with this raw query; obstacle: read after "through a query", of what
 * could not. */
int16 WritesOfQuery(Analysis &a, const Node *query, const char **obstacle);

/* CREATE OR REPLACE VIEW of a view that is there. */
void AnalyzeReplacedWrites(Analysis &a, const Target *view, const ViewStmt *stmt);

/* ALTER VIEW ... SET (...) */
void AnalyzeViewOptions(Analysis &a, const Target *view, const List *options, LOCKMODE lock);

}  // namespace ddlguard
