/*
 * Backfills: a DO block that goes through a table by blocks and commits after each batch.
 *
 * A range of ctid needs no key, works on every table, and reads each block once.  Rows that somebody
 * else updates meanwhile move to other blocks: to the end, which is looked at when it is reached, or
 * into a hole of a block that was passed, which is why it goes on until a whole pass finds nothing.
 */
#include "pg/catalog.h"
#include "recipes/recipe.h"

namespace ddlguard {

namespace {

constexpr int kBlocksPerBatch = 256; /* 2 MB: tens of thousands of narrow rows, a fraction of a second */
constexpr int kPasses = 3;           /* a value that is NULL itself would never end */

const char *Job(const char *table, const char *update) {
  return Format(
      "DO $backfill$\n"
      "DECLARE\n"
      "  first bigint;\n"
      "  changed bigint;\n"
      "  found bigint;\n"
      "BEGIN\n"
      "  FOR pass IN 1 .. {2} LOOP\n"
      "    first := 0;\n"
      "    found := 0;\n"
      "    WHILE first * current_setting('block_size')::bigint < pg_relation_size({0}) LOOP\n"
      "      {1}\n"
      "        AND ctid >= format('(%s,0)', first)::tid AND ctid < format('(%s,0)', first + {3})::tid;\n"
      "      GET DIAGNOSTICS changed = ROW_COUNT;\n"
      "      found := found + changed;\n"
      "      first := first + {3};\n"
      "      COMMIT;\n"
      "    END LOOP;\n"
      "    EXIT WHEN found = 0;\n"
      "  END LOOP;\n"
      "END $backfill$",
      static_cast<const char *>(quote_literal_cstr(table)), update, kPasses, kBlocksPerBatch);
}

/* The triggers of users, which no rewrite would fire. */
bool HasUpdateTrigger(Oid relation) {
  Relation rel = OpenUnlocked(relation);
  if (rel == nullptr) return false;
  bool has = false;
  for (int i = 0; rel->trigdesc != nullptr && i < rel->trigdesc->numtriggers; ++i) {
    const Trigger &trigger = rel->trigdesc->triggers[i];
    has = has || (!trigger.tgisinternal && trigger.tgenabled != TRIGGER_DISABLED &&
                  TRIGGER_FOR_UPDATE(trigger.tgtype) && trigger.tgnattr == 0);
  }
  CloseUnlocked(rel);
  return has;
}

void AddJob(Plan &plan, Oid relation, const char *assignments, const char *condition) {
  const char *table = RelationSql(relation);
  if (table == nullptr) return; /* just dropped */
  const char *update = Format("UPDATE ONLY {} SET {} WHERE {}", table, assignments, condition);
  plan.Add({.phase = Phase::backfill,
            .sql = Job(table, update),
            .transactional = false,
            .run_by = RunBy::backfill,
            .wait_for = HasUpdateTrigger(relation) ? "its UPDATE triggers may fire for every row" : nullptr,
            .brief = Format("UPDATE {} SET {} WHERE {}", table, assignments, condition)});
}

/* Table by table as ALTER TABLE would rewrite them: what a sequence numbers, it numbers in that order. */
void AddJobs(Plan &plan, Oid relation, bool recurse, const char *assignments, const char *condition) {
  if (get_rel_relkind(relation) == RELKIND_RELATION) AddJob(plan, relation, assignments, condition);
  List *children = recurse ? find_inheritance_children(relation, NoLock) : NIL;
  for (int i = 0; i < list_length(children); ++i)
    AddJobs(plan, list_nth_oid(children, i), true, assignments, condition);
}

}  // namespace

void AddBackfillSteps(Plan &plan, const Target *table, const char *assignments, const char *condition) {
  AddJobs(plan, table->oid, table->recursed, assignments, condition);
}

}  // namespace ddlguard
