/*
 * Plans: the staged way to what a statement wants, as values.
 *
 * A step is one transaction (its sql may hold several statements, separated by semicolons, which
 * then stand or fall together), one statement alone outside a transaction block, or a release of
 * application code.  plan() returns all steps as rows; a HINT shows the first of them.
 */
#pragma once

#include "analysis/effect.h"
#include "analysis/ledger.h"
#include "pg/catalog.h"

namespace ddlguard {

/* What a step is for.  Old and new shape live side by side from expand to contract. */
enum class Phase : uint8 { expand, dual_write, backfill, validate, switch_over, contract };
const char *PhaseName(Phase phase);

enum class RunBy : uint8 {
  migration, /* a migration file */
  backfill,  /* a long-running job outside of migrations */
  deploy     /* a release of application code: no sql */
};
const char *RunByName(RunBy run_by);

struct Step {
  Phase phase = Phase::expand;
  const char *sql = nullptr; /* without semicolon at the end; null for a deploy */
  bool transactional = true; /* false: alone, outside a transaction block */
  RunBy run_by = RunBy::migration;
  const char *wait_for = nullptr; /* what must be true before; null: nothing */
  const char *back_out = nullptr; /* SQL that undoes it; null: it cannot be undone */
  bool on_record = false;         /* is the loss or the break itself: run with ddlguard.bypass and a reason */
  const char *brief = nullptr;    /* one line that stands for a long sql, or for what a deploy waits for, in a HINT */
};

struct Plan : Array<Step> {
  List *names = NIL; /* that it gives to new objects: they are taken for what comes later in a script */
  /* Before its first step, though the catalog still has it: by earlier statements, and by its own (analysis/going.h). */
  const GoneObjects *earlier = nullptr;
  Array<ObjectAddress> gone;

  bool IsGone(Oid classid, Oid objectid, int subid = 0) const {
    const ObjectAddress object = {classid, objectid, subid};
    return (earlier != nullptr && earlier->Has(object)) || Includes(gone, object);
  }
};

/* The safe way for exactly this effect; empty when there is none.  statement: the source text that
 * has the effect, which is one command of ALTER TABLE where plan() has split it.  names: given by
 * plans of earlier statements; gone: by earlier statements. */
Plan PlanFor(const Effect &effect, const char *statement, List *names = NIL, const GoneObjects *gone = nullptr);

/* Is there a recipe for the rule at all? */
bool HasRecipe(Why why);

/* The first steps as lines to paste into psql; null for an empty plan. */
const char *ShortForm(const Plan &plan);

}  // namespace ddlguard
