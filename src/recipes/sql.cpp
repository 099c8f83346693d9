/*
 * See sql.h.
 */
#include "recipes/sql.h"

#include "analysis/proof.h"
#include "pg/catalog.h"
#include "pg/lexer.h"

namespace ddlguard {

const char *InsertAfterKeyword(const char *statement, const char *keyword, const char *word) {
  Lexer lexer(statement);
  for (Word each = lexer.Next(); each.kind != Word::Kind::end; each = lexer.Next())
    if (Equal(each.name, keyword) && *each.begin != '"')
      return Format("{} {}{}", static_cast<const char *>(pnstrdup(statement, each.end - statement)), word, each.end);
  return nullptr;
}

const char *AfterTable(const char *create_index) { return AfterRelation(create_index, "on"); }

const char *AfterRelation(const char *statement, const char *keyword) {
  Lexer lexer(statement);
  Word word = lexer.Next();
  while (word.kind != Word::Kind::end && (*word.begin == '"' || !Equal(word.name, keyword))) word = lexer.Next();
  word = lexer.Next();
  if (*word.begin != '"' && Equal(word.name, "only")) word = lexer.Next();
  const char *end = word.end;
  for (word = lexer.Next(); word.IsSymbol('.'); word = lexer.Next()) end = lexer.Next().end;
  if (word.IsSymbol('*')) end = word.end;
  while (isspace(static_cast<unsigned char>(*end))) ++end;
  return end;
}

const char *RelationSql(const Target *target) {
  if (target == nullptr) return "?";
  return QualifiedName(target->schema != nullptr && *target->schema != '\0' ? target->schema : nullptr, target->name);
}

const char *RelationSql(Oid relation) {
  const char *name = get_rel_name(relation);
  return name == nullptr ? nullptr : QualifiedName(get_namespace_name(get_rel_namespace(relation)), name);
}

const char *ParenthesisAfter(const char *text, const char *keyword, int nth) {
  Lexer lexer(text);
  const char *begin = nullptr;
  bool after = false;
  int depth = 0;
  for (Word word = lexer.Next(); word.kind != Word::Kind::end; word = lexer.Next()) {
    if (word.IsSymbol('(') || word.IsSymbol('[')) {
      if (depth++ == 0 && after && nth-- == 0) begin = word.begin;
    } else if (word.IsSymbol(')') || word.IsSymbol(']')) {
      if (--depth == 0 && begin != nullptr) return pnstrdup(begin, word.end - begin);
    }
    if (depth == 0) after = Equal(word.name, keyword) && *word.begin != '"';
  }
  return nullptr;
}

namespace {

constexpr const char *kSerials[][2] = {{"smallserial", "smallint"}, {"serial2", "smallint"}, {"serial", "integer"},
                                       {"serial4", "integer"},      {"bigserial", "bigint"}, {"serial8", "bigint"}};

const char *TypeOfSerial(const TypeName *type) {
  if (list_length(type->names) != 1 || type->pct_type || type->arrayBounds != NIL) return nullptr;
  for (const auto &serial : kSerials)
    if (Equal(strVal(linitial(type->names)), serial[0])) return serial[1];
  return nullptr;
}

}  // namespace

bool IsSerial(const TypeName *type) { return TypeOfSerial(type) != nullptr; }

bool HasConstrainedDomain(const TypeName *type) {
  Type tuple = IsSerial(type) ? nullptr : LookupTypeName(nullptr, type, nullptr, true);
  if (tuple == nullptr) return false;
  const Oid oid = typeTypeId(tuple);
  ReleaseSysCache(tuple);
  return DomainIsConstrained(oid);
}

const char *TypeSql(const TypeName *type) {
  if (const char *of_serial = TypeOfSerial(type)) return of_serial;
  Type tuple = LookupTypeName(nullptr, type, nullptr, true);
  if (tuple == nullptr) return TypeNameToString(type);
  ReleaseSysCache(tuple);
  Oid oid;
  int32 typmod;
  typenameTypeIdAndMod(nullptr, type, &oid, &typmod);
  return format_type_extended(oid, typmod, FORMAT_TYPE_TYPEMOD_GIVEN);
}

const char *ColumnListSql(const List *names) {
  const char *text = "";
  for (Node *name : Each<Node>(names))
    text = Format("{}{}{}", text, *text == '\0' ? "" : ", ", QuoteIdent(strVal(name)));
  return text;
}

const char *ExpressionSql(Oid relation, const Node *raw, ParseExprKind kind) {
  Relation rel = OpenUnlocked(relation);
  if (rel == nullptr) return nullptr;
  Node *expr = AnalyseExpression(rel, raw, kind);
  List *context = deparse_context_for(RelationGetRelationName(rel), relation);
  CloseUnlocked(rel);
  return expr == nullptr ? nullptr : deparse_expression(expr, context, false, false);
}

const char *NameListSql(const List *names) { return NameListToQuotedString(const_cast<List *>(names)); }

const char *OptionsSql(const List *options) {
  const char *text = "";
  for (DefElem *option : Each<DefElem>(options))
    text = Format("{}{}{}{}", text, *text == '\0' ? "" : ", ", QuoteIdent(option->defname),
                  option->arg == nullptr ? "" : Format("={}", defGetString(option)));
  return text;
}

const char *ReferenceAction(char action) {
  switch (action) {
    case FKCONSTR_ACTION_CASCADE:
      return "CASCADE";
    case FKCONSTR_ACTION_RESTRICT:
      return "RESTRICT";
    case FKCONSTR_ACTION_SETNULL:
      return "SET NULL";
    case FKCONSTR_ACTION_SETDEFAULT:
      return "SET DEFAULT";
    default:
      return nullptr;
  }
}

const char *DeferrableSql(const Constraint *constraint) {
  if (constraint->initdeferred) return " DEFERRABLE INITIALLY DEFERRED";
  return constraint->deferrable ? " DEFERRABLE" : "";
}

namespace {

bool CollectColumns(Node *node, List **columns) {
  if (node == nullptr) return false;
  if (IsA(node, ColumnRef)) {
    auto *last = static_cast<Node *>(llast(reinterpret_cast<ColumnRef *>(node)->fields));
    *columns = IsA(last, String) ? list_append_unique(*columns, last) : lappend(*columns, last);
    return false;
  }
  return WalkRawTree(node, CollectColumns, columns);
}

/* Column names as they appear in the name of an index or key: "a_b", cut as indexcmds.c cuts it. */
const char *Joined(const List *columns) {
  char text[NAMEDATALEN * 2];
  size_t length = 0;
  text[0] = '\0';
  for (Node *column : Each<Node>(columns)) {
    if (length > 0) text[length++] = '_';
    strlcpy(text + length, strVal(column), NAMEDATALEN);
    length += strlen(text + length);
    if (length >= NAMEDATALEN) break;
  }
  return pstrdup(text);
}

bool Contains(const List *names, const char *name) {
  for (Node *each : Each<Node>(names))
    if (Equal(strVal(each), name)) return true;
  return false;
}

/* ChooseIndexColumnNames: an expression is called after what it is, and nothing twice. */
List *IndexColumnNames(const List *columns) {
  List *names = NIL;
  for (Node *node : Each<Node>(columns)) {
    const char *name = nullptr;
    if (IsA(node, String)) {
      name = strVal(node);
    } else {
      auto *element = reinterpret_cast<const IndexElem *>(node);
      name = element->indexcolname != nullptr ? element->indexcolname : element->name;
      if (name == nullptr) name = FigureIndexColname(element->expr);
      if (name == nullptr) name = "expr";
    }
    const char *unique = name;
    for (int i = 1; Contains(names, unique); ++i) {
      const char *number = Format("{}", i);
      const int length =
          pg_mbcliplen(name, static_cast<int>(strlen(name)), NAMEDATALEN - 1 - static_cast<int>(strlen(number)));
      unique = Format("{}{}", static_cast<const char *>(pnstrdup(name, length)), number);
    }
    names = lappend(names, makeString(pstrdup(unique)));
  }
  return names;
}

}  // namespace

namespace {

/* As ChooseConstraintName and ChooseRelationName do it, and with the plan's own names. */
const char *Choose(Plan &plan, Oid relation, const char *column, const char *label, bool is_constraint,
                   bool is_relation) {
  const char *table = get_rel_name(relation);
  if (table == nullptr) return "?"; /* just dropped */
  const Oid schema = get_rel_namespace(relation);
  for (int i = 0;; ++i) {
    const char *name = makeObjectName(table, column, i == 0 ? label : Format("{}{}", label, i));
    const char *entry = Format("{}.{}", schema, name);
    if (Contains(plan.names, entry)) continue;
    const Oid taken = is_relation ? get_relname_relid(name, schema) : InvalidOid;
    if (OidIsValid(taken) && !plan.IsGone(RelationRelationId, taken) && !OidIsValid(InvalidLeftover(relation, name)))
      continue;
    if (is_constraint && ConstraintNameExists(name, schema) &&
        !plan.IsGone(ConstraintRelationId, get_relation_constraint_oid(relation, name, true)))
      continue;
    plan.names = lappend(plan.names, makeString(pstrdup(entry)));
    return name;
  }
}

}  // namespace

const char *NewConstraintName(Plan &plan, Oid relation, const char *column, const char *label) {
  return Choose(plan, relation, column, label, true, false);
}

const char *NewForeignKeyName(Plan &plan, Oid relation, const List *columns) {
  return NewConstraintName(plan, relation, Joined(columns), "fkey");
}

const char *NewCheckName(Plan &plan, Oid relation, const Node *raw_expr) {
  List *columns = NIL;
  CollectColumns(const_cast<Node *>(raw_expr), &columns);
  auto *only = list_length(columns) == 1 ? static_cast<Node *>(linitial(columns)) : nullptr;
  return NewConstraintName(plan, relation, only != nullptr && IsA(only, String) ? strVal(only) : nullptr, "check");
}

const char *NewSequenceName(Plan &plan, Oid table, const char *column) {
  return Choose(plan, table, column, "seq", false, true);
}

const char *NewIndexName(Plan &plan, Oid table, const List *columns, IndexUse use) {
  const char *joined = use == IndexUse::primary ? nullptr : Joined(IndexColumnNames(columns));
  const char *label = use == IndexUse::primary ? "pkey" : use == IndexUse::unique ? "key" : "idx";
  return Choose(plan, table, joined, label, use != IndexUse::plain, true);
}

Oid InvalidLeftover(Oid table, const char *index_name) {
  const Oid index = index_name == nullptr ? InvalidOid : get_relname_relid(index_name, get_rel_namespace(table));
  if (!OidIsValid(index) || get_rel_relkind(index) != RELKIND_INDEX) return InvalidOid;
  HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
  if (!HeapTupleIsValid(tuple)) return InvalidOid;
  auto form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
  const bool leftover = form->indrelid == table && !form->indisvalid;
  ReleaseSysCache(tuple);
  return leftover ? index : InvalidOid;
}

}  // namespace ddlguard
