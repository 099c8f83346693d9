/*
 * ALTER TABLE (and INDEX, VIEW, MATERIALIZED VIEW, FOREIGN TABLE, SEQUENCE): routes each subcommand.
 *
 * The lock is PostgreSQL's own answer for the whole statement (AlterTableGetLockLevel); every
 * subcommand works under it, so a validation beside an ADD COLUMN blocks readers too.
 */
#include "analysis/analysis.h"

#include "analysis/add_column.h"
#include "analysis/existing_constraint.h"
#include "analysis/filled_columns.h"
#include "analysis/going.h"
#include "analysis/proof.h"
#include "analysis/objects.h"
#include "analysis/published.h"
#include "analysis/view_privileges.h"
#include "analysis/view_writes.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

struct Subcommand {
  Analysis &a;
  const AlterTableStmt *stmt;
  const AlterTableCmd *cmd;
  const Target *table;
  LOCKMODE lock;

  LOCKMODE below; /* on partitions and children */

  void Brief(Why why) const { a.Add({.why = why, .target = table, .lock = lock, .column = cmd->name, .below = below}); }
};

/* Is this set for the column?  In a script it may be one that an earlier statement added. */
template <typename Field>
bool Has(const Subcommand &s, Field FormData_pg_attribute::*field) {
  HeapTuple tuple = SearchSysCacheAttName(s.table->oid, s.cmd->name);
  if (!HeapTupleIsValid(tuple)) return false;
  const bool set = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple))->*field != 0;
  ReleaseSysCache(tuple);
  return set;
}

/* "name = value" among the options of SET (...), as PostgreSQL reads booleans. */
bool OptionIs(const AlterTableCmd *cmd, const char *name, bool wanted) {
  for (DefElem *option : Each<DefElem>(reinterpret_cast<List *>(cmd->def)))
    if (option->defnamespace == nullptr && Equal(option->defname, name)) return defGetBoolean(option) == wanted;
  return false;
}

void SetRelOptions(const Subcommand &s) {
  if (OptionIs(s.cmd, "user_catalog_table", true)) return s.Brief(Why::user_catalog_table);
  if (OptionIs(s.cmd, "autovacuum_enabled", false)) return s.Brief(Why::autovacuum_disabled);
  if (s.table->relkind == RELKIND_VIEW && OptionIs(s.cmd, "security_invoker", true))
    AddInvokerFault(s.a, s.table, s.lock);
  s.Brief(Why::lock_only);
  if (s.table->relkind == RELKIND_VIEW && OidIsValid(s.table->oid))
    AnalyzeViewOptions(s.a, s.table, reinterpret_cast<const List *>(s.cmd->def), s.lock);
}

/* Nobody has used a column yet that this transaction made. */
bool IsNewColumn(const Subcommand &s) {
  const AttrNumber attnum = get_attnum(s.table->oid, s.cmd->name);
  return attnum != InvalidAttrNumber && CreatedInTransaction(RelationRelationId, s.table->oid, attnum);
}

/* It becomes an identity column in the same statement. */
bool GetsIdentity(const Subcommand &s) {
  for (const AlterTableCmd *each : Each<AlterTableCmd>(s.stmt->cmds))
    if (each->subtype == AT_AddIdentity && Equal(each->name, s.cmd->name)) return true;
  return false;
}

void SetPersistence(const Subcommand &s, char wanted) {
  if (s.table->persistence == wanted) return s.Brief(Why::lock_only);
  s.a.Add({.why = Why::set_logged_unlogged,
           .target = s.table,
           .lock = s.lock,
           .work = Work::rewrite,
           .size = s.table->Own(),
           .below = NoLock});
}

void SetAccessMethod(const Subcommand &s) {
  /* DEFAULT, from 17 on. */
  Oid wanted = get_table_am_oid(s.cmd->name != nullptr ? s.cmd->name : default_table_access_method, true);
  if (wanted == s.table->access_method || s.table->IsPartitioned()) return s.Brief(Why::lock_only);
  s.a.Add({.why = Why::set_access_method,
           .target = s.table,
           .lock = s.lock,
           .work = Work::rewrite,
           .size = s.table->Own(),
           .below = NoLock});
}

/* Only the relation's own files move, never those of its partitions.  An index counts by its own
 * size, but matters only when its table is live. */
void SetTablespace(const Subcommand &s) {
  Oid wanted = get_tablespace_oid(s.cmd->name, true);
  if (!OidIsValid(wanted)) return; /* PostgreSQL refuses it */
  Oid now = OidIsValid(s.table->storage.tablespace) ? s.table->storage.tablespace : MyDatabaseTableSpace;
  if (wanted == now || !s.table->HasStorage()) return s.Brief(Why::lock_only);
  const Target *table = s.table;
  if (s.table->relkind == RELKIND_INDEX) {
    table = s.a.Look(IndexGetRelation(s.table->oid, true));
    if (table == nullptr || !table->Live()) return s.Brief(Why::lock_only);
    s.a.Add(
        {.why = Why::set_tablespace, .target = s.table, .lock = s.lock, .work = Work::rewrite, .size = s.table->Own()});
    return;
  }
  s.a.Add({.why = Why::set_tablespace,
           .target = table,
           .lock = s.lock,
           .work = Work::rewrite,
           .size = s.table->Own(),
           .below = NoLock});
}

/* From BY DEFAULT to ALWAYS: writers that give the value themselves are refused. */
bool BecomesAlways(const Subcommand &s) {
  if (IsNewColumn(s)) return false;
  char identity = '\0';
  HeapTuple tuple = SearchSysCacheAttName(s.table->oid, s.cmd->name);
  if (HeapTupleIsValid(tuple)) {
    identity = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple))->attidentity;
    ReleaseSysCache(tuple);
  }
  if (identity == ATTRIBUTE_IDENTITY_ALWAYS) return false;
  if (IsA(s.cmd->def, Constraint)) /* ADD GENERATED */
    return reinterpret_cast<const Constraint *>(s.cmd->def)->generated_when == ATTRIBUTE_IDENTITY_ALWAYS;
  for (DefElem *option : Each<DefElem>(reinterpret_cast<List *>(s.cmd->def)))
    if (Equal(option->defname, "generated")) return defGetInt32(option) == ATTRIBUTE_IDENTITY_ALWAYS;
  return false;
}

/* Rows that leave a required column out get no value any more, unless the statement gives it a default.  gave: what
 * did until now. */
void StopFilling(const Subcommand &s, char FormData_pg_attribute::*gave) {
  bool fills = GetsIdentity(s);
  for (const AlterTableCmd *each : Each<AlterTableCmd>(s.stmt->cmds))
    if (each->subtype == AT_ColumnDefault && each->def != nullptr && Equal(each->name, s.cmd->name)) fills = true;
  if (fills || !Has(s, gave) || !Has(s, &FormData_pg_attribute::attnotnull) ||
      !StaysNotNull(s.a, s.table->oid, s.cmd->name))
    return s.Brief(Why::lock_only);
  const Effect effect = {
      .why = Why::drop_default_on_not_null, .target = s.table, .lock = s.lock, .column = s.cmd->name, .below = s.below};
  AddMendable(s.a, effect, {.object = {RelationRelationId, s.table->oid, get_attnum(s.table->oid, s.cmd->name)}});
}

/* PostgreSQL asks the wrapper for no more than the names of its options. */
void ChangeSource(const Subcommand &s, const char *fact) {
  s.a.Add({.why = Why::foreign_table_source, .target = s.table, .lock = s.lock, .fact = fact});
}

/* Whatever else it does, it locks what is below. */
void AddColumn(const Subcommand &s) {
  const int before = s.a.effects.count;
  AnalyzeAddColumn(s.a, s.table, s.stmt, s.cmd, s.lock);
  const char *column = reinterpret_cast<const ColumnDef *>(s.cmd->def)->colname;
  if (s.table->relkind == RELKIND_FOREIGN_TABLE && get_attnum(s.table->oid, column) == InvalidAttrNumber)
    ChangeSource(s, Format("column {} is asked for", column));
  for (int i = before; i < s.a.effects.count; ++i)
    if (s.a.effects[i].target == s.table && s.a.effects[i].below != NoLock) return;
  if (s.below != NoLock && s.table->descendants.count > 0) s.Brief(Why::lock_only);
}

/* Nobody has read a column yet that this transaction added. */
void DropNotNull(const Subcommand &s) {
  const bool fresh = CreatedInTransaction(RelationRelationId, s.table->oid, get_attnum(s.table->oid, s.cmd->name));
  s.Brief(!fresh && Has(s, &FormData_pg_attribute::attnotnull) ? Why::drop_not_null : Why::lock_only);
}

/*
 * A published table without an identity refuses UPDATE and DELETE.  FULL writes the whole old row to the WAL
 * for each of them, and a subscriber finds the row by reading its table.
 */
void ReplicaIdentity(const Subcommand &s) {
  auto *identity = reinterpret_cast<const ReplicaIdentityStmt *>(s.cmd->def);
  Relation rel = OpenUnlocked(s.table->oid);
  if (rel == nullptr) return;
  const char now = rel->rd_rel->relreplident;
  const bool has_key = OidIsValid(PrimaryKeyIndex(rel));
  CloseUnlocked(rel);
  if (now == identity->identity_type && now != REPLICA_IDENTITY_INDEX) return s.Brief(Why::lock_only);
  Why why = Why::lock_only;
  if (identity->identity_type == REPLICA_IDENTITY_NOTHING) why = Why::replica_identity_nothing;
  if (identity->identity_type == REPLICA_IDENTITY_DEFAULT && !has_key) why = Why::drop_replica_identity;
  if (identity->identity_type == REPLICA_IDENTITY_FULL) why = Why::replica_identity_full;
  s.Brief(why != Why::lock_only && PublishedActions(s.table->oid).Changes() ? why : Why::lock_only);
}

void AnalyzeSubcommand(const Subcommand &s) {
  switch (s.cmd->subtype) {
    case AT_AddColumn:
      return AddColumn(s);
    case AT_ColumnDefault:
      if (GetsIdentity(s)) return s.Brief(Why::lock_only);
      return AnalyzeColumnDefault(s.a, s.table, s.cmd, s.lock);
    case AT_DropNotNull:
      return DropNotNull(s);
    case AT_SetNotNull:
      return AnalyzeSetNotNull(s.a, s.table, s.stmt, s.cmd->name, s.lock);
    case AT_DropColumn:
      return AnalyzeDropColumn(s.a, s.table, s.stmt, s.cmd, s.lock);
    case AT_AddConstraint:
      return AnalyzeAddConstraint(s.a, s.table, s.stmt, reinterpret_cast<const Constraint *>(s.cmd->def), s.lock);
    case AT_AlterConstraint:
      return AnalyzeAlterConstraint(s.a, s.table, s.cmd, s.lock);
    case AT_ValidateConstraint:
      return AnalyzeValidateConstraint(s.a, s.table, s.stmt, s.cmd->name, s.lock);
    case AT_DropConstraint:
      return AnalyzeDropConstraint(s.a, s.table, s.stmt, s.cmd, s.lock);
    case AT_AlterColumnType:
      return AnalyzeColumnType(s.a, s.table, s.cmd, s.lock);
    case AT_ChangeOwner:
      return AnalyzeRelationOwner(s.a, s.table, s.cmd, s.lock);
    case AT_SetLogged:
      return SetPersistence(s, RELPERSISTENCE_PERMANENT);
    case AT_SetUnLogged:
      return SetPersistence(s, RELPERSISTENCE_UNLOGGED);
    case AT_SetAccessMethod:
      return SetAccessMethod(s);
    case AT_SetTableSpace:
      return SetTablespace(s);
    case AT_SetRelOptions:
      return SetRelOptions(s);
    case AT_SetCompression:
      s.Brief(Why::lock_only);
      return AddCompression(s.a, s.table, s.cmd->name, strVal(s.cmd->def), s.lock);
    case AT_EnableTrig:
    case AT_EnableAlwaysTrig:
    case AT_EnableTrigAll:
    case AT_EnableTrigUser:
      s.Brief(Why::disable_trigger);
      return AnalyzeEnableTrigger(s.a, s.table, s.cmd, s.lock, s.below);
    case AT_EnableReplicaTrig:
    case AT_DisableTrig:
    case AT_DisableTrigAll:
    case AT_DisableTrigUser:
      s.Brief(Why::disable_trigger);
      return AnalyzeDisableTrigger(s.a, s.table, s.stmt, s.cmd, s.lock, s.below);
    case AT_EnableRule:
    case AT_EnableAlwaysRule:
      return AnalyzeEnableRule(s.a, s.table, s.cmd->name, s.lock);
    case AT_ReplicaIdentity:
      return ReplicaIdentity(s);
    case AT_EnableRowSecurity:
    case AT_DisableRowSecurity:
    case AT_ForceRowSecurity:
    case AT_NoForceRowSecurity:
      return AnalyzeRowSecurity(s.a, s.table, s.cmd, s.lock);
    case AT_AttachPartition:
      if (s.table->relkind == RELKIND_PARTITIONED_INDEX) return s.Brief(Why::lock_only);
      return AnalyzeAttachPartition(s.a, s.table, reinterpret_cast<const PartitionCmd *>(s.cmd->def));
    case AT_DetachPartition: {
      auto *detach = reinterpret_cast<const PartitionCmd *>(s.cmd->def);
      return AnalyzeDetachPartition(s.a, s.table, detach, detach->concurrent);
    }
    case AT_AddIdentity:
    case AT_SetIdentity:
      return s.Brief(BecomesAlways(s) ? Why::identity_always : Why::lock_only);
    case AT_DropExpression:
      if (IsNewColumn(s)) return s.Brief(Why::lock_only);
      return StopFilling(s, &FormData_pg_attribute::attgenerated);
    case AT_DropIdentity:
      return StopFilling(s, &FormData_pg_attribute::attidentity);

    case AT_GenericOptions:
      return ChangeSource(s, "it is read with other options");
    case AT_AlterColumnGenericOptions:
      return ChangeSource(s, Format("column {} is read with other options", s.cmd->name));

    /* A lock for an instant, nothing else. */
    case AT_SetStatistics:
    case AT_SetOptions:
    case AT_ResetOptions:
    case AT_SetStorage:
    case AT_ClusterOn:
    case AT_DropCluster:
    case AT_DropOids:
    case AT_ResetRelOptions:
    case AT_ReplaceRelOptions:
    case AT_EnableReplicaRule:
    case AT_DisableRule:
    case AT_AddInherit:
    case AT_DropInherit:
    case AT_AddOf:
    case AT_DropOf:
    case AT_DetachPartitionFinalize:
      return s.Brief(Why::lock_only);

#if PG_VERSION_NUM >= 170000
    case AT_SetExpression:
      return AnalyzeSetExpression(s.a, s.table, s.cmd, s.lock);
#endif

      /* Made by PostgreSQL's own transformation and recursion; never in a statement that a client sent. */
#if PG_VERSION_NUM < 160000
    case AT_AddColumnRecurse:
    case AT_DropColumnRecurse:
    case AT_AddConstraintRecurse:
    case AT_ValidateConstraintRecurse:
    case AT_DropConstraintRecurse:
#endif
#if PG_VERSION_NUM < 180000
    case AT_CheckNotNull:
#endif
    case AT_AddColumnToView:
    case AT_CookedColumnDefault:
    case AT_AddIndex:
    case AT_ReAddIndex:
    case AT_ReAddConstraint:
    case AT_ReAddDomainConstraint:
    case AT_AddIndexConstraint:
    case AT_ReAddComment:
    case AT_ReAddStatistics:
      return;
  }
}

/* Does the subcommand reach the partitions and children (ATPrepCmd and the ATExec routines)?  What of it
 * does has its own answer in the effects of each analyser. */
LOCKMODE LockBelow(const AlterTableCmd *cmd, const Target *table) {
  const LOCKMODE if_partitioned = table->IsPartitioned() ? Effect::kSameLock : NoLock;
  switch (cmd->subtype) {
    case AT_AddColumn:
    case AT_ColumnDefault:
    case AT_DropNotNull:
    case AT_SetNotNull:
    case AT_DropColumn:
    case AT_DropConstraint:
    case AT_ValidateConstraint:
    case AT_AlterColumnType:
    case AT_DropExpression:
    case AT_SetStatistics:
    case AT_SetStorage:
#if PG_VERSION_NUM >= 170000
    case AT_SetExpression:
#endif
      return Effect::kSameLock;
    case AT_AddConstraint:
      return ConstraintLockBelow(table, reinterpret_cast<const Constraint *>(cmd->def));
    case AT_AlterConstraint:
    case AT_EnableTrig:
    case AT_EnableAlwaysTrig:
    case AT_EnableReplicaTrig:
    case AT_DisableTrig:
    case AT_EnableTrigAll:
    case AT_DisableTrigAll:
    case AT_EnableTrigUser:
    case AT_DisableTrigUser:
      return if_partitioned;
    case AT_AddIdentity:
    case AT_SetIdentity:
    case AT_DropIdentity:
      return PG_VERSION_NUM >= 170000 ? if_partitioned : NoLock;
    default:
      return NoLock;
  }
}

/* What PostgreSQL does not do to a table alone when it has children. */
bool NeedsChildren(const AlterTableCmd *cmd, const Target *table) {
  return cmd->subtype == AT_AddColumn || cmd->subtype == AT_AlterColumnType ||
         (cmd->subtype == AT_DropColumn && table->IsPartitioned());
}

/* Does anything ask what its drops take away?  A CHECK that goes asks what stays. */
bool MeetsDrops(const AlterTableStmt *stmt) {
  return list_length(stmt->cmds) > 1 ||
         static_cast<const AlterTableCmd *>(linitial(stmt->cmds))->subtype == AT_DropConstraint;
}

}  // namespace

void AddCompression(Analysis &a, const Target *table, const char *column, const char *compression, LOCKMODE lock) {
  if (compression == nullptr || !a.Wants(Why::toast_compression_pglz)) return;
  if (Equal(compression, "default")) compression = a.ledger.EffectiveSettings().toast_compression;
  if (Equal(compression, "pglz"))
    a.Add({.why = Why::toast_compression_pglz, .target = table, .lock = lock, .column = column});
}

void AnalyzeAlterTable(Analysis &a, const AlterTableStmt *stmt) {
  if (stmt->objtype == OBJECT_TYPE) return AnalyzeAlterCompositeType(a, stmt);
  bool concurrently = false;
  for (const AlterTableCmd *cmd : Each<AlterTableCmd>(stmt->cmds))
    if (cmd->subtype == AT_DetachPartition) concurrently = reinterpret_cast<const PartitionCmd *>(cmd->def)->concurrent;

  LOCKMODE lock = AlterTableGetLockLevel(stmt->cmds);
  const Target *table = a.Resolve(stmt->relation, concurrently ? NoLock : lock);
  if (table == nullptr) return;
  if (OidIsValid(table->oid)) {
    /* PostgreSQL refuses it.  By the owner that was read: OwnsRelation() fails when the table has gone meanwhile. */
    if (!has_privs_of_role(ActingRole(), table->owner)) return;
    if (stmt->relation->inh) a.Look(table->oid, true);
    else a.LookBelow(table);
  }
  for (const AlterTableCmd *cmd : Each<AlterTableCmd>(stmt->cmds))
    if (table->inhabited && NeedsChildren(cmd, table)) return;
  a.Add({.why = Why::lock_only, .target = table, .lock = lock, .below = NoLock});
  if (OidIsValid(table->oid) && MeetsDrops(stmt))
    for (const ObjectAddress &each : GoingBy(table, stmt))
      if (a.gone.Find(each) == nullptr) a.gone.Add({each});
  for (const AlterTableCmd *cmd : Each<AlterTableCmd>(stmt->cmds))
    AnalyzeSubcommand({.a = a, .stmt = stmt, .cmd = cmd, .table = table, .lock = lock, .below = LockBelow(cmd, table)});
}

}  // namespace ddlguard
