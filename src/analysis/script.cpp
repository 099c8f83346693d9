/*
 * What a statement leaves behind in the ledger.  In a transaction: the locks it keeps.  In a script,
 * where nothing runs: also the names it makes and takes away, so that later statements are judged
 * against the schema as the script would have left it.
 */
#include "analysis/analysis.h"
#include "analysis/convention.h"
#include "analysis/dependency.h"
#include "analysis/going.h"
#include "analysis/named_object.h"
#include "analysis/proof.h"

#include "pg/expression.h"
#include "pg/text.h"

namespace ddlguard {

const RangeVar *NameInLiteral(const Node *raw) {
  while (IsA(raw, TypeCast)) raw = reinterpret_cast<const TypeCast *>(raw)->arg;
  if (!IsA(raw, A_Const) || !IsA(&reinterpret_cast<const A_Const *>(raw)->val, String)) return nullptr;
  List *parts = NIL;
  if (!SplitIdentifierString(pstrdup(strVal(&reinterpret_cast<const A_Const *>(raw)->val)), '.', &parts))
    return nullptr;
  List *names = NIL;
  ListCell *cell;
  foreach (cell, parts) names = lappend(names, makeString(static_cast<char *>(lfirst(cell))));
  return names == NIL || list_length(names) > 3 ? nullptr : makeRangeVarFromNameList(names);
}

const char *SchemaOfNew(const RangeVar *name) {
  if (name->relpersistence == RELPERSISTENCE_TEMP) return "pg_temp";
  if (name->schemaname != nullptr) return name->schemaname;
  List *path = fetch_search_path(false);
  return path == NIL ? "public" : get_namespace_name(linitial_oid(path));
}

namespace {

const char *SchemaOf(const RangeVar *name) { return SchemaOfNew(name); }

void Make(Ledger &ledger, const RangeVar *name, char relkind, Size size = {}) {
  ledger.relations.Add({.schema = SchemaOf(name),
                        .name = name->relname,
                        .oid = InvalidOid,
                        .gone = false,
                        .relkind = relkind,
                        .persistence = name->relpersistence,
                        .size = size});
}

/* oid: what went with the name, for a table that is dropped and not renamed. */
void Forget(Ledger &ledger, const char *schema, const char *name, Oid oid = InvalidOid) {
  ledger.relations.Add({.schema = schema,
                        .name = name,
                        .oid = oid,
                        .gone = true,
                        .relkind = '\0',
                        .persistence = RELPERSISTENCE_PERMANENT,
                        .size = {}});
}

/* As SchemaOf, for a relation that is there already: temporary ones come first. */
const char *SchemaOfExisting(const Ledger &ledger, const RangeVar *name) {
  if (name->schemaname == nullptr) {
    const ScriptRelation *temporary = ledger.FindRelation("pg_temp", name->relname);
    if (temporary != nullptr && !temporary->gone) return "pg_temp";
  }
  return SchemaOf(name);
}

bool Exists(const Analysis &a, const RangeVar *name) {
  if (const ScriptRelation *made = a.ledger.FindRelation(SchemaOf(name), name->relname)) return !made->gone;
  return OidIsValid(RangeVarGetRelid(name, NoLock, true));
}

/* What SET NOT NULL promises, as a CHECK would say it. */
const Node *IsNotNull(const char *column) {
  ColumnRef *ref = makeNode(ColumnRef);
  ref->fields = list_make1(makeString(pstrdup(column)));
  ref->location = -1;
  NullTest *test = makeNode(NullTest);
  test->arg = reinterpret_cast<Expr *>(ref);
  test->nulltesttype = IS_NOT_NULL;
  test->location = -1;
  return reinterpret_cast<Node *>(test);
}

Oid ReferencedBy(const Analysis &a, const Constraint *constraint) {
  for (const ResolvedName &name : a.names)
    if (constraint->pktable != nullptr && name.name == constraint->pktable) return name.oid;
  return InvalidOid;
}

const IndexStmt *FindScriptIndex(const Ledger &ledger, Oid relation, const char *name) {
  for (const ScriptIndex &index : ledger.indexes)
    if (index.relation == relation && Equal(index.definition->idxname, name)) return index.definition;
  return nullptr;
}

/* The columns of an index that is in the catalog, as CREATE INDEX would name them; null over expressions. */
List *ParametersOf(Oid index) {
  HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
  if (!HeapTupleIsValid(tuple)) return NIL;
  auto form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
  List *parameters = NIL;
  for (int i = 0; i < form->indnkeyatts; ++i) {
    IndexElem *element = makeNode(IndexElem);
    element->name = get_attname(form->indrelid, form->indkey.values[i], true);
    if (element->name != nullptr) parameters = lappend(parameters, element);
  }
  const bool complete = list_length(parameters) == form->indnkeyatts;
  ReleaseSysCache(tuple);
  return complete ? parameters : NIL;
}

/* A key is an index that partitions' keys are compared with. */
void RecordKey(Oid relation, const Constraint *constraint, Ledger &ledger) {
  if (constraint->contype != CONSTR_PRIMARY && constraint->contype != CONSTR_UNIQUE) return;
  IndexStmt *key = makeNode(IndexStmt);
  key->idxname = constraint->conname;
  key->unique = key->isconstraint = true;
  key->primary = constraint->contype == CONSTR_PRIMARY;
  key->nulls_not_distinct = constraint->nulls_not_distinct;
  for (Node *name : Each<Node>(constraint->keys)) {
    IndexElem *element = makeNode(IndexElem);
    element->name = strVal(name);
    key->indexParams = lappend(key->indexParams, element);
  }
  if (constraint->indexname != nullptr) {
    const IndexStmt *made = FindScriptIndex(ledger, relation, constraint->indexname);
    if (made != nullptr) key->indexParams = made->indexParams;
    else key->indexParams = ParametersOf(get_relname_relid(constraint->indexname, get_rel_namespace(relation)));
  }
  if (key->indexParams != NIL) ledger.indexes.Add({.relation = relation, .definition = key});
}

void RecordAlterTable(const Analysis &a, const AlterTableStmt *stmt, Ledger &ledger) {
  if (a.names.Empty() || a.names[0].name != stmt->relation) return;
  Oid relation = a.names[0].oid;
  const Target *table = const_cast<Analysis &>(a).Look(relation);
  if (table != nullptr)
    for (const ObjectAddress &each : GoingBy(table, stmt)) ledger.gone.Add(each);
  for (const AlterTableCmd *cmd : Each<AlterTableCmd>(stmt->cmds))
    if (cmd->subtype == AT_DropNotNull)
      for (ScriptConstraint &made : ledger.constraints)
        if (made.relation == relation && made.name == nullptr && SaysNotNull(made.expr, cmd->name)) made.gone = true;
  for (const AlterTableCmd *cmd : Each<AlterTableCmd>(stmt->cmds)) {
    if (cmd->subtype == AT_AddColumn) {
      auto *column = reinterpret_cast<const ColumnDef *>(cmd->def);
      bool required = column->is_not_null;
      for (const Constraint *constraint : Each<Constraint>(column->constraints))
        required = required || constraint->contype == CONSTR_NOTNULL || constraint->contype == CONSTR_PRIMARY;
      ledger.columns.Add({.relation = relation, .column = column->colname, .required = required});
    } else if (cmd->subtype == AT_AddConstraint) {
      auto *constraint = reinterpret_cast<const Constraint *>(cmd->def);
      ledger.constraints.Add({.relation = relation,
                              .name = constraint->conname,
                              .expr = constraint->contype == CONSTR_CHECK ? constraint->raw_expr
                                      : constraint->contype == CONSTR_NOTNULL
                                          ? IsNotNull(strVal(linitial(constraint->keys)))
                                          : nullptr,
                              .validated = !constraint->skip_validation,
                              .gone = false,
                              .other = ReferencedBy(a, constraint),
                              .definition = constraint});
      RecordKey(relation, constraint, ledger);
    } else if (cmd->subtype == AT_EnableRowSecurity || cmd->subtype == AT_DisableRowSecurity) {
      ledger.row_security.Add({.relation = relation, .enabled = cmd->subtype == AT_EnableRowSecurity});
    } else if (cmd->subtype == AT_ValidateConstraint || cmd->subtype == AT_DropConstraint) {
      const bool gone = cmd->subtype == AT_DropConstraint;
      bool known = false;
      for (ScriptConstraint &made : ledger.constraints)
        if (made.relation == relation && Equal(made.name, cmd->name)) {
          known = true;
          made.validated = !gone;
          made.gone = gone;
        }
      if (!known)
        ledger.constraints.Add(
            {.relation = relation, .name = cmd->name, .expr = nullptr, .validated = !gone, .gone = gone});
    } else if (cmd->subtype == AT_SetNotNull) {
      ledger.constraints.Add(
          {.relation = relation, .name = nullptr, .expr = IsNotNull(cmd->name), .validated = true, .gone = false});
    } else if (cmd->subtype == AT_ReplicaIdentity) {
      if (reinterpret_cast<const ReplicaIdentityStmt *>(cmd->def)->identity_type != REPLICA_IDENTITY_NOTHING)
        ledger.identified.Add(relation);
    } else if (cmd->subtype == AT_DetachPartition) {
      for (const Effect &effect : a.effects)
        if (effect.other != nullptr && effect.target->oid == relation && effect.other->partition)
          ledger.detached.Add(effect.other->oid);
    }
  }
}

void RecordDrop(const Analysis &a, const DropStmt *stmt, Ledger &ledger) {
  Array<ObjectAddress> named;
  for (const Node *node : Each<const Node>(stmt->objects)) {
    const NamedObject object = FindObject(const_cast<Analysis &>(a), stmt->removeType, node, NoLock);
    if (object.Found() && OidIsValid(object.address.objectId)) named.Add(object.address);
  }
  const Closure closure = DropClosure(a, named, stmt->behavior == DROP_CASCADE);
  if (!closure.refused)
    for (const Dropped &each : closure.objects) ledger.gone.Add(each.object);
  if (!IsRelationType(stmt->removeType)) return;
  for (List *name : Each<List>(stmt->objects)) {
    RangeVar *relation = makeRangeVarFromNameList(name);
    const char *schema = SchemaOfExisting(ledger, relation);
    const ScriptRelation *made = ledger.FindRelation(schema, relation->relname);
    Forget(ledger, schema, relation->relname, made != nullptr ? made->oid : RangeVarGetRelid(relation, NoLock, true));
  }
}

void RecordRename(const Analysis &a, const RenameStmt *stmt, Ledger &ledger) {
  if (stmt->relation == nullptr || stmt->newname == nullptr) return;
  if (stmt->renameType == OBJECT_COLUMN) {
    if (!a.names.Empty()) ledger.columns.Add({.relation = a.names[0].oid, .column = stmt->newname, .required = false});
    return;
  }
  if (!IsRelationType(stmt->renameType)) return;
  const char *schema = SchemaOfExisting(ledger, stmt->relation);
  ScriptRelation renamed = {.schema = schema,
                            .name = stmt->newname,
                            .oid = InvalidOid,
                            .gone = false,
                            .relkind = RELKIND_RELATION,
                            .persistence = RELPERSISTENCE_PERMANENT,
                            .size = {}};
  if (const ScriptRelation *made = ledger.FindRelation(schema, stmt->relation->relname)) {
    renamed = *made;
    renamed.name = stmt->newname;
  }
  for (const ResolvedName &name : a.names)
    if (name.name == stmt->relation) renamed.oid = name.oid;
  Forget(ledger, schema, stmt->relation->relname);
  ledger.relations.Add(renamed);
}

/* Nobody knows its value any more. */
void SequenceWasSet(Ledger &ledger, const RangeVar *name) {
  ledger.objects.Add({.classid = SequenceRelationId, .schema = SchemaOfExisting(ledger, name), .name = name->relname});
}

bool FindSetval(Node *node, Ledger *ledger) {
  if (node == nullptr) return false;
  if (IsA(node, FuncCall)) {
    auto *call = reinterpret_cast<FuncCall *>(node);
    const RangeVar *name = call->args == NIL ? nullptr : NameInLiteral(static_cast<Node *>(linitial(call->args)));
    if (Equal(strVal(llast(call->funcname)), "setval") && name != nullptr) SequenceWasSet(*ledger, name);
  }
  return WalkRawTree(node, FindSetval, ledger);
}

Size WorkSize(const Analysis &a) {
  Size size;
  for (const Effect &effect : a.effects)
    if (effect.work != Work::none) size += effect.Extent();
  return size;
}

void RecordScript(const Analysis &a, const Node *statement, Ledger &ledger) {
  switch (nodeTag(statement)) {
    case T_CreateStmt: {
      auto *stmt = reinterpret_cast<const CreateStmt *>(statement);
      if (!Exists(a, stmt->relation))
        Make(ledger, stmt->relation, stmt->partspec != nullptr ? RELKIND_PARTITIONED_TABLE : RELKIND_RELATION);
      return;
    }
    case T_CreateTableAsStmt: {
      auto *stmt = reinterpret_cast<const CreateTableAsStmt *>(statement);
      if (!Exists(a, stmt->into->rel))
        Make(ledger, stmt->into->rel, stmt->objtype == OBJECT_MATVIEW ? RELKIND_MATVIEW : RELKIND_RELATION,
             WorkSize(a));
      return;
    }
    case T_AlterSeqStmt:
      return SequenceWasSet(ledger, reinterpret_cast<const AlterSeqStmt *>(statement)->sequence);
    case T_SelectStmt:
      FindSetval(const_cast<Node *>(statement), &ledger);
      if (const IntoClause *into = reinterpret_cast<const SelectStmt *>(statement)->intoClause)
        Make(ledger, into->rel, RELKIND_RELATION, WorkSize(a));
      return;
    case T_ViewStmt:
      return Make(ledger, reinterpret_cast<const ViewStmt *>(statement)->view, RELKIND_VIEW);
    case T_CreateSeqStmt:
      return Make(ledger, reinterpret_cast<const CreateSeqStmt *>(statement)->sequence, RELKIND_SEQUENCE);
    case T_IndexStmt: {
      auto *stmt = reinterpret_cast<const IndexStmt *>(statement);
      if (stmt->idxname == nullptr) return;
      RangeVar *index = makeRangeVar(stmt->relation->schemaname, stmt->idxname, -1);
      if (Exists(a, index)) return;
      Make(ledger, index, RELKIND_INDEX);
      if (!a.names.Empty()) ledger.indexes.Add({.relation = a.names[0].oid, .definition = stmt});
      return;
    }
    case T_CreateEnumStmt: {
      auto *stmt = reinterpret_cast<const CreateEnumStmt *>(statement);
      const RangeVar *name = makeRangeVarFromNameList(stmt->typeName);
      ledger.objects.Add({.classid = TypeRelationId, .schema = SchemaOf(name), .name = name->relname});
      ledger.enums.Add({.schema = SchemaOf(name), .name = name->relname, .labels = stmt->vals});
      return;
    }
    case T_CreateFunctionStmt: {
      auto *stmt = reinterpret_cast<const CreateFunctionStmt *>(statement);
      const RangeVar *name = makeRangeVarFromNameList(stmt->funcname);
      ledger.functions.Add({.schema = SchemaOf(name), .name = name->relname, .stmt = stmt});
      return;
    }
    case T_CreateTrigStmt: {
      auto *stmt = reinterpret_cast<const CreateTrigStmt *>(statement);
      ledger.objects.Add({.classid = TriggerRelationId,
                          .schema = SchemaOfExisting(ledger, stmt->relation),
                          .name = Format("{}.{}", stmt->relation->relname, stmt->trigname)});
      return;
    }
    case T_ReassignOwnedStmt:
      for (const RoleSpec *spec : Each<RoleSpec>(reinterpret_cast<const ReassignOwnedStmt *>(statement)->roles))
        ledger.reassigned.Add(get_rolespec_oid(spec, true));
      return;
    case T_CreatePolicyStmt: {
      auto *stmt = reinterpret_cast<const CreatePolicyStmt *>(statement);
      const bool for_readers = Equal(stmt->cmd_name, "all") || Equal(stmt->cmd_name, "select");
      if (!stmt->permissive || !for_readers || stmt->qual == nullptr || IsBooleanLiteral(stmt->qual, false)) return;
      ledger.objects.Add({.classid = PolicyRelationId, .schema = SchemaOf(stmt->table), .name = stmt->table->relname});
      return;
    }
    case T_AlterTableStmt:
      return RecordAlterTable(a, reinterpret_cast<const AlterTableStmt *>(statement), ledger);
    case T_DropStmt:
      return RecordDrop(a, reinterpret_cast<const DropStmt *>(statement), ledger);
    case T_RenameStmt:
      return RecordRename(a, reinterpret_cast<const RenameStmt *>(statement), ledger);
    case T_CreateSchemaStmt: {
      auto *stmt = reinterpret_cast<const CreateSchemaStmt *>(statement);
      ledger.objects.Add({.classid = NamespaceRelationId, .schema = nullptr, .name = stmt->schemaname});
      for (Node *element : Each<Node>(stmt->schemaElts)) RecordScript(a, element, ledger);
      return;
    }
    default:
      return;
  }
}

/* ALTER EXTENSION ... DROP.  PostgreSQL has done it, so it was a member. */
void RecordReleased(const Analysis &a, const AlterExtensionContentsStmt *stmt, Ledger &ledger) {
  if (stmt->action > 0 || get_extension_oid(stmt->extname, true) != CurrentExtensionObject) return;
  const NamedObject object =
      FindObject(const_cast<Analysis &>(a), static_cast<ObjectType>(stmt->objtype), stmt->object, NoLock);
  if (!object.Found()) return;
  MemoryContext old = MemoryContextSwitchTo(TopTransactionContext);
  ledger.released.Add(object.address);
  MemoryContextSwitchTo(old);
}

}  // namespace

void RecordInLedger(const Analysis &a, const Node *statement, Ledger &ledger) {
  if (ledger.script) {
    RecordScript(a, statement, ledger);
    if (!ledger.in_block) return;
  }
  if (!ledger.script && creating_extension && IsA(statement, AlterExtensionContentsStmt))
    RecordReleased(a, reinterpret_cast<const AlterExtensionContentsStmt *>(statement), ledger);
  if (!ledger.script && !a.conventions.Empty()) RememberForEnd(a, statement, ledger);
  for (const Effect &effect : a.effects) ledger.Hold(effect);
  RecordPasses(a, statement, ledger);
}

}  // namespace ddlguard
