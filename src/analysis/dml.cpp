/*
 * DML that only a guard in the server can judge: many rows changed while this transaction holds a
 * strong lock, and UPDATE or DELETE of a whole table.  Called at executor start; everything here is
 * read from the finished plan.
 */
#include "analysis/analysis.h"

#include "pg/catalog.h"

namespace ddlguard {

namespace {

/* Reads every row of its relation: a plain scan without a condition, or such scans appended. */
bool ReadsEverything(const Plan *plan) {
  if (plan == nullptr) return false;
  if (IsA(plan, SeqScan)) return plan->qual == NIL;
  if (IsA(plan, Append)) {
    for (Plan *child : Each<Plan>(reinterpret_cast<const Append *>(plan)->appendplans))
      if (!ReadsEverything(child)) return false;
    return true;
  }
  if (IsA(plan, Result)) return plan->qual == NIL && ReadsEverything(plan->lefttree);
  return false;
}

/*
 * What the plan expects to write: the share of the table that it changes, or what it inserts.  A few
 * rows make no block, so the row that a migration tool adds to its history is nothing.
 */
Size ChangedSize(const Target &table, const Plan *source, bool insert) {
  Size size;
  size.rows = source->plan_rows;
  if (insert || table.tree.rows <= 0) {
    size.blocks = static_cast<uint64>(source->plan_rows * (source->plan_width + SizeofHeapTupleHeader) / BLCKSZ);
  } else {
    double share = table.tree.rows > size.rows ? size.rows / table.tree.rows : 1;
    size.blocks = static_cast<uint64>(static_cast<double>(table.tree.blocks) * share);
  }
  return size;
}

void AnalyzeModifyTable(Analysis &a, const PlannedStmt *plan, const Plan *node) {
  if (node == nullptr || !IsA(node, ModifyTable)) return;
  auto *modify = reinterpret_cast<const ModifyTable *>(node);
  Index root = modify->rootRelation != 0 ? modify->rootRelation : modify->nominalRelation;
  const RangeTblEntry *entry = rt_fetch(root, plan->rtable);
  const Plan *source = outerPlan(node);
  if (entry->rtekind != RTE_RELATION || source == nullptr) return;
  const bool whole = modify->operation != CMD_INSERT && ReadsEverything(source);
  if (!whole && a.ledger.held.Empty()) return;

  const Target *table = a.Look(entry->relid, true);
  if (table == nullptr) return;
  Size changed = ChangedSize(*table, source, plan->commandType == CMD_INSERT);
  if (whole)
    a.Add({.why = modify->operation == CMD_DELETE ? Why::delete_without_where : Why::update_without_where,
           .target = table,
           .lock = RowExclusiveLock,
           .work = Work::scan,
           .size = table->tree});
  if (const HeldLock *held = a.ledger.StrongestHeld()) {
    const Target *blocked = a.Look(held->relation);
    if (blocked != nullptr)
      a.Add({.why = Why::bulk_dml_after_ddl_lock,
             .target = table,
             .lock = held->mode,
             .work = Work::scan,
             .size = changed,
             .other = blocked,
             .on_fresh = true});
  }
}

}  // namespace

void AnalyzeDml(Analysis &a, const PlannedStmt *plan) {
  AnalyzeModifyTable(a, plan, plan->planTree);
  /* WITH x AS (DELETE ...): each is a subplan of its own. */
  if (!plan->hasModifyingCTE) return;
  for (const Plan *subplan : Each<Plan>(plan->subplans)) AnalyzeModifyTable(a, plan, subplan);
}

}  // namespace ddlguard
