/*
 * See change.h.  The columns and constraints are those that the statement names; whether columns, and the relation's
 * name, are gone is seen in the catalog in the end, when a later statement may have brought them back.
 */
#include "runtime/change.h"

#include "pg/text.h"
#include "policy/settings.h"

namespace ddlguard {

namespace {

constexpr int kMaxRelations = 16; /* of one statement */

/* Nobody meets anything changed after these, or they are not DDL. */
bool ChangesNothing(const Node *statement) {
  switch (nodeTag(statement)) {
    case T_VacuumStmt:
    case T_LockStmt:
    case T_ReindexStmt:
    case kRepackTag: /* CLUSTER */
    case T_CopyStmt:
    case T_CommentStmt:
    case T_RefreshMatViewStmt:
    case T_TransactionStmt:
    case T_ExplainStmt:
      return true;
    default:
      return false;
  }
}

bool IsOfUsers(char relkind) {
  return relkind == RELKIND_RELATION || relkind == RELKIND_PARTITIONED_TABLE || relkind == RELKIND_VIEW ||
         relkind == RELKIND_MATVIEW || relkind == RELKIND_FOREIGN_TABLE;
}

/* Weaker locks come with changes that nobody notices, but for two kinds. */
bool IsNoticed(const Effect &effect, const Node *statement) {
  return effect.lock >= ShareLock || IsA(statement, GrantStmt) ||
         (IsA(statement, IndexStmt) && reinterpret_cast<const IndexStmt *>(statement)->unique);
}

void AddColumn(Change &change, const char *name, How how) {
  if (name == nullptr || change.columns == Change::kMaxColumns) return;
  TouchedColumn &column = change.column[change.columns++];
  SetName(column.name, name);
  column.how = how;
}

void AddColumns(Change &change, const Node *statement) {
  if (IsA(statement, RenameStmt)) {
    auto *stmt = reinterpret_cast<const RenameStmt *>(statement);
    if (stmt->renameType == OBJECT_COLUMN) AddColumn(change, stmt->subname, How::changed);
  }
  if (IsA(statement, IndexStmt)) {
    auto *stmt = reinterpret_cast<const IndexStmt *>(statement);
    if (stmt->unique) AddColumn(change, stmt->idxname, How::constraint);
  }
  if (!IsA(statement, AlterTableStmt)) return;
  for (auto *cmd : Each<AlterTableCmd>(reinterpret_cast<const AlterTableStmt *>(statement)->cmds)) {
    switch (cmd->subtype) {
      case AT_AddColumn:
        AddColumn(change, castNode(ColumnDef, cmd->def)->colname, How::added);
        break;
      case AT_AddConstraint:
        AddColumn(change, castNode(Constraint, cmd->def)->conname, How::constraint);
        break;
      case AT_AlterColumnType:
        AddColumn(change, cmd->name, How::retyped);
        break;
      case AT_DropColumn:
      case AT_SetNotNull:
      case AT_DropNotNull:
      case AT_ColumnDefault:
      case AT_AddIdentity:
      case AT_SetIdentity:
      case AT_DropIdentity:
      case AT_DropExpression:
        AddColumn(change, cmd->name, How::changed);
        break;
      default:
        break;
    }
  }
}

void AddLeaves(Change &change, const Target &target) {
  Array<uint32> leaves;
  for (Oid descendant : target.descendants) {
    if (leaves.count == Change::kMaxLeaves) break;
    const char *name = get_rel_name(descendant);
    const char *schema = name == nullptr ? nullptr : get_namespace_name(get_rel_namespace(descendant));
    if (schema != nullptr) leaves.Add(HashName(schema, name));
  }
  change.leaf = leaves.data;
  change.leaves = static_cast<int16>(leaves.count);
}

const RangeVar *NamedRelation(const Node *statement) {
  switch (nodeTag(statement)) {
    case T_AlterTableStmt:
      return reinterpret_cast<const AlterTableStmt *>(statement)->relation;
    case T_IndexStmt:
      return reinterpret_cast<const IndexStmt *>(statement)->relation;
    case T_RenameStmt:
      return reinterpret_cast<const RenameStmt *>(statement)->relation;
    default:
      return nullptr;
  }
}

bool IsAmong(const Array<Change *> &changes, const Array<const Target *> &targets, const Target &target) {
  for (const Change *change : changes)
    if (change->relation == target.oid) return true;
  for (const Target *each : targets)
    if (each->descendants.Contains(target.oid)) return true;
  return false;
}

}  // namespace

Array<Change *> ChangesOf(const Analysis &a, const Node *statement) {
  Array<Change *> changes;
  Array<const Target *> targets;
  if (AftermathWindow() == 0 || ChangesNothing(statement)) return changes;
  const RangeVar *named = nullptr;
  bool looked = false;
  for (const Effect &effect : a.effects) {
    const Target &target = *effect.target;
    if (!target.IsRelation() || !OidIsValid(target.oid) || !IsOfUsers(target.relkind) || !target.SeemsLive() ||
        !IsNoticed(effect, statement) || IsAmong(changes, targets, target))
      continue;
    if (changes.count == kMaxRelations) break;
    if (!looked) named = NamedRelation(statement);
    looked = true;
    Change &change = *static_cast<Change *>(palloc(sizeof(Change)));
    memset(static_cast<void *>(&change), 0, offsetof(Change, column));
    changes.Add(&change);
    if (!target.descendants.Empty()) targets.Add(&target);
    change.database = MyDatabaseId;
    change.relation = target.oid;
    change.role = GetSessionUserId();
    change.pid = MyProcPid;
    change.tag = CreateCommandTag(const_cast<Node *>(statement));
    change.waiters = -1;
    SetName(change.schema, target.schema);
    SetName(change.name, target.name);
    SetName(change.application, application_name);
    if (named != nullptr && strcmp(named->relname, target.name) == 0) AddColumns(change, statement);
    if (!target.descendants.Empty()) AddLeaves(change, target);
  }
  return changes;
}

bool LeavesNames(const Node *statement) {
  if (IsA(statement, IndexStmt) || IsA(statement, GrantStmt)) return true;
  if (!IsA(statement, AlterTableStmt)) return false;
  for (auto *cmd : Each<AlterTableCmd>(reinterpret_cast<const AlterTableStmt *>(statement)->cmds))
    if (cmd->subtype == AT_DropColumn) return false;
  return true;
}

void LookAtResult(Change &change) {
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(change.relation));
  change.gone = true;
  if (HeapTupleIsValid(tuple)) {
    auto form = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
    const char *schema = get_namespace_name(form->relnamespace);
    change.gone = strcmp(NameStr(form->relname), NameStr(change.name)) != 0 ||
                  (schema != nullptr && strcmp(schema, NameStr(change.schema)) != 0);
    if (change.gone) {
      SetName(change.new_schema, schema);
      SetName(change.new_name, NameStr(form->relname));
    }
    ReleaseSysCache(tuple);
  }
  for (int i = 0; i < change.columns; ++i)
    if (change.column[i].how != How::constraint &&
        get_attnum(change.relation, NameStr(change.column[i].name)) == InvalidAttrNumber)
      change.column[i].how = How::gone;
}

}  // namespace ddlguard
