/*
 * Conventions about names: of whatever a statement makes or renames, and where it is put.
 */
#include "analysis/convention.h"

#include "analysis/statement.h"
#include "pg/lexer.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

struct NameJudge {
  Analysis &a;
  const Node *statement;

  /* kind: as patterns call it (policy/argument.cpp). */
  void Name(const char *kind, const char *name, const Target *target) const {
    if (name == nullptr || target == nullptr) return;
    const Conventions c = {a, target, statement};
    c.Add(Why::naming_convention, name, {.value = name, .alias = kind}, Format("the name of {} \"{}\"", kind, name));
    if (c.Wants(Why::keyword_identifier) && IsReserved(name)) c.Add(Why::keyword_identifier, name);
    if (c.Wants(Why::identifier_too_long)) {
      if (const char *written = WrittenLonger(name)) c.Add(Why::identifier_too_long, written);
    }
  }

  /* Where a new object is put.  schema: as written; null: the first of search_path. */
  void Place(const char *schema, const Target *target) const {
    if (target == nullptr) return;
    const Conventions c = {a, target, statement};
    if (schema == nullptr) c.Add(Why::unqualified_name);
    const char *place = schema != nullptr ? schema : FirstSchema();
    if (place != nullptr) c.Add(Why::disallowed_schema, nullptr, {.value = place});
  }

  static const char *FirstSchema() {
    List *path = fetch_search_path(false);
    return path == NIL ? nullptr : get_namespace_name(linitial_oid(path));
  }

  /* Reserved, or usable as the name of a function or type alone. */
  static bool IsReserved(const char *name) {
    const int keyword = ScanKeywordLookup(name, &ScanKeywords);
    if (keyword < 0) return false;
    return ScanKeywordCategories[keyword] == RESERVED_KEYWORD ||
           ScanKeywordCategories[keyword] == TYPE_FUNC_NAME_KEYWORD;
  }

  /* The scanner has cut the name; the source still has all of it.  Null when it was not cut. */
  const char *WrittenLonger(const char *name) const {
    const int length = strlen(name);
    if (a.sql == nullptr || length < NAMEDATALEN - MAX_MULTIBYTE_CHAR_LEN) return nullptr;
    Lexer lexer(StatementText(a.sql, a.location, a.length));
    for (Word word = lexer.Next(); word.kind != Word::Kind::end; word = lexer.Next())
      if (word.kind == Word::Kind::name && strlen(word.name) >= NAMEDATALEN && strncmp(word.name, name, length) == 0)
        return word.name;
    return nullptr;
  }

  void Relation(const char *kind, const RangeVar *name, char relkind) const {
    const Target *target = NewRelation(a, name, relkind);
    Name(kind, name->relname, target);
    Place(name->schemaname, target);
  }

  /* schema.name of a function, type and the like. */
  void Object(const char *kind, Oid classid, const List *names) const {
    if (list_length(names) == 0 || list_length(names) > 2) return;
    const char *schema = list_length(names) == 2 ? strVal(linitial(names)) : nullptr;
    const char *name = strVal(llast(names));
    const Target *target = a.LookObject(classid, InvalidOid, schema != nullptr ? schema : FirstSchema(), name);
    Name(kind, name, target);
    Place(schema, target);
  }
};

void Constraints(const NameJudge &judge, const List *constraints, const Target *table) {
  for (const Constraint *constraint : Each<Constraint>(constraints))
    if (const char *kind = ConstraintKind(constraint->contype)) judge.Name(kind, constraint->conname, table);
}

void Column(const NameJudge &judge, const ColumnDef *column, const Target *table) {
  if (column->typeName != nullptr) judge.Name("column", column->colname, table);
  Constraints(judge, column->constraints, table);
}

void CreateTable(const NameJudge &judge, const CreateStmt *stmt) {
  const Target *table = NewRelation(judge.a, stmt->relation, RELKIND_RELATION);
  if (table == nullptr) return;
  judge.Name("table", stmt->relation->relname, table);
  judge.Place(stmt->relation->schemaname, table);
  for (Node *element : Each<Node>(stmt->tableElts)) {
    if (IsA(element, ColumnDef)) Column(judge, reinterpret_cast<const ColumnDef *>(element), table);
    if (IsA(element, Constraint)) Constraints(judge, list_make1(element), table);
  }
}

void CreateTableAs(const NameJudge &judge, const CreateTableAsStmt *stmt) {
  const bool table = stmt->objtype == OBJECT_TABLE;
  const RangeVar *name = stmt->into->rel;
  const Target *target = NewRelation(judge.a, name, table ? RELKIND_RELATION : RELKIND_MATVIEW);
  judge.Name(table ? "table" : "materialized view", name->relname, target);
  judge.Place(name->schemaname, target);
  for (int i = 0; i < list_length(stmt->into->colNames); ++i)
    judge.Name("column", strVal(list_nth(stmt->into->colNames, i)), target);
}

const Target *OwnTable(Analysis &a, const RangeVar *name) {
  const Target *table = a.Resolve(name, NoLock);
  if (table == nullptr || table->persistence == RELPERSISTENCE_TEMP) return nullptr;
  return OidIsValid(table->oid) && !OwnsRelation(table->oid, ActingRole()) ? nullptr : table;
}

void AlterTable(const NameJudge &judge, const AlterTableStmt *stmt) {
  if (stmt->objtype != OBJECT_TABLE) return;
  const Target *table = OwnTable(judge.a, stmt->relation);
  for (const AlterTableCmd *cmd : Each<AlterTableCmd>(stmt->cmds)) {
    if (cmd->subtype == AT_AddColumn) {
      auto *column = reinterpret_cast<const ColumnDef *>(cmd->def);
      const bool exists =
          table != nullptr && OidIsValid(table->oid) && get_attnum(table->oid, column->colname) != InvalidAttrNumber;
      if (!exists) Column(judge, column, table);
    } else if (cmd->subtype == AT_AddConstraint) {
      Constraints(judge, list_make1(cmd->def), table);
    }
  }
}

void CreateIndex(const NameJudge &judge, const IndexStmt *stmt) {
  const Target *table = OwnTable(judge.a, stmt->relation);
  if (table == nullptr || stmt->idxname == nullptr) return;
  if (!LookUpNewName(judge.a, table->schema, table->namespace_oid, stmt->idxname).taken)
    judge.Name("index", stmt->idxname, table);
}

/* OR REPLACE of one that is there makes no name. */
bool FunctionExists(const List *names) {
  const char *name = strVal(llast(names));
  const char *schema = list_length(names) == 2 ? strVal(linitial(names)) : NameJudge::FirstSchema();
  const Oid space = schema == nullptr ? InvalidOid : get_namespace_oid(schema, true);
  bool found = false;
  CatCList *all = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(name));
  for (int i = 0; i < all->n_members; ++i)
    found = found || reinterpret_cast<Form_pg_proc>(GETSTRUCT(&all->members[i]->tuple))->pronamespace == space;
  ReleaseSysCacheList(all);
  return found;
}

/* What RENAME TO names, as patterns call it. */
constexpr struct {
  ObjectType type;
  const char *kind;
} kRenamed[] = {
    {OBJECT_TABLE, "table"},        {OBJECT_COLUMN, "column"},     {OBJECT_INDEX, "index"},
    {OBJECT_VIEW, "view"},          {OBJECT_SEQUENCE, "sequence"}, {OBJECT_MATVIEW, "materialized view"},
    {OBJECT_TRIGGER, "trigger"},    {OBJECT_SCHEMA, "schema"},     {OBJECT_FUNCTION, "function"},
    {OBJECT_PROCEDURE, "function"}, {OBJECT_ROUTINE, "function"},  {OBJECT_TYPE, "type"},
    {OBJECT_DOMAIN, "type"},
};

void Rename(const NameJudge &judge, const RenameStmt *stmt) {
  const char *kind = nullptr;
  for (const auto &each : kRenamed)
    if (each.type == stmt->renameType) kind = each.kind;
  if (kind == nullptr) return;
  if (stmt->relation != nullptr) return judge.Name(kind, stmt->newname, OwnTable(judge.a, stmt->relation));
  const Oid classid = stmt->renameType == OBJECT_SCHEMA ? NamespaceRelationId
                      : Equal(kind, "function")         ? ProcedureRelationId
                                                        : TypeRelationId;
  judge.Name(kind, stmt->newname, judge.a.LookObject(classid, InvalidOid, nullptr, stmt->newname));
}

void SetSchema(const NameJudge &judge, const AlterObjectSchemaStmt *stmt) {
  if (stmt->relation == nullptr) return;
  const Target *moved = OwnTable(judge.a, stmt->relation);
  if (moved != nullptr) judge.Place(stmt->newschema, moved);
}

void CreateExtension(const NameJudge &judge, const CreateExtensionStmt *stmt) {
  if (OidIsValid(get_extension_oid(stmt->extname, true))) return;
  const char *schema = NameJudge::FirstSchema();
  for (DefElem *option : Each<DefElem>(stmt->options))
    if (Equal(option->defname, "schema")) schema = defGetString(option);
  if (schema == nullptr) return;
  const Conventions c = {judge.a, judge.a.LookObject(ExtensionRelationId, InvalidOid, nullptr, stmt->extname),
                         judge.statement};
  c.Add(Why::disallowed_schema, nullptr, {.value = schema});
}

bool WantsAny(const Analysis &a) {
  for (Why why : {Why::identifier_too_long, Why::naming_convention, Why::keyword_identifier, Why::unqualified_name,
                  Why::disallowed_schema})
    if (a.Wants(why)) return true;
  return false;
}

template <typename T>
const T *As(const Node *node) {
  return reinterpret_cast<const T *>(node);
}

}  // namespace

void AddNameConventions(Analysis &a, const Node *statement) {
  if (!WantsAny(a)) return;
  const NameJudge judge = {a, statement};
  switch (nodeTag(statement)) {
    case T_CreateStmt:
      return CreateTable(judge, As<CreateStmt>(statement));
    case T_CreateForeignTableStmt:
      return CreateTable(judge, &As<CreateForeignTableStmt>(statement)->base);
    case T_CreateTableAsStmt:
      return CreateTableAs(judge, As<CreateTableAsStmt>(statement));
    case T_AlterTableStmt:
      return AlterTable(judge, As<AlterTableStmt>(statement));
    case T_IndexStmt:
      return CreateIndex(judge, As<IndexStmt>(statement));
    case T_ViewStmt:
      return judge.Relation("view", As<ViewStmt>(statement)->view, RELKIND_VIEW);
    case T_CreateSeqStmt:
      return judge.Relation("sequence", As<CreateSeqStmt>(statement)->sequence, RELKIND_SEQUENCE);
    case T_CreateFunctionStmt: {
      auto *stmt = As<CreateFunctionStmt>(statement);
      if (stmt->replace && FunctionExists(stmt->funcname)) return;
      return judge.Object("function", ProcedureRelationId, stmt->funcname);
    }
    case T_CreateTrigStmt: {
      auto *stmt = As<CreateTrigStmt>(statement);
      return judge.Name("trigger", stmt->trigname, OwnTable(a, stmt->relation));
    }
    case T_CreateSchemaStmt: {
      const char *name = As<CreateSchemaStmt>(statement)->schemaname;
      if (name == nullptr || OidIsValid(get_namespace_oid(name, true))) return;
      return judge.Name("schema", name, a.LookObject(NamespaceRelationId, InvalidOid, nullptr, name));
    }
    case T_CompositeTypeStmt: {
      const RangeVar *name = As<CompositeTypeStmt>(statement)->typevar;
      List *names = list_make1(makeString(name->relname));
      if (name->schemaname != nullptr) names = lcons(makeString(name->schemaname), names);
      return judge.Object("type", TypeRelationId, names);
    }
    case T_CreateEnumStmt:
      return judge.Object("type", TypeRelationId, As<CreateEnumStmt>(statement)->typeName);
    case T_CreateRangeStmt:
      return judge.Object("type", TypeRelationId, As<CreateRangeStmt>(statement)->typeName);
    case T_CreateDomainStmt:
      return judge.Object("type", TypeRelationId, As<CreateDomainStmt>(statement)->domainname);
    case T_RenameStmt:
      return Rename(judge, As<RenameStmt>(statement));
    case T_AlterObjectSchemaStmt:
      return SetSchema(judge, As<AlterObjectSchemaStmt>(statement));
    case T_CreateExtensionStmt:
      return CreateExtension(judge, As<CreateExtensionStmt>(statement));
    default:
      return;
  }
}

}  // namespace ddlguard
