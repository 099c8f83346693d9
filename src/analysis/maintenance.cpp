/*
 * Statements that keep a database in order and block it meanwhile: VACUUM FULL, REFRESH MATERIALIZED
 * VIEW, LOCK TABLE, ALTER TABLE ALL IN TABLESPACE, ALTER SYSTEM; and ANALYZE, where others wait for it.
 *
 * Permission is asked relation by relation, as PostgreSQL does: what it skips or refuses has no
 * effect.  The forms without a name read the whole of pg_class; they work for minutes anyway.
 * CLUSTER and REPACK have a file of their own (repack.cpp).
 */
#include "analysis/analysis.h"

#include <algorithm>

#include "analysis/dml.h"
#include "analysis/statement.h"
#include "analysis/tampering.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

const Node *AsNode(const void *statement) { return static_cast<const Node *>(statement); }

void AddEffect(Analysis &a, Why why, const Target *target, LOCKMODE lock, Work work, Size size, const void *statement,
               const char *part = nullptr) {
  Effect effect;
  effect.why = why;
  effect.target = target;
  effect.lock = lock;
  effect.work = size.blocks > 0 ? work : Work::none;
  effect.size = size;
  effect.column = part;
  effect.node = AsNode(statement);
  a.Add(effect);
}

const Target *ThisDatabase(Analysis &a) {
  return a.LookObject(DatabaseRelationId, MyDatabaseId, nullptr, get_database_name(MyDatabaseId));
}

bool IsVacuumable(const Target *target) {
  return target->relkind == RELKIND_RELATION || target->relkind == RELKIND_MATVIEW ||
         target->relkind == RELKIND_PARTITIONED_TABLE;
}

/* Which descendants VACUUM goes on to. */
bool VacuumDescends(const Target *target, const RangeVar *name) {
#if PG_VERSION_NUM >= 180000
  return name->inh;
#else
  return target->relkind == RELKIND_PARTITIONED_TABLE;
#endif
}

/* So many rows ANALYZE takes of a table, 300 for each step of the largest statistics target (std_typanalyze()). */
double SampledRows(Oid relation) {
  int target = default_statistics_target;
  for (AttrNumber column = 1;; ++column) {
    HeapTuple tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relation), Int16GetDatum(column));
    if (!HeapTupleIsValid(tuple)) return 300.0 * target;
    target = std::max(target, StatisticsTarget(tuple));
    ReleaseSysCache(tuple);
  }
}

/* Each row of the sample lies on another block. */
Size Sample(const Target *table) {
  const Size all = table->Own();
  const double blocks = std::min(static_cast<double>(all.blocks), SampledRows(table->oid));
  if (blocks == 0) return {};
  return {static_cast<uint64>(blocks), all.rows * blocks / static_cast<double>(all.blocks)};
}

/* What ANALYZE reads, while this transaction holds a lock that stops others. */
void AddSampling(Analysis &a, const Target *table) {
  if (IsGuardTable(table->oid)) return;
  Size sampled = Sample(table);
  for (Oid descendant : table->descendants)
    if (const Target *each = a.Look(descendant)) sampled += Sample(each);
  AnalyzeRead(a, table->oid, sampled);
}

}  // namespace

void AnalyzeVacuum(Analysis &a, const VacuumStmt *stmt) {
  const bool full = stmt->is_vacuumcmd && OptionIsOn(stmt->options, "full");
  const LOCKMODE lock = full ? AccessExclusiveLock : ShareUpdateExclusiveLock;
  const Why why = full ? Why::vacuum_full : Why::lock_only;
  /* PROCESS_MAIN off leaves the table itself alone; without the TOAST table FULL is refused. */
  if (OptionIsOn(stmt->options, "only_database_stats") || !OptionIsOn(stmt->options, "process_main", true)) return;
  if (full && !OptionIsOn(stmt->options, "process_toast", true)) return;
  const bool samples = !stmt->is_vacuumcmd && a.ledger.StrongestHeld() != nullptr;

  if (stmt->rels == NIL) {
    if (stmt->is_vacuumcmd) AddIfInBlock(a, ThisDatabase(a), AsNode(stmt));
    if (!full && !samples) return;
    if (full) a.whole_database = a.one_by_one = true;
    for (Oid relation : TablesOf(InvalidOid, samples)) {
      if (!MayMaintainRelation(relation, ActingRole())) continue;
      const Target *table = a.Look(relation);
      if (table == nullptr || !(samples || table->Live())) continue;
      AddEffect(a, why, table, lock, full ? Work::rewrite : Work::none, table->Own(), stmt);
      if (samples) AddSampling(a, table);
    }
    return;
  }

  a.one_by_one = list_length(stmt->rels) > 1;
  for (const VacuumRelation *each : Each<VacuumRelation>(stmt->rels)) {
    const Target *table = a.Resolve(each->relation, NoLock);
    if (table == nullptr || !IsVacuumable(table)) continue;
    if (stmt->is_vacuumcmd) AddIfInBlock(a, table, AsNode(stmt));
    if (!OidIsValid(table->oid) || !MayMaintainRelation(table->oid, ActingRole())) continue;
    const bool descends = VacuumDescends(table, each->relation);
    if (descends) a.Look(table->oid, true);
    AddEffect(a, why, table, lock, full ? Work::rewrite : Work::none, descends ? table->Tree() : table->Own(), stmt);
    if (samples) AddSampling(a, table);
  }
}

void AnalyzeRefresh(Analysis &a, const RefreshMatViewStmt *stmt) {
  const LOCKMODE lock = stmt->concurrent ? ExclusiveLock : AccessExclusiveLock;
  const Target *view = a.Resolve(stmt->relation, lock);
  if (view == nullptr || view->relkind != RELKIND_MATVIEW || !OidIsValid(view->oid)) return;
#if PG_VERSION_NUM >= 170000
  if (!MayMaintainRelation(view->oid, ActingRole())) return;
#else
  if (!OwnsRelation(view->oid, ActingRole())) return;
#endif
  if (stmt->concurrent && stmt->skipData) return;

  Relation relation = OpenUnlocked(view->oid);
  if (relation == nullptr) return;
  const bool populated = relation->rd_rel->relispopulated;
  Query *query = stmt->skipData ? nullptr : ViewQuery(relation);
  /* Readers wait while the query runs over its base tables, however small the result is. */
  Array<const Target *> sources;
  Size size = QueryReads(a, reinterpret_cast<const Node *>(query), &sources);
  size += view->Own();
  CloseUnlocked(relation);

  if (stmt->concurrent) {
    if (!populated) return;
    AddEffect(a, Why::refresh_matview_concurrently_lock, view, lock, Work::scan, view->Own(), stmt);
    for (const Target *source : sources)
      AddEffect(a, Why::lock_only, source, AccessShareLock, Work::scan, source->Tree(), stmt);
  } else if (stmt->skipData) {
    AddEffect(a, populated ? Why::truncate : Why::lock_only, view, lock, Work::none, view->Own(), stmt);
  } else {
    AddEffect(a, populated ? Why::refresh_matview_blocking : Why::lock_only, view, lock, Work::rewrite, size, stmt);
  }
}

namespace {

/* The privileges that LOCK TABLE asks for in the modes that block writers. */
bool MayLock(Oid relation, Oid role) {
  AclMode any = ACL_UPDATE | ACL_DELETE | ACL_TRUNCATE;
#if PG_VERSION_NUM >= 170000
  any |= ACL_MAINTAIN;
#endif
  return pg_class_aclcheck(relation, role, any) == ACLCHECK_OK;
}

struct Locking {
  Analysis &a;
  const LockStmt *stmt;
  Array<Oid> seen;

  void Add(const Target *target, bool recurse) {
    /* A partitioned table is in use through its partitions, also when it alone is locked. */
    if ((recurse || target->IsPartitioned()) && OidIsValid(target->oid)) target = a.Look(target->oid, true);
    const Why why = stmt->mode >= ShareLock ? Why::explicit_lock_table : Why::lock_only;
    AddEffect(a, why, target, stmt->mode, Work::none, recurse ? target->Tree() : target->Own(), stmt);
  }

  /* A view locks what it reads, with the privileges of its owner (or the caller's: security_invoker). */
  void AddView(const Target *view, Oid role) {
    if (seen.Contains(view->oid)) return;
    seen.Add(view->oid);
    Add(view, false);
    Relation relation = OpenUnlocked(view->oid);
    if (relation == nullptr) return;
    const Oid as = RelationHasSecurityInvoker(relation) ? role : relation->rd_rel->relowner;
    Query *query = ViewQuery(relation);
    if (query != nullptr) AddQuery(query, as);
    CloseUnlocked(relation);
  }

  void AddQuery(Query *query, Oid role);
};

struct LockingQuery {
  Locking *locking;
  Oid role;
};

bool LockRead(Node *node, LockingQuery *context) {
  if (node == nullptr) return false;
  if (!IsA(node, Query)) return WalkTree(node, LockRead, context);
  auto *query = reinterpret_cast<Query *>(node);
  for (const RangeTblEntry *entry : Each<RangeTblEntry>(query->rtable)) {
    if (entry->rtekind != RTE_RELATION || context->locking->seen.Contains(entry->relid)) continue;
    const Target *target = context->locking->a.Look(entry->relid);
    if (target == nullptr || !MayLock(entry->relid, context->role)) continue;
    if (target->relkind == RELKIND_VIEW) context->locking->AddView(target, context->role);
    else if (target->relkind == RELKIND_RELATION || target->relkind == RELKIND_PARTITIONED_TABLE)
      context->locking->Add(target, entry->inh);
  }
  return WalkQuery(query, LockRead, context, QTW_IGNORE_JOINALIASES);
}

void Locking::AddQuery(Query *query, Oid role) {
  LockingQuery context = {this, role};
  LockRead(reinterpret_cast<Node *>(query), &context);
}

}  // namespace

void AnalyzeLock(Analysis &a, const LockStmt *stmt) {
  /* What lets writers go on is nobody's worry. */
  if (stmt->mode < ShareUpdateExclusiveLock) return;
  Locking locking = {a, stmt, {}};
  for (const RangeVar *name : Each<RangeVar>(stmt->relations)) {
    /* NOWAIT: PostgreSQL must be the first to ask for the lock, since asking ahead could wait. */
    const Target *target = a.Resolve(name, stmt->nowait ? NoLock : stmt->mode);
    if (target == nullptr) continue;
    if (OidIsValid(target->oid) && !MayLock(target->oid, ActingRole())) return;
    if (target->relkind == RELKIND_VIEW && OidIsValid(target->oid)) locking.AddView(target, ActingRole());
    else if (target->relkind == RELKIND_RELATION || target->relkind == RELKIND_PARTITIONED_TABLE)
      locking.Add(target, name->inh);
  }
}

namespace {

bool MovesKind(ObjectType type, char relkind) {
  if (type == OBJECT_INDEX) return relkind == RELKIND_INDEX;
  if (type == OBJECT_MATVIEW) return relkind == RELKIND_MATVIEW;
  return type == OBJECT_TABLE && relkind == RELKIND_RELATION;
}

bool HasOwner(const List *roles, Oid owner) {
  if (roles == NIL) return true;
  for (const RoleSpec *role : Each<RoleSpec>(roles))
    if (get_rolespec_oid(role, true) == owner) return true;
  return false;
}

}  // namespace

void AnalyzeMoveAll(Analysis &a, const AlterTableMoveAllStmt *stmt) {
  Oid from = get_tablespace_oid(stmt->orig_tablespacename, true);
  const Oid to = get_tablespace_oid(stmt->new_tablespacename, true);
  if (!OidIsValid(from) || !OidIsValid(to) || from == to) return;
  /* pg_class has zero for the tablespace of the database. */
  if (from == MyDatabaseTableSpace) from = InvalidOid;

  Array<Oid> moved;
  Relation catalog = table_open(RelationRelationId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_class_reltablespace, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(from));
  SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, nullptr, 1, &key);
  while (HeapTuple tuple = systable_getnext(scan)) {
    auto form = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
    /* The catalogs stay; information_schema moves, but is nobody's data. */
    if (form->oid < FirstNormalObjectId || IsToastNamespace(form->relnamespace)) continue;
    if (isAnyTempNamespace(form->relnamespace)) continue;
    if (MovesKind(stmt->objtype, form->relkind) && HasOwner(stmt->roles, form->relowner)) moved.Add(form->oid);
  }
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);

  InOrder(moved);

  /* One that is not ours, and PostgreSQL moves none. */
  for (Oid relation : moved)
    if (!OwnsRelation(relation, ActingRole())) return;
  for (Oid relation : moved) {
    const Target *target = a.Look(relation);
    if (target == nullptr) continue;
    AddEffect(a, Why::set_tablespace, target, AccessExclusiveLock, Work::rewrite, target->Own(), stmt);
  }
}

void AnalyzeAlterSystem(Analysis &a, const AlterSystemStmt *stmt) {
  const char *setting = stmt->setstmt->kind == VAR_RESET_ALL ? "all" : stmt->setstmt->name;
  if (!superuser() && (stmt->setstmt->kind == VAR_RESET_ALL ||
                       pg_parameter_aclcheck(setting, ActingRole(), ACL_ALTER_SYSTEM) != ACLCHECK_OK))
    return;
  Effect effect;
  effect.why = Why::alter_system;
  effect.target = a.LookObject(DatabaseRelationId, MyDatabaseId, nullptr, setting);
  effect.column = setting;
  effect.node = AsNode(stmt);
  a.Add(effect);
}

}  // namespace ddlguard
