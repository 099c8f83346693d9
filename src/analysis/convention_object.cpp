/*
 * Conventions about types, triggers, policies, foreign keys and copies of data.
 */
#include "analysis/convention.h"

#include "analysis/mend.h"
#include "analysis/statement.h"
#include "pg/catalog.h"
#include "pg/expression.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

const Target *NewType(Analysis &a, List *names) {
  const RangeVar *name = makeRangeVarFromNameList(names);
  return a.LookObject(TypeRelationId, InvalidOid, SchemaOfNew(name), name->relname);
}

void AddEnumValue(Analysis &a, const AlterEnumStmt *stmt) {
  if (stmt->oldVal != nullptr || stmt->newValNeighbor != nullptr) return;
  Oid type = LookupTypeNameOid(nullptr, makeTypeNameFromNameList(stmt->typeName), true);
  if (OidIsValid(type) && SearchSysCacheExists2(ENUMTYPOIDNAME, ObjectIdGetDatum(type), CStringGetDatum(stmt->newVal)))
    return; /* IF NOT EXISTS, or refused */
  const Conventions c = {a, NewType(a, stmt->typeName), reinterpret_cast<const Node *>(stmt)};
  c.Add(Why::enum_add_value_no_position, stmt->newVal);
}

void AddDomain(Analysis &a, const CreateDomainStmt *stmt) {
  for (const Constraint *constraint : Each<const Constraint>(stmt->constraints)) {
    if (constraint->contype != CONSTR_CHECK && constraint->contype != CONSTR_NOTNULL) continue;
    const Conventions c = {a, NewType(a, stmt->domainname), reinterpret_cast<const Node *>(stmt)};
    return c.Add(Why::create_domain_with_constraint);
  }
}

/* ---- foreign keys ---- */

bool IsPrimaryKey(Oid table, const List *columns) {
  Relation rel = OpenUnlocked(table);
  if (rel == nullptr) return true;
  Oid index = PrimaryKeyIndex(rel);
  CloseUnlocked(rel);
  HeapTuple tuple = OidIsValid(index) ? SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index)) : nullptr;
  if (!HeapTupleIsValid(tuple)) return false;
  auto form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
  bool same = form->indnkeyatts == list_length(columns);
  for (int i = 0; same && i < form->indnkeyatts; ++i)
    same = IsKeyColumn(columns, ColumnName(table, form->indkey.values[i]));
  ReleaseSysCache(tuple);
  return same;
}

void AddForeignKey(Analysis &a, const Constraint *constraint) {
  if (constraint->contype != CONSTR_FOREIGN || constraint->pk_attrs == NIL) return;
  const Target *referenced = a.Resolve(constraint->pktable, NoLock);
  if (referenced == nullptr || !OidIsValid(referenced->oid) || IsPrimaryKey(referenced->oid, constraint->pk_attrs))
    return;
  const Conventions c = {a, referenced, reinterpret_cast<const Node *>(constraint)};
  c.Add(Why::fk_to_non_primary_unique, constraint->conname);
}

void AddForeignKeys(Analysis &a, const List *constraints) {
  for (const Constraint *constraint : Each<const Constraint>(constraints)) AddForeignKey(a, constraint);
}

void AddForeignKeys(Analysis &a, const CreateStmt *stmt) {
  for (const Node *element : Each<const Node>(stmt->tableElts)) {
    if (IsA(element, Constraint)) AddForeignKey(a, reinterpret_cast<const Constraint *>(element));
    if (IsA(element, ColumnDef)) AddForeignKeys(a, reinterpret_cast<const ColumnDef *>(element)->constraints);
  }
}

void AddForeignKeys(Analysis &a, const AlterTableStmt *stmt) {
  for (const AlterTableCmd *cmd : Each<const AlterTableCmd>(stmt->cmds)) {
    if (cmd->subtype == AT_AddConstraint) AddForeignKey(a, reinterpret_cast<const Constraint *>(cmd->def));
    if (cmd->subtype == AT_AddColumn) AddForeignKeys(a, reinterpret_cast<const ColumnDef *>(cmd->def)->constraints);
  }
}

/* ---- typed tables ---- */

void AddTyped(Analysis &a, const CreateStmt *stmt) {
  if (stmt->ofTypename == nullptr) return;
  const Target *made = NewRelation(a, stmt->relation, RELKIND_RELATION);
  if (made != nullptr) Conventions{a, made, reinterpret_cast<const Node *>(stmt)}.Add(Why::typed_table);
}

void AddTyped(Analysis &a, const AlterTableStmt *stmt) {
  for (const AlterTableCmd *cmd : Each<const AlterTableCmd>(stmt->cmds)) {
    if (cmd->subtype != AT_AddOf) continue;
    const Target *table = a.Resolve(stmt->relation, NoLock);
    if (table != nullptr) Conventions{a, table, reinterpret_cast<const Node *>(stmt)}.Add(Why::typed_table);
  }
}

/* ---- policies and triggers ---- */

void AddPolicy(Analysis &a, const RangeVar *name, const char *policy, const List *roles, const Node *qual,
               const Node *check) {
  if (!IsBooleanLiteral(qual, true) && !IsBooleanLiteral(check, true)) return;
  const Target *table = a.Resolve(name, NoLock);
  if (table == nullptr) return;
  const Conventions c = {a, table, nullptr};
  for (const RoleSpec *role : Each<const RoleSpec>(roles)) {
    const char *value = role->roletype == ROLESPEC_PUBLIC    ? "public"
                        : role->roletype == ROLESPEC_CSTRING ? role->rolename
                                                             : GetUserNameFromId(GetUserId(), true);
    c.Add(Why::policy_always_true, policy, {.value = value});
  }
  if (roles == NIL) c.Add(Why::policy_always_true, policy, {.value = "public"});
}

void AddTrigger(Analysis &a, const CreateTrigStmt *stmt) {
  if (!stmt->row) return;
  const Target *table = a.Resolve(stmt->relation, NoLock);
  if (table == nullptr || !OidIsValid(table->oid)) return;
  double written = 0;
  auto add = [&](Oid relation) {
    PgStat_StatTabEntry *counted = pgstat_fetch_stat_tabentry(relation);
    if (counted != nullptr)
      written += static_cast<double>(counted->tuples_inserted + counted->tuples_updated + counted->tuples_deleted);
  };
  table = a.Look(table->oid, true);
  add(table->oid);
  for (Oid below : table->descendants) add(below);
  Conventions{a, table, reinterpret_cast<const Node *>(stmt)}.Add(Why::row_trigger_hot_table, stmt->trigname,
                                                                  {.amount = written});
}

void AddCopy(Analysis &a, const CreateTableAsStmt *stmt) {
  if (stmt->into->skipData || stmt->into->rel->relpersistence == RELPERSISTENCE_TEMP) return;
  /* The analyser has measured what the query reads. */
  for (int i = 0; i < a.effects.count; ++i) {
    if (a.effects[i].why == Why::lock_only && a.effects[i].work == Work::scan && a.effects[i].on_fresh &&
        a.Wants(Why::create_matview_with_data)) {
      a.effects[i].why = Why::create_matview_with_data;
      return;
    }
  }
}

}  // namespace

void AddObjectConventions(Analysis &a, const Node *statement) {
  switch (nodeTag(statement)) {
    case T_AlterEnumStmt:
      return AddEnumValue(a, reinterpret_cast<const AlterEnumStmt *>(statement));
    case T_CreateEnumStmt:
      return Conventions{a, NewType(a, reinterpret_cast<const CreateEnumStmt *>(statement)->typeName), statement}.Add(
          Why::create_enum);
    case T_CreateDomainStmt:
      return AddDomain(a, reinterpret_cast<const CreateDomainStmt *>(statement));
    case T_CreateStmt:
      AddForeignKeys(a, reinterpret_cast<const CreateStmt *>(statement));
      return AddTyped(a, reinterpret_cast<const CreateStmt *>(statement));
    case T_AlterTableStmt:
      AddForeignKeys(a, reinterpret_cast<const AlterTableStmt *>(statement));
      return AddTyped(a, reinterpret_cast<const AlterTableStmt *>(statement));
    case T_CreateTableAsStmt:
      return AddCopy(a, reinterpret_cast<const CreateTableAsStmt *>(statement));
    case T_CreatePolicyStmt: {
      auto *stmt = reinterpret_cast<const CreatePolicyStmt *>(statement);
      if (stmt->permissive) AddPolicy(a, stmt->table, stmt->policy_name, stmt->roles, stmt->qual, stmt->with_check);
      return;
    }
    case T_AlterPolicyStmt: {
      auto *stmt = reinterpret_cast<const AlterPolicyStmt *>(statement);
      return AddPolicy(a, stmt->table, stmt->policy_name, stmt->roles, stmt->qual, stmt->with_check);
    }
    case T_CreateTrigStmt:
      return AddTrigger(a, reinterpret_cast<const CreateTrigStmt *>(statement));
    default:
      return;
  }
}

}  // namespace ddlguard
