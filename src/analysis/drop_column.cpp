/*
 * ALTER TABLE ... DROP COLUMN and DROP CONSTRAINT.
 *
 * DROP COLUMN takes more with it than it says: indexes, unique, check and foreign key constraints
 * and generated columns that include the column go without CASCADE; functions that name it in a
 * string survive and break later.
 */
#include "analysis/drop_effects.h"
#include "analysis/going.h"
#include "analysis/named_object.h"
#include "analysis/proof.h"
#include "pg/catalog.h"
#include "pg/expression.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

bool IsWordCharacter(char c) {
  return isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' || (c & 0x80) != 0;
}

bool MentionsWord(const char *text, const char *word) {
  size_t length = strlen(word);
  for (const char *at = strcasestr(text, word); at != nullptr; at = strcasestr(at + 1, word))
    if ((at == text || !IsWordCharacter(at[-1])) && !IsWordCharacter(at[length])) return true;
  return false;
}

constexpr int kBodiesRead = 1000;

Array<Oid> TriggerFunctions(Oid table) {
  Array<Oid> functions;
  Relation rel = OpenUnlocked(table);
  if (rel == nullptr) return functions;
  if (rel->trigdesc != nullptr)
    for (int i = 0; i < rel->trigdesc->numtriggers; ++i) {
      const Trigger &trigger = rel->trigdesc->triggers[i];
      if (!trigger.tgisinternal && !functions.Contains(trigger.tgfoid)) functions.Add(trigger.tgfoid);
    }
  CloseUnlocked(rel);
  return functions;
}

/*
 * Functions whose body, a string, names the column: those of the table's own triggers, and those that
 * name the table as well.  At most kBodiesRead bodies are read.
 */
void AddFunctionBodies(Analysis &a, const Target *table, const char *column) {
  const Array<Oid> triggered = TriggerFunctions(table->oid);
  Relation catalog = table_open(ProcedureRelationId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_proc_oid, BTGreaterEqualStrategyNumber, F_OIDGE, ObjectIdGetDatum(FirstNormalObjectId));
  SysScanDesc scan = systable_beginscan(catalog, ProcedureOidIndexId, true, nullptr, 1, &key);
  int bodies = 0;
  while (HeapTuple tuple = systable_getnext(scan)) {
    auto form = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple));
    if (form->prolang == INTERNALlanguageId || form->prolang == ClanguageId) continue;
    if (++bodies > kBodiesRead) break;
    bool isnull;
    Datum source = heap_getattr(tuple, Anum_pg_proc_prosrc, RelationGetDescr(catalog), &isnull);
    if (isnull) continue;
    const char *body = TextDatumGetCString(source);
    if (!MentionsWord(body, column)) continue;
    if (!triggered.Contains(form->oid) && !MentionsWord(body, table->name)) continue;
    a.Add({.why = Why::drop_column_in_function_body,
           .target = table,
           .lock = AccessExclusiveLock,
           .column = column,
           .fact = pstrdup(NameStr(form->proname))});
  }
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
}

bool IsPartitionKey(Oid relation, AttrNumber attnum) {
  Relation rel = OpenUnlocked(relation);
  if (rel == nullptr) return false;
  bool is_expression = false;
  bool used = rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE && PartitionKeyOf(rel) != nullptr &&
              has_partition_attrs(rel, bms_make_singleton(attnum - FirstLowInvalidHeapAttributeNumber), &is_expression);
  CloseUnlocked(rel);
  return used;
}

/* PostgreSQL does the drops of a statement one after the other: what an earlier one took keeps nothing. */
Closure ClosureOf(const Analysis &a, const Target *table, const AlterTableStmt *stmt, const AlterTableCmd *cmd,
                  const Array<ObjectAddress> &named) {
  const bool cascade = cmd->behavior == DROP_CASCADE;
  Closure closure = DropClosure(a, named, cascade);
  return closure.refused ? DropClosure(a, named, cascade, GoingBy(table, stmt, cmd)) : closure;
}

}  // namespace

void AnalyzeDropColumn(Analysis &a, const Target *table, const AlterTableStmt *stmt, const AlterTableCmd *cmd,
                       LOCKMODE lock) {
  if (table == nullptr || !OidIsValid(table->oid) || !OwnsRelation(table->oid, ActingRole())) return;
  if (a.ledger.ColumnAdded(table->oid, cmd->name)) {
    AddLock(a, table, lock);
    return;
  }
  Array<ObjectAddress> columns;
  if (!ColumnsGoing(table->oid, cmd->name, table->recursed, columns)) return;
  AttrNumber attnum = columns[0].objectSubId;
  if (IsPartitionKey(table->oid, attnum)) return;
  if (table->persistence == RELPERSISTENCE_TEMP) return;

  Closure closure = ClosureOf(a, table, stmt, cmd, columns);
  if (closure.refused) {
    if (!CreatedInTransaction(RelationRelationId, table->oid, attnum)) a.kept_by_dependents = table;
    return;
  }
  if (CreatedInTransaction(RelationRelationId, table->oid, attnum)) {
    AddLock(a, table, lock);
  } else {
    a.Add({.why = Why::drop_column,
           .target = table,
           .lock = lock,
           .column = cmd->name,
           .node = reinterpret_cast<const Node *>(cmd)});
    if (a.Wants(Why::drop_requires_tombstone_name))
      a.Add({.why = Why::drop_requires_tombstone_name,
             .target = table,
             .lock = lock,
             .column = cmd->name,
             .measured = {.value = cmd->name, .alias = "column"}});
    if (a.Wants(Why::add_column_breaks_cached_plans))
      a.Add({.why = Why::add_column_breaks_cached_plans, .target = table, .lock = lock, .column = cmd->name});
    AddFunctionBodies(a, table, cmd->name);
  }
  AddCollateral(a, closure, Why::drop_cascade);
}

void AnalyzeDropConstraint(Analysis &a, const Target *table, const AlterTableStmt *stmt, const AlterTableCmd *cmd,
                           LOCKMODE lock) {
  if (table == nullptr || !OidIsValid(table->oid) || !OwnsRelation(table->oid, ActingRole())) return;
  Oid constraint = get_relation_constraint_oid(table->oid, cmd->name, true);
  ConstraintFacts facts;
  for (const ScriptConstraint &made : a.ledger.constraints)
    if (made.relation == table->oid && Equal(made.name, cmd->name) && OidIsValid(made.other)) {
      AddLock(a, table, lock);
      return AddLock(a, a.Look(made.other), AccessExclusiveLock);
    }
  if (!OidIsValid(constraint) || !ReadConstraint(constraint, &facts) || facts.inherited) return;

  Array<ObjectAddress> named;
  named.Add({ConstraintRelationId, constraint, 0});
  Closure closure = ClosureOf(a, table, stmt, cmd, named);
  if (closure.refused) {
    if (!CreatedInTransaction(ConstraintRelationId, constraint, 0)) a.kept_by_dependents = table;
    return;
  }

  Effect effect = {.target = table, .lock = lock, .column = cmd->name, .node = reinterpret_cast<const Node *>(cmd)};
  const bool fresh = CreatedInTransaction(ConstraintRelationId, constraint, 0);
  switch (facts.kind) {
    case CONSTRAINT_CHECK:
      if (!CheckImplied(a, table->oid, cmd->name, stmt)) effect.why = Why::drop_check_constraint;
      break;
    case CONSTRAINT_FOREIGN:
      effect.why = Why::drop_foreign_key;
      if (facts.other != facts.relation) {
        const Target *other = a.Look(facts.other, true);
        effect.other = other;
        if (other != nullptr) {
          a.Add({.why = Why::drop_fk_locks_parent,
                 .target = other,
                 .lock = AccessExclusiveLock,
                 .column = cmd->name,
                 .other = table});
        }
      }
      break;
    case CONSTRAINT_PRIMARY:
    case CONSTRAINT_UNIQUE:
      if (IsNeededReplicaIdentity(table->oid, facts.index))
        a.Add({.why = Why::drop_replica_identity, .target = table, .lock = lock, .column = cmd->name});
      if (!HasEqualUniqueIndex(table->oid, facts.index, &closure)) effect.why = Why::drop_unique_or_check;
      break;
    case CONSTRAINT_EXCLUSION:
      effect.why = Why::drop_unique_or_check;
      break;
#ifdef CONSTRAINT_NOTNULL
    case CONSTRAINT_NOTNULL:
      effect.why = Why::drop_not_null;
      effect.column = facts.columns > 0 ? ColumnName(facts.relation, facts.column[0]) : cmd->name;
      break;
#endif
    default:
      break;
  }
  if (fresh) effect.why = Why::lock_only;
  a.Add(effect);
  AddCollateral(a, closure, Why::drop_cascade);
}

}  // namespace ddlguard
