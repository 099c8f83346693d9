/*
 * A trigger function against the table that it is put on.
 *
 * PL/pgSQL is checked when it runs, so what is wrong shows in the next write.  The source is read word by
 * word; what cannot be told from it is taken to be right.
 */
#pragma once

#include "analysis/analysis.h"
#include "analysis/function_source.h"
#include "pg/lexer.h"

namespace ddlguard {

/* pg_trigger.tgtype */
int16 TypeOf(const CreateTrigStmt *stmt);

/* What a trigger function does, as far as its source tells.  Read once, however many tables it is for. */
struct TriggerBody {
  Array<const char *> columns; /* that it reads or assigns as NEW.x or OLD.x; none, when it asks which table it runs for
                                  (TG_TABLE_NAME, TG_RELID): one function for many tables may name columns of others */
  bool raises_first = false;
  bool returns_null_first = false;
  bool handles = false;  /* EXCEPTION WHEN */
  bool branches = false; /* asks for the operation */
  int returns = 0, returns_new = 0;

  explicit TriggerBody(const char *source);

  /* One of its columns that the table does not have; null when there is none. */
  const char *MissingColumn(const Analysis &a, Oid table) const;

  /*
   * What it does instead of letting a write happen, for "its function ..."; null when it lets some happen.  type:
   * pg_trigger.tgtype.
   */
  const char *StopsWrites(int16 type) const;

  /* Does every call of it fail, whatever it is called with? */
  bool RaisesAtOnce() const { return raises_first && !handles; }

 private:
  void ReadColumns(const Words &words);
  void ReadStatements(const Words &words);
};

/*
 * A table that the function inserts into and that does not exist: in no schema, where it is not
 * qualified, for who knows the search path of those who write.  Null when there is none, or when it may be made in
 * time: by CREATE or EXECUTE in the body, or by a statement of the script; or when the body copes.
 */
const char *MissingTable(const Analysis &a, const char *source);

/* What the function assigns of NEW, but for what it makes of a value of the column itself: trim(NEW.x) fills
 * nothing. */
struct Assigned {
  Array<const char *> columns;
  bool whole_row = false;

  bool Fills(const char *column) const;
};
Assigned AssignedColumns(const char *source);

}  // namespace ddlguard
