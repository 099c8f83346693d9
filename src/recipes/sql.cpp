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

const char *RelationSql(const Target *target) {
  if (target == nullptr) return "?";
  return QualifiedName(target->schema != nullptr && *target->schema != '\0' ? target->schema : nullptr, target->name);
}

const char *RelationSql(Oid relation) {
  const char *name = get_rel_name(relation);
  return name == nullptr ? nullptr : QualifiedName(get_namespace_name(get_rel_namespace(relation)), name);
}

const char *TypeSql(const TypeName *type) {
  static constexpr const char *kSerials[][2] = {{"smallserial", "smallint"}, {"serial2", "smallint"},
                                                {"serial", "integer"},       {"serial4", "integer"},
                                                {"bigserial", "bigint"},     {"serial8", "bigint"}};
  const char *last = type->names == NIL ? "" : strVal(llast(type->names));
  for (const auto &serial : kSerials)
    if (Equal(last, serial[0])) return serial[1];
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

const char *NewConstraintName(const Target *target, const char *column, const char *label) {
  return ChooseConstraintName(target->name, column, label, target->namespace_oid, NIL);
}

}  // namespace ddlguard
