/*
 * DML and queries that only a guard in the server can judge: many rows changed or read while this
 * transaction holds a strong lock, UPDATE or DELETE of a whole table, and limits that a shop sets.  Called
 * at executor start; everything here is read from the finished plan.
 */
#include "analysis/dml.h"

#include <sys/stat.h>

#include <algorithm>

#include "analysis/statement.h"
#include "analysis/tampering.h"
#include "pg/catalog.h"
#include "pg/text.h"

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

}  // namespace

bool MayChangeEverything(const PlannedStmt *plan) {
  if (plan->commandType == CMD_MERGE || plan->hasModifyingCTE) return true;
  if (plan->planTree == nullptr || !IsA(plan->planTree, ModifyTable)) return true;
  return ReadsEverything(outerPlan(plan->planTree));
}

namespace {

/* One row, or the rows of VALUES. */
bool IsListed(const Plan *source) {
  return IsA(source, ValuesScan) || (IsA(source, Result) && source->lefttree == nullptr);
}

/*
 * What is written: the share of the table that changes, or what is added.  A few rows make no block, so the
 * row that a migration tool adds to its history is nothing.
 */
Size ChangedSize(const Target &table, const Write &write) {
  Size size;
  size.rows = write.rows;
  if (write.rows <= 1) return size; /* which may be the whole table */
  if (write.operation == CMD_INSERT || table.Tree().rows <= 0) {
    size.blocks = static_cast<uint64>(write.rows * (write.width + SizeofHeapTupleHeader) / BLCKSZ);
  } else {
    double share = table.Tree().rows > size.rows ? size.rows / table.Tree().rows : 1;
    size.blocks = static_cast<uint64>(static_cast<double>(table.Tree().blocks) * share);
  }
  return size;
}

bool UpdatesInformation(const PlannedStmt *plan, const RangeTblEntry *entry) {
  const Bitmapset *columns = UpdatedColumns(plan, entry);
  int column = -1;
  while ((column = bms_next_member(columns, column)) >= 0) {
    const char *name = ColumnName(entry->relid, column + FirstLowInvalidHeapAttributeNumber);
    if (name == nullptr || !OnlyInforms(entry->relid, name)) return false;
  }
  return true;
}

void AnalyzeModifyTable(Analysis &a, const PlannedStmt *plan, const Plan *node) {
  if (node == nullptr || !IsA(node, ModifyTable)) return;
  auto *modify = reinterpret_cast<const ModifyTable *>(node);
  Index root = modify->rootRelation != 0 ? modify->rootRelation : modify->nominalRelation;
  const RangeTblEntry *entry = rt_fetch(root, plan->rtable);
  const Plan *source = outerPlan(node);
  if (entry->rtekind != RTE_RELATION || source == nullptr) return;
  AnalyzeWrite(a, {.relation = entry->relid,
                   .operation = modify->operation,
                   .rows = source->plan_rows,
                   .width = source->plan_width,
                   .whole = modify->operation != CMD_INSERT && ReadsEverything(source),
                   .listed = modify->operation == CMD_INSERT && IsListed(source),
                   .informs = modify->operation == CMD_UPDATE && entry->relid < FirstNormalObjectId &&
                              UpdatesInformation(plan, entry)});
}

/* What the scans of a plan read.  Not of the catalogs, which every statement reads, but for large objects. */
class Reading {
 public:
  Reading(Analysis &a, const PlannedStmt *plan) : a_(a), plan_(plan) {
    const int relations = list_length(plan_->rtable);
    parents_ = static_cast<Index *>(palloc0((relations + 1) * sizeof(Index)));
    for (int i = 0; i <= relations; ++i) reads_.Add({});
    for (const AppendRelInfo *each : Each<const AppendRelInfo>(plan_->appendRelations))
      if (IsRelation(each->parent_relid)) parents_[each->child_relid] = each->parent_relid;
    Walk(plan_->planTree, 1);
    int id = 0;
    for (const Plan *each : Each<const Plan>(plan_->subplans)) Walk(each, ShareOf(++id, each));
  }

  /* Of each relation that the query names, with its partitions and children. */
  void Tell() const {
    for (int i = 1; i < reads_.count; ++i)
      if (reads_[i].blocks > 0) AnalyzeRead(a_, rt_fetch(i, plan_->rtable)->relid, reads_[i]);
  }

  Size Sum() const {
    Size sum;
    for (const Size &each : reads_) sum += each;
    return sum;
  }

 private:
  bool IsRelation(Index relation) const { return rt_fetch(relation, plan_->rtable)->rtekind == RTE_RELATION; }

  /* SELECT EXISTS (...) asks for one row. */
  double ShareOf(int id, const Plan *subplan) const {
    for (const SubPlan *each : Each<const SubPlan>(plan_->planTree->initPlan))
      if (each->plan_id == id && each->subLinkType == EXISTS_SUBLINK) return 1 / std::max(1.0, subplan->plan_rows);
    return 1;
  }

  /* share: of what the node would do, cut by LIMIT above it. */
  void Walk(const Plan *node, double share) {
    if (node == nullptr || IsA(node, ModifyTable)) return; /* what changes rows is told as that */
    if (const Plan *child = IsA(node, Limit) ? node->lefttree : nullptr; child != nullptr && child->total_cost > 0)
      share *= std::min(1.0, node->total_cost / child->total_cost);
    Scan(node, share);
    Walk(node->lefttree, share);
    Walk(node->righttree, share);
    if (IsA(node, Append)) WalkAll(reinterpret_cast<const Append *>(node)->appendplans, share);
    if (IsA(node, MergeAppend)) WalkAll(reinterpret_cast<const MergeAppend *>(node)->mergeplans, share);
    if (IsA(node, SubqueryScan)) Walk(reinterpret_cast<const SubqueryScan *>(node)->subplan, share);
  }

  void WalkAll(const List *plans, double share) {
    for (const Plan *each : Each<const Plan>(plans)) Walk(each, share);
  }

  void Scan(const Plan *node, double share) {
    const bool all = IsA(node, SeqScan) || IsA(node, SampleScan);
    if (!all && !IsA(node, IndexScan) && !IsA(node, IndexOnlyScan) && !IsA(node, BitmapHeapScan)) return;
    Index relation = reinterpret_cast<const ::Scan *>(node)->scanrelid;
    const Oid oid = rt_fetch(relation, plan_->rtable)->relid;
    if (oid < FirstNormalObjectId && oid != LargeObjectRelationId) return;
    const Target *table = a_.Look(oid);
    if (table == nullptr) return;
    Size size = table->Own();
    if (!all && size.rows > 0) share *= std::min(1.0, node->plan_rows / size.rows);
    size.rows *= share;
    size.blocks = static_cast<uint64>(static_cast<double>(size.blocks) * share);
    while (parents_[relation] != 0) relation = parents_[relation];
    reads_[static_cast<int>(relation)] += size;
  }

  Analysis &a_;
  const PlannedStmt *plan_;
  Index *parents_;    /* by number in the range table; 0: none */
  Array<Size> reads_; /* by number in the range table */
};

}  // namespace

bool OnlyInforms(Oid catalog, const char *column) {
  if (catalog == ExtensionRelationId) return Equal(column, "extversion");
  if (catalog != RelationRelationId) return false;
  for (const char *each : {"relpages", "reltuples", "relallvisible", "relallfrozen", "relfrozenxid", "relminmxid"})
    if (Equal(each, column)) return true;
  return false;
}

void AnalyzeWrite(Analysis &a, const Write &write) {
  if (write.relation < FirstNormalObjectId) {
    if (!write.informs) AddCatalogWrite(a, write.relation);
    return;
  }
  const bool inserts = write.operation == CMD_INSERT;
  const bool limited =
      a.Wants(inserts ? Why::insert_row_limit : Why::unbatched_update) || (inserts && a.Wants(Why::unbatched_update));
  if (!write.whole && a.ledger.Held().Empty() && !limited) return;
  if (IsGuardTable(write.relation)) return;

  const Target *table = a.Look(write.relation, true);
  if (table == nullptr) return;
  const Size changed = ChangedSize(*table, write);
  if (write.whole && (write.operation == CMD_DELETE || write.operation == CMD_UPDATE))
    a.Add({.why = write.operation == CMD_DELETE ? Why::delete_without_where : Why::update_without_where,
           .target = table,
           .lock = RowExclusiveLock,
           .work = Work::scan,
           .size = table->Tree()});
  const Measured rows = {.amount = write.rows};
  if (!write.listed && a.Wants(Why::unbatched_update) && !(inserts && a.Wants(Why::insert_row_limit)))
    a.Add({.why = Why::unbatched_update, .target = table, .lock = RowExclusiveLock, .measured = rows});
  if (inserts && a.Wants(Why::insert_row_limit))
    a.Add({.why = Why::insert_row_limit, .target = table, .lock = RowExclusiveLock, .measured = rows});
  const HeldLock *held = a.ledger.StrongestHeld();
  const Target *blocked = held == nullptr ? nullptr : a.Look(held->relation);
  if (blocked == nullptr) return;
  a.Add({.why = Why::bulk_dml_after_ddl_lock,
         .target = table,
         .lock = held->mode,
         .work = Work::scan,
         .size = changed,
         .other = blocked,
         .on_fresh = true});
  if (!write.listed && a.Wants(Why::ddl_dml_mixed))
    a.Add({.why = Why::ddl_dml_mixed, .target = table, .lock = RowExclusiveLock, .other = blocked});
}

/* Fewer blocks are read in well under a millisecond.  Foreign keys look into small tables in this way, once for each
 * row that is written, and each would be an event. */
constexpr uint64 kFewBlocks = 8;

void AnalyzeRead(Analysis &a, Oid relation, Size size) {
  const HeldLock *held = a.ledger.StrongestHeld();
  if (held == nullptr || size.blocks < kFewBlocks) return;
  const Target *table = a.Look(relation, true);
  const Target *blocked = a.Look(held->relation);
  if (table == nullptr || blocked == nullptr) return;
  a.Add({.why = Why::statement_after_access_exclusive,
         .target = table,
         .lock = held->mode,
         .work = Work::scan,
         .size = size,
         .other = blocked,
         .on_fresh = true});
}

Size ReadsOf(Analysis &a, const PlannedStmt *plan) { return Reading(a, plan).Sum(); }

void AnalyzeDml(Analysis &a, const PlannedStmt *plan) {
  AnalyzeModifyTable(a, plan, plan->planTree);
  /* WITH x AS (DELETE ...): each is a subplan of its own. */
  if (plan->hasModifyingCTE)
    for (const Plan *subplan : Each<Plan>(plan->subplans)) AnalyzeModifyTable(a, plan, subplan);
  if (plan->commandType == CMD_SELECT && !a.ledger.Held().Empty()) Reading(a, plan).Tell();
  /* What PostgreSQL will refuse is nothing to tell about: the planner's rows come from statistics that the
   * user may not see. */
  if (!a.effects.Empty() && !MayExecute(plan)) a.effects.Clear();
}

namespace {

/* What COPY FROM a file of the server would read; what a client or program sends has no size beforehand. */
Size SizeOfInput(const CopyStmt *stmt) {
  struct stat file;
  const bool readable = stmt->filename != nullptr && !stmt->is_program &&
                        has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES) && stat(stmt->filename, &file) == 0;
  if (!readable) return {1, 0};
  return {static_cast<uint64>(file.st_size) / BLCKSZ, 0};
}

}  // namespace

void AnalyzeCopy(Analysis &a, const CopyStmt *stmt) {
  const HeldLock *held = a.ledger.StrongestHeld();
  if (stmt->query != nullptr) {
    if (held == nullptr) return;
    const Target *blocked = a.Look(held->relation);
    Size size = QueryReads(a, stmt->query);
    PlannedReads(a, stmt->query, &size);
    if (blocked != nullptr) AnalyzeRead(a, blocked->oid, size);
    return;
  }
  const Target *table = a.Resolve(stmt->relation, NoLock);
  if (table == nullptr || !OidIsValid(table->oid)) return;
  if (stmt->is_from && table->oid < FirstNormalObjectId) return AddCatalogWrite(a, table->oid);
  if (held == nullptr) return;
  if (!stmt->is_from) return AnalyzeRead(a, table->oid, table->Own());
  const Target *blocked = a.Look(held->relation);
  if (blocked == nullptr) return;
  a.Add({.why = Why::bulk_dml_after_ddl_lock,
         .target = table,
         .lock = held->mode,
         .work = Work::scan,
         .size = SizeOfInput(stmt),
         .other = blocked,
         .fact = stmt->filename == nullptr ? "the client decides how long it sends rows" : nullptr,
         .on_fresh = true});
}

}  // namespace ddlguard
