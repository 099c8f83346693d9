/*
 * See filled_columns.h.
 */
#include "analysis/filled_columns.h"

#include "analysis/proof.h"
#include "analysis/statement.h"
#include "pg/catalog.h"
#include "pg/expression.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

bool FillsRows(int16 type) { return TRIGGER_FOR_BEFORE(type) && TRIGGER_FOR_ROW(type) && TRIGGER_FOR_INSERT(type); }

struct RowTrigger {
  Oid oid;
  Oid function;
  int16 type;
  const char *name;
};

/* Those that fire before each row of an INSERT; disabled: those that do not, instead. */
Array<RowTrigger> RowTriggers(Oid table, bool disabled = false) {
  Array<RowTrigger> triggers;
  Relation catalog = table_open(TriggerRelationId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_trigger_tgrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(table));
  SysScanDesc scan = systable_beginscan(catalog, TriggerRelidNameIndexId, true, nullptr, 1, &key);
  while (HeapTuple tuple = systable_getnext(scan)) {
    auto form = reinterpret_cast<Form_pg_trigger>(GETSTRUCT(tuple));
    const bool fires = form->tgenabled == TRIGGER_FIRES_ON_ORIGIN || form->tgenabled == TRIGGER_FIRES_ALWAYS;
    if (form->tgisinternal || fires == disabled || !FillsRows(form->tgtype)) continue;
    triggers.Add({form->oid, form->tgfoid, form->tgtype, pstrdup(NameStr(form->tgname))});
  }
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  return triggers;
}

/* What triggers fill that stay. */
struct Fillers {
  Assigned all;

  void Add(const Assigned &assigned) {
    all.whole_row = all.whole_row || assigned.whole_row;
    for (const char *column : assigned.columns) all.columns.Add(column);
  }
  void Add(const char *source) { Add(source == nullptr ? Assigned{{}, true} : AssignedColumns(source)); }
  bool Fill(const char *column) const { return all.Fills(column); }
};

/* NOT NULL, and nothing in the catalog fills it. */
bool IsRequired(Oid table, const char *column) {
  HeapTuple tuple = SearchSysCacheAttName(table, column);
  if (!HeapTupleIsValid(tuple)) return false;
  auto form = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
  const bool required = form->attnum > 0 && form->attnotnull && !form->atthasdef && form->attidentity == '\0';
  const Oid type = form->atttypid;
  ReleaseSysCache(tuple);
  return required && get_typdefault(type) == nullptr;
}

template <typename Goes>
void Remove(Array<NamedColumn> *columns, Goes goes) {
  int kept = 0;
  for (const NamedColumn &each : *columns)
    if (!goes(each.name)) (*columns)[kept++] = each;
  columns->count = kept;
}

enum class Triggers : bool { are_left_out, count };

/* What ALTER TABLE makes of the columns; ENABLE TRIGGER where triggers count. */
void RemoveAltered(Analysis &a, const Target *table, const AlterTableStmt *stmt, Triggers triggers,
                   Array<NamedColumn> *columns) {
  for (const AlterTableCmd *cmd : Each<AlterTableCmd>(stmt->cmds)) {
    switch (cmd->subtype) {
      case AT_ColumnDefault:
        if (IsNullLiteral(cmd->def)) break;
        [[fallthrough]];
      case AT_AddIdentity:
      case AT_DropNotNull:
      case AT_DropColumn:
        Remove(columns, [&](const char *name) { return Equal(name, cmd->name); });
        break;
      case AT_EnableTrig:
      case AT_EnableAlwaysTrig:
      case AT_EnableTrigAll:
      case AT_EnableTrigUser: {
        if (triggers == Triggers::are_left_out) break;
        /* What the script has disabled is still enabled in the catalog. */
        Fillers enabled;
        for (bool disabled : {false, true})
          for (const RowTrigger &each : RowTriggers(table->oid, disabled))
            if (cmd->name == nullptr || Equal(each.name, cmd->name)) enabled.Add(SourceOf(a, each.function));
        Remove(columns, [&](const char *name) { return enabled.Fill(name); });
        break;
      }
      default:
        break;
    }
  }
}

/* other_than: a trigger that goes, whatever made it; null: all count. */
void RemoveBy(Analysis &a, const Target *table, const Node *statement, const char *other_than,
              Array<NamedColumn> *columns) {
  auto means = [&](const RangeVar *name) {
    if (!Equal(name->relname, table->name)) return false;
    const Target *relation = a.Resolve(name, NoLock);
    return relation != nullptr && relation->oid == table->oid;
  };
  if (IsA(statement, AlterTableStmt)) {
    auto *stmt = reinterpret_cast<const AlterTableStmt *>(statement);
    if (means(stmt->relation))
      RemoveAltered(a, table, stmt, other_than == nullptr ? Triggers::count : Triggers::are_left_out, columns);
  } else if (IsA(statement, RenameStmt)) {
    /* One column takes the place of another, as the trigger was there to prepare. */
    auto *stmt = reinterpret_cast<const RenameStmt *>(statement);
    if (stmt->renameType == OBJECT_COLUMN && stmt->relation != nullptr && means(stmt->relation))
      Remove(columns, [&](const char *name) { return Equal(name, stmt->subname); });
  } else if (IsA(statement, CreateTrigStmt)) {
    auto *stmt = reinterpret_cast<const CreateTrigStmt *>(statement);
    if (!FillsRows(TypeOf(stmt)) || Equal(stmt->trigname, other_than) || !means(stmt->relation)) return;
    Fillers made;
    made.Add(SourceOfTrigger(a, stmt));
    Remove(columns, [&](const char *name) { return made.Fill(name); });
  }
}

/* What stopped every INSERT filled nothing. */
Array<const char *> FilledBy(const char *source, int16 type) {
  if (source == nullptr || TriggerBody(source).StopsWrites(type) != nullptr) return {};
  return AssignedColumns(source).columns;
}

/* filled: by the trigger, until now. */
void AddLost(Analysis &a, const Target *table, const RowTrigger &trigger, const Array<const char *> &filled,
             const Fillers &stay, const Node *statement, LOCKMODE lock, LOCKMODE below) {
  Mend mend;
  mend.object = {RelationRelationId, table->oid, 0};
  for (const char *column : filled) {
    if (stay.Fill(column) || !IsRequired(table->oid, column) || !StaysNotNull(a, table->oid, column)) continue;
    if (a.IsGone(RelationRelationId, table->oid, get_attnum(table->oid, column))) continue;
    bool known = false;
    for (const NamedColumn &each : mend.columns) known = known || Equal(each.name, column);
    if (!known) mend.columns.Add({column, InvalidOid});
  }
  if (statement != nullptr) RemoveBy(a, table, statement, trigger.name, &mend.columns);
  if (a.ledger.script && !mend.columns.Empty())
    for (int i = 0; i < a.ledger.next - 1; ++i)
      RemoveBy(a, table, static_cast<const RawStmt *>(list_nth(a.ledger.statements, i))->stmt, trigger.name,
               &mend.columns);
  if (mend.columns.Empty()) return;
  const char *names = mend.columns.count > 1 ? "columns" : "column";
  for (const NamedColumn &each : mend.columns)
    names = Format("{}{} \"{}\"", names, &each == &mend.columns[0] ? "" : ",", each.name);
  AddMendable(a,
              {.why = Why::drop_trigger_fills_column,
               .target = table,
               .lock = lock,
               .column = trigger.name,
               .fact = names,
               .below = below},
              mend);
}

}  // namespace

void AddLostFills(Analysis &a, const Target *table, const Array<Oid> &going, LOCKMODE lock, const Node *statement,
                  LOCKMODE below) {
  if (table == nullptr || table->relkind == RELKIND_VIEW || going.Empty()) return;
  const Array<RowTrigger> triggers = RowTriggers(table->oid);
  Fillers stay;
  for (const RowTrigger &each : triggers)
    if (!going.Contains(each.oid)) stay.Add(SourceOf(a, each.function));
  if (statement != nullptr && IsA(statement, CreateTrigStmt)) {
    auto *stmt = reinterpret_cast<const CreateTrigStmt *>(statement);
    if (FillsRows(TypeOf(stmt))) stay.Add(SourceOfTrigger(a, stmt));
  }
  for (const RowTrigger &each : triggers)
    if (going.Contains(each.oid) && !CreatedInTransaction(TriggerRelationId, each.oid, 0))
      AddLost(a, table, each, FilledBy(SourceOf(a, each.function), each.type), stay, statement, lock, below);
}

void AddLostFills(Analysis &a, Oid table, Oid trigger, Oid function, const Assigned &before, const Assigned &after) {
  bool lost = false;
  for (const char *column : before.columns) lost = lost || (!after.Fills(column) && IsRequired(table, column));
  const Target *target = lost && !CreatedInTransaction(TriggerRelationId, trigger, 0) ? a.Look(table, true) : nullptr;
  if (target == nullptr) return;
  const Array<RowTrigger> triggers = RowTriggers(table);
  Fillers stay;
  for (const RowTrigger &each : triggers) {
    if (each.function == function) stay.Add(after);
    else stay.Add(SourceOf(a, each.function));
  }
  for (const RowTrigger &each : triggers)
    if (each.oid == trigger) AddLost(a, target, each, before.columns, stay, nullptr, NoLock, Effect::kSameLock);
}

void AnalyzeDisableTrigger(Analysis &a, const Target *table, const AlterTableStmt *stmt, const AlterTableCmd *cmd,
                           LOCKMODE lock, LOCKMODE below) {
  if (!OidIsValid(table->oid) || !table->Shared()) return;
  /* The triggers of the partitions stay. */
  if (table->IsPartitioned() && !stmt->relation->inh) return;
  Array<Oid> going;
  const AlterTableCmd *first = nullptr;
  const Array<RowTrigger> triggers = RowTriggers(table->oid);
  for (const AlterTableCmd *each : Each<AlterTableCmd>(stmt->cmds)) {
    const bool all = each->subtype == AT_DisableTrigAll || each->subtype == AT_DisableTrigUser;
    if (!all && each->subtype != AT_DisableTrig && each->subtype != AT_EnableReplicaTrig) continue;
    if (first == nullptr) first = each;
    for (const RowTrigger &trigger : triggers)
      if ((all || Equal(trigger.name, each->name)) && !going.Contains(trigger.oid)) going.Add(trigger.oid);
  }
  if (cmd == first) AddLostFills(a, table, going, lock, reinterpret_cast<const Node *>(stmt), below);
}

bool AreFilled(Oid table, const Array<NamedColumn> &columns) {
  Fillers now;
  for (const RowTrigger &each : RowTriggers(table)) now.Add(SourceInPlpgsql(each.function));
  for (const NamedColumn &each : columns)
    if (IsRequired(table, each.name) && !now.Fill(each.name)) return false;
  return true;
}

void RemoveFilled(Analysis &a, const Target *table, const Node *statement, Array<NamedColumn> *columns) {
  RemoveBy(a, table, statement, nullptr, columns);
}

}  // namespace ddlguard
