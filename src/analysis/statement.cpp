/*
 * See statement.h.
 */
#include "analysis/statement.h"

#include "analysis/repack.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

bool ValueOf(const Node *value, bool fallback) {
  if (value == nullptr) return true;
  if (IsA(value, Integer)) return intVal(value) == 0 ? false : intVal(value) == 1 ? true : fallback;
  if (IsA(value, Boolean)) return boolVal(value);
  if (!IsA(value, String)) return fallback;
  const char *text = strVal(value);
  if (pg_strcasecmp(text, "true") == 0 || pg_strcasecmp(text, "on") == 0) return true;
  if (pg_strcasecmp(text, "false") == 0 || pg_strcasecmp(text, "off") == 0) return false;
  return fallback;
}

struct Reading {
  Analysis *a;
  Size size = {};
  Array<Oid> views = {};            /* expanded already, so that a cycle ends */
  Array<const char *> ctes = {};    /* raw trees: names that are no relations */
  Array<const Target *> named = {}; /* what is read */
  bool shallow = false;             /* that is all that is asked for */
};

bool ReadQuery(Node *node, Reading *reading);

void ReadRelation(Reading *reading, Oid relation, bool inherit) {
  const char kind = get_rel_relkind(relation);
  if (kind == RELKIND_VIEW) {
    if (reading->views.Contains(relation)) return;
    reading->views.Add(relation);
    Relation view = OpenUnlocked(relation);
    if (view == nullptr) return;
    Query *query = ViewQuery(view);
    if (query != nullptr) ReadQuery(reinterpret_cast<Node *>(query), reading);
    CloseUnlocked(view);
    return;
  }
  const Target *target = reading->a->Look(relation, inherit);
  if (target == nullptr) return;
  reading->size += inherit ? target->Tree() : target->Own();
  if (!reading->named.Contains(target)) reading->named.Add(target);
}

bool ReadsNothing(const Query *query) {
  if (query->limitCount != nullptr) {
    /* The number stands in a cast to bigint. */
    const Node *count = query->limitCount;
    if (IsA(count, FuncExpr) && list_length(reinterpret_cast<const FuncExpr *>(count)->args) == 1)
      count = static_cast<const Node *>(linitial(reinterpret_cast<const FuncExpr *>(count)->args));
    auto *limit = IsA(count, Const) ? reinterpret_cast<const Const *>(count) : nullptr;
    if (limit != nullptr && !limit->constisnull && limit->constvalue == 0) return true;
  }
  const Node *where = query->jointree == nullptr ? nullptr : query->jointree->quals;
  if (where == nullptr || !IsA(where, Const)) return false;
  auto *value = reinterpret_cast<const Const *>(where);
  return value->constisnull || !DatumGetBool(value->constvalue);
}

bool ReadQuery(Node *node, Reading *reading) {
  if (node == nullptr) return false;
  check_stack_depth();
  if (!IsA(node, Query)) return WalkTree(node, ReadQuery, reading);
  auto *query = reinterpret_cast<Query *>(node);
  if (query->commandType == CMD_UTILITY || ReadsNothing(query)) return false;
  for (const RangeTblEntry *entry : Each<RangeTblEntry>(query->rtable))
    if (entry->rtekind == RTE_RELATION) ReadRelation(reading, entry->relid, entry->inh);
  return WalkQuery(query, ReadQuery, reading, 0);
}

bool CollectCtes(Node *node, Reading *reading) {
  if (node == nullptr) return false;
  if (IsA(node, CommonTableExpr)) reading->ctes.Add(reinterpret_cast<CommonTableExpr *>(node)->ctename);
  return WalkRawTree(node, CollectCtes, reading);
}

/* A CTE hides a table of its name everywhere here, although it does so only within its scope. */
bool ReadRaw(Node *node, Reading *reading) {
  if (node == nullptr) return false;
  check_stack_depth();
  if (IsA(node, RangeVar)) {
    auto *name = reinterpret_cast<RangeVar *>(node);
    if (name->schemaname == nullptr)
      for (const char *cte : reading->ctes)
        if (Equal(cte, name->relname)) return false;
    const Target *target = reading->a->Resolve(name, NoLock);
    if (target == nullptr) return false;
    if (reading->shallow) {
      if (OidIsValid(target->oid) && !reading->named.Contains(target)) reading->named.Add(target);
      return false;
    }
    if (OidIsValid(target->oid)) ReadRelation(reading, target->oid, name->inh);
    else reading->size += target->Tree();
    return false;
  }
  return WalkRawTree(node, ReadRaw, reading);
}

}  // namespace

bool OptionIsOn(const List *options, const char *name, bool fallback) {
  bool on = fallback;
  for (const DefElem *option : Each<DefElem>(options))
    if (Equal(option->defname, name)) on = ValueOf(option->arg, fallback);
  return on;
}

NewName LookUpNewName(const Analysis &a, const char *schema, Oid namespace_oid, const char *name) {
  NewName found = {schema, false, false, InvalidOid};
  if (name == nullptr) return found;
  if (a.ledger.script) {
    if (const ScriptRelation *made = a.ledger.FindRelation(schema, name)) {
      found.taken = !made->gone;
      found.oid = made->gone ? InvalidOid : made->oid;
      return found;
    }
  }
  if (OidIsValid(namespace_oid)) found.oid = get_relname_relid(name, namespace_oid);
  found.taken = OidIsValid(found.oid);
  return found;
}

NewName LookUpNewName(const Analysis &a, const RangeVar *name) {
  NewName nowhere = {nullptr, false, false, InvalidOid};
  if (name->relpersistence == RELPERSISTENCE_TEMP || Equal(name->schemaname, "pg_temp")) {
    nowhere.temporary = true;
    return nowhere;
  }
  if (name->schemaname != nullptr)
    return LookUpNewName(a, name->schemaname, get_namespace_oid(name->schemaname, true), name->relname);
  List *path = fetch_search_path(false);
  if (path == NIL) return nowhere;
  Oid first = linitial_oid(path);
  if (isAnyTempNamespace(first)) {
    nowhere.temporary = true;
    return nowhere;
  }
  return LookUpNewName(a, get_namespace_name(first), first, name->relname);
}

Size QueryReads(Analysis &a, const Node *query, Array<const Target *> *sources) {
  Reading reading = {.a = &a};
  auto *node = const_cast<Node *>(query);
  if (node == nullptr) return reading.size;
  if (IsA(node, Query)) {
    ReadQuery(node, &reading);
  } else if (IsA(node, SelectStmt)) {
    CollectCtes(node, &reading);
    ReadRaw(node, &reading);
  }
  if (sources != nullptr) *sources = reading.named;
  return reading.size;
}

Array<const Target *> RelationsNamed(Analysis &a, const Node *query) {
  Reading reading = {.a = &a, .shallow = true};
  CollectCtes(const_cast<Node *>(query), &reading);
  ReadRaw(const_cast<Node *>(query), &reading);
  return reading.named;
}

Query *ViewQuery(Relation view) {
  const RuleLock *rules = view->rd_rules;
  for (int i = 0; rules != nullptr && i < rules->numLocks; ++i) {
    const RewriteRule *rule = rules->rules[i];
    if (rule->event == CMD_SELECT && list_length(rule->actions) == 1)
      return static_cast<Query *>(copyObjectImpl(linitial(rule->actions)));
  }
  return nullptr;
}

namespace {

bool IsPartitioned(const RangeVar *name) {
  const Oid relation = RangeVarGetRelid(name, NoLock, true);
  return OidIsValid(relation) && RELKIND_HAS_PARTITIONS(get_rel_relkind(relation));
}

}  // namespace

bool RunsConcurrently(const Node *statement) {
  switch (nodeTag(statement)) {
    case T_IndexStmt:
      return reinterpret_cast<const IndexStmt *>(statement)->concurrent;
    case T_DropStmt:
      return reinterpret_cast<const DropStmt *>(statement)->concurrent;
    case T_ReindexStmt:
      return OptionIsOn(reinterpret_cast<const ReindexStmt *>(statement)->params, "concurrently");
    case kRepackTag:
      return ReadRepack(statement).concurrently;
    case T_AlterTableStmt:
      for (const AlterTableCmd *cmd : Each<AlterTableCmd>(reinterpret_cast<const AlterTableStmt *>(statement)->cmds))
        if (cmd->subtype == AT_DetachPartition && reinterpret_cast<const PartitionCmd *>(cmd->def)->concurrent)
          return true;
      return false;
    default:
      return false;
  }
}

/* A build waits for writers; whoever reads may still use what goes away. */
LOCKMODE ModeWaitedFor(const Node *statement) { return IsA(statement, IndexStmt) ? ShareLock : AccessExclusiveLock; }

bool RunsAlone(const Node *statement) {
  switch (nodeTag(statement)) {
    case T_ReindexStmt: {
      auto *stmt = reinterpret_cast<const ReindexStmt *>(statement);
      return stmt->relation == nullptr || IsPartitioned(stmt->relation) || RunsConcurrently(statement);
    }
    case kRepackTag: {
      const Repack repack = ReadRepack(statement);
      return repack.name == nullptr || repack.concurrently || IsPartitioned(repack.name);
    }
    case T_VacuumStmt:
      return reinterpret_cast<const VacuumStmt *>(statement)->is_vacuumcmd;
    case T_CreatedbStmt:
    case T_DropdbStmt:
    case T_CreateTableSpaceStmt:
    case T_DropTableSpaceStmt:
    case T_AlterSystemStmt:
      return true;
    default:
      return RunsConcurrently(statement);
  }
}

namespace {

bool IsPlain(const TypeName *type) {
  if (type == nullptr || type->pct_type || type->typmods != NIL) return false;
  const int names = list_length(type->names);
  return names == 1 || (names == 2 && Equal(strVal(linitial(type->names)), "pg_catalog"));
}

bool IsPlain(const ColumnDef *column) {
  return column->constraints == NIL && column->raw_default == nullptr && column->collClause == nullptr &&
         IsPlain(column->typeName);
}

bool IsPlain(const AlterTableCmd *cmd) {
  switch (cmd->subtype) {
    case AT_AddColumn:
      return IsPlain(reinterpret_cast<const ColumnDef *>(cmd->def));
    case AT_ColumnDefault:
      return cmd->def == nullptr || IsA(cmd->def, A_Const);
    case AT_DropNotNull:
    case AT_SetStatistics:
      return true;
    default:
      return false;
  }
}

}  // namespace

bool ReadsCatalogOnly(const Node *statement) {
  if (!IsA(statement, AlterTableStmt)) return false;
  auto *stmt = reinterpret_cast<const AlterTableStmt *>(statement);
  if (stmt->objtype != OBJECT_TABLE) return false;
  for (const AlterTableCmd *cmd : Each<AlterTableCmd>(stmt->cmds))
    if (!IsPlain(cmd)) return false;
  return true;
}

void AddIfInBlock(Analysis &a, const Target *target, const Node *statement) {
  if (!a.ledger.script || !a.ledger.in_block) return;
  Effect effect;
  effect.why = Why::concurrently_in_transaction;
  effect.target = target;
  effect.node = statement;
  a.Add(effect);
}

void AddIfTimeouts(Analysis &a, const Target *target, const char *index, const Node *statement) {
  const Settings settings = a.ledger.EffectiveSettings();
  const int lock = settings.lock_timeout, whole = settings.statement_timeout;
  if (lock == 0 && whole == 0) return;
  Effect effect;
  effect.why = Why::concurrently_with_short_timeout;
  effect.target = target;
  effect.column = index;
  effect.node = statement;
  effect.fact = lock > 0 && whole > 0 ? Format("lock_timeout is {} ms and statement_timeout is {} ms", lock, whole)
                : lock > 0            ? Format("lock_timeout is {} ms", lock)
                                      : Format("statement_timeout is {} ms", whole);
  a.Add(effect);
}

Array<Oid> TablesOf(Oid namespace_oid, bool partitioned) {
  Array<Oid> tables;
  Relation catalog = table_open(RelationRelationId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_class_relnamespace, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(namespace_oid));
  SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, nullptr, OidIsValid(namespace_oid) ? 1 : 0, &key);
  while (HeapTuple tuple = systable_getnext(scan)) {
    auto form = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
    if (form->relkind != RELKIND_RELATION && form->relkind != RELKIND_MATVIEW &&
        !(partitioned && form->relkind == RELKIND_PARTITIONED_TABLE))
      continue;
    if (form->relpersistence == RELPERSISTENCE_TEMP || form->oid < FirstNormalObjectId) continue;
    tables.Add(form->oid);
  }
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  InOrder(tables);
  return tables;
}

void InOrder(Array<Oid> &relations) {
  if (relations.count > 1) qsort(relations.data, relations.count, sizeof(Oid), oid_cmp);
}

}  // namespace ddlguard
