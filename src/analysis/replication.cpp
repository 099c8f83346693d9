/*
 * What standbys and subscribers see of a statement: locks that are replayed, WAL that somebody waits for,
 * changes of shape that no publication carries, truncations that it does.
 *
 * Who receives anything is asked first (pg/activity.h), since that is cheap and mostly nobody.
 */
#include "analysis/analysis.h"
#include "analysis/published.h"
#include "pg/activity.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

bool WritesWal(const Target &target) { return target.IsRelation() && target.persistence == RELPERSISTENCE_PERMANENT; }

/* ACCESS EXCLUSIVE is the one lock that standbys replay. */
void AddReplayedLock(Analysis &a) {
  for (const Effect &effect : a.effects) {
    if (effect.lock != AccessExclusiveLock || !WritesWal(*effect.target)) continue;
    const int standbys = StreamingStandbys();
    if (standbys == 0) return;
    if (!effect.target->Live()) continue;
    a.Add({.why = Why::standby_replay_conflict,
           .target = effect.target,
           .lock = effect.lock,
           .fact = Format("{} standby{} connected", standbys, standbys == 1 ? " is" : "s are")});
    return;
  }
}

void AddWalVolume(Analysis &a) {
  for (const Effect &effect : a.effects) {
    if (effect.work < Work::index_build || effect.Extent().blocks == 0 || !WritesWal(*effect.target)) continue;
    if (!effect.target->Live() || !WalIsAwaited()) continue;
    a.Add({.why = Why::wal_volume_replication_lag,
           .target = effect.target,
           .lock = effect.lock,
           .work = effect.work,
           .size = effect.Extent()});
    return;
  }
}

bool ChangesRows(const AlterTableStmt *stmt) {
  for (const AlterTableCmd *cmd : Each<AlterTableCmd>(stmt->cmds))
    if (cmd->subtype == AT_AddColumn || cmd->subtype == AT_DropColumn || cmd->subtype == AT_AlterColumnType)
      return true;
  return false;
}

bool ChangesShape(const Node *statement) {
  if (IsA(statement, AlterTableStmt)) return ChangesRows(reinterpret_cast<const AlterTableStmt *>(statement));
  if (IsA(statement, AlterObjectSchemaStmt))
    return reinterpret_cast<const AlterObjectSchemaStmt *>(statement)->objectType == OBJECT_TABLE;
  if (!IsA(statement, RenameStmt)) return false;
  auto *rename = reinterpret_cast<const RenameStmt *>(statement);
  return rename->renameType == OBJECT_TABLE ||
         (rename->renameType == OBJECT_COLUMN && rename->relationType == OBJECT_TABLE);
}

void AddShape(Analysis &a) {
  const Target *table = a.effects[0].target;
  const LOCKMODE lock = a.effects[0].lock;
  if (!WritesWal(*table) || !OidIsValid(table->oid) || !table->Shared()) return;
  if (!a.unpublished && LogicalSlots() > 0 && PublishedActions(table->oid).Any())
    a.Add({.why = Why::ddl_not_replicated, .target = table, .lock = lock});
}

void AddTruncations(Analysis &a) {
  if (LogicalSlots() == 0) return;
  for (const Effect &effect : a.effects) {
    if (effect.why != Why::truncate && effect.why != Why::truncate_cascade) continue;
    bool published = PublishedActions(effect.target->oid).truncates;
    for (Oid child : effect.target->descendants) published = published || PublishedActions(child).truncates;
    if (published) a.Add({.why = Why::truncate_published, .target = effect.target, .lock = effect.lock});
  }
}

/* A table that a publication names cannot become unlogged; one of FOR ALL TABLES, or of a schema, can. */
void AddUnlogged(Analysis &a, const AlterTableStmt *stmt) {
  bool unlogged = false;
  for (const AlterTableCmd *cmd : Each<AlterTableCmd>(stmt->cmds))
    unlogged = unlogged || cmd->subtype == AT_SetUnLogged;
  const Target *table = a.effects[0].target;
  if (!unlogged || !WritesWal(*table) || !OidIsValid(table->oid) || !table->Shared()) return;
  if (PublishedActions(table->oid).Any() && !IsPublishedByName(table->oid))
    a.Add({.why = Why::set_unlogged_published, .target = table, .lock = a.effects[0].lock});
}

}  // namespace

void AnalyzeReplication(Analysis &a, const Node *statement) {
  AddReplayedLock(a);
  if (a.Works()) AddWalVolume(a);
  if (ChangesShape(statement)) AddShape(a);
  if (IsA(statement, TruncateStmt)) AddTruncations(a);
  if (IsA(statement, AlterTableStmt)) AddUnlogged(a, reinterpret_cast<const AlterTableStmt *>(statement));
}

}  // namespace ddlguard
