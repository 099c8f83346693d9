/*
 * See column_copy.h.
 */
#include "recipes/column_copy.h"

#include "pg/catalog.h"

namespace ddlguard {

namespace {

/* Columns are printed with this before them, so that they are told from all other words. */
constexpr const char *kAlias = "ddlguard_mapped_row";

const char *Listed(const char *before, const char *item) {
  return *before == '\0' ? item : Format("{}, {}", before, item);
}

const char *Replaced(const char *text, const char *from, const char *to) {
  StringInfoData out;
  initStringInfo(&out);
  const size_t length = strlen(from);
  while (const char *at = strstr(text, from)) {
    appendBinaryStringInfo(&out, text, static_cast<int>(at - text));
    appendStringInfoString(&out, to);
    text = at + length;
  }
  appendStringInfoString(&out, text);
  return out.data;
}

/* Opens with a letter, digit or the like: then the name before it goes on. */
bool GoesOn(char c) { return isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' || (c & 0x80) != 0; }

/* A binary value of a syscache row, or 0 when it is null. */
Datum Attribute(SysCacheNumber cache, HeapTuple tuple, AttrNumber attnum, bool *null) {
  return SysCacheGetAttr(cache, tuple, attnum, null);
}

const char *OperatorClassSql(Oid opclass, Oid type, Oid access_method) {
  if (GetDefaultOpClass(type, access_method) == opclass) return "";
  HeapTuple tuple = SearchSysCache1(CLAOID, ObjectIdGetDatum(opclass));
  if (!HeapTupleIsValid(tuple)) return "";
  auto form = reinterpret_cast<Form_pg_opclass>(GETSTRUCT(tuple));
  const char *text = Format(" {}", QualifiedName(get_namespace_name(form->opcnamespace), NameStr(form->opcname)));
  ReleaseSysCache(tuple);
  return text;
}

const char *OptionsSql(Datum options) {
  Datum *each;
  int count;
  deconstruct_array(DatumGetArrayTypeP(options), TEXTOID, -1, false, TYPALIGN_INT, &each, nullptr, &count);
  const char *list = "";
  for (int i = 0; i < count; ++i) {
    char *option = TextDatumGetCString(each[i]);
    char *value = strchr(option, '=');
    if (value == nullptr) continue;
    *value++ = '\0';
    list = Listed(list, Format("{}={}", QuoteIdent(option), static_cast<const char *>(quote_literal_cstr(value))));
  }
  return *list == '\0' ? "" : Format(" WITH ({})", list);
}

bool HasOperatorClassOptions(Oid index, int keys) {
  for (int i = 1; i <= keys; ++i) {
    if (get_attoptions(index, static_cast<int16>(i)) != static_cast<Datum>(0)) return true;
  }
  return false;
}

void *StoredNode(HeapTuple index, AttrNumber attnum) {
  bool null;
  Datum stored = Attribute(INDEXRELID, index, attnum, &null);
  return null ? nullptr : stringToNode(TextDatumGetCString(stored));
}

}  // namespace

const char *ColumnMapping::Name(Oid of, AttrNumber attnum) const {
  const char *name = ColumnName(of, attnum);
  return QuoteIdent(of == relation && Equal(name, column) ? fresh : name);
}

const char *CollationSql(Oid collation) {
  HeapTuple tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(collation));
  if (!HeapTupleIsValid(tuple)) return "";
  auto form = reinterpret_cast<Form_pg_collation>(GETSTRUCT(tuple));
  const char *text =
      Format(" COLLATE {}", QualifiedName(get_namespace_name(form->collnamespace), NameStr(form->collname)));
  ReleaseSysCache(tuple);
  return text;
}

const char *AliasedExpression(Node *expr, Oid relation, const char *alias) {
  return deparse_expression(expr, deparse_context_for(alias, relation), true, false);
}

const char *MappedExpression(Node *expr, Oid relation, const ColumnMapping &mapping) {
  const char *text = AliasedExpression(expr, relation, kAlias);
  if (mapping.relation == relation) {
    const char *from = Format("{}.{}", kAlias, QuoteIdent(mapping.column));
    const size_t length = strlen(from);
    StringInfoData out;
    initStringInfo(&out);
    while (const char *at = strstr(text, from)) {
      appendBinaryStringInfo(&out, text, static_cast<int>(at - text));
      appendStringInfoString(&out, GoesOn(at[length]) ? from : QuoteIdent(mapping.fresh));
      text = at + length;
    }
    appendStringInfoString(&out, text);
    text = out.data;
  }
  return Replaced(text, Format("{}.", kAlias), "");
}

const char *CopyIndexSql(Oid index, const char *name, bool concurrently, bool only, const ColumnMapping &mapping) {
  HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
  if (!HeapTupleIsValid(tuple)) return nullptr;
  auto form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
  if (form->indisexclusion || HasOperatorClassOptions(index, form->indnkeyatts)) {
    ReleaseSysCache(tuple);
    return nullptr;
  }
  bool null;
  auto classes =
      reinterpret_cast<oidvector *>(DatumGetPointer(Attribute(INDEXRELID, tuple, Anum_pg_index_indclass, &null)));
  auto collations =
      reinterpret_cast<oidvector *>(DatumGetPointer(Attribute(INDEXRELID, tuple, Anum_pg_index_indcollation, &null)));
  auto options =
      reinterpret_cast<int2vector *>(DatumGetPointer(Attribute(INDEXRELID, tuple, Anum_pg_index_indoption, &null)));
  auto expressions = static_cast<List *>(StoredNode(tuple, Anum_pg_index_indexprs));
  auto predicate = static_cast<Node *>(StoredNode(tuple, Anum_pg_index_indpred));
  const Oid table = form->indrelid;
  const Oid access_method = AccessMethodOf(index);

  const char *keys = "", *included = "";
  int next_expression = 0;
  for (int i = 0; i < form->indnatts; ++i) {
    const AttrNumber attnum = form->indkey.values[i];
    const char *key;
    Oid type, collation;
    if (attnum != 0) {
      int32 typmod;
      get_atttypetypmodcoll(table, attnum, &type, &typmod, &collation);
      key = mapping.Name(table, attnum);
    } else {
      auto expr = static_cast<Node *>(list_nth(expressions, next_expression++));
      type = exprType(expr);
      collation = exprCollation(expr);
      key = Format("({})", MappedExpression(expr, table, mapping));
    }
    if (i >= form->indnkeyatts) {
      included = Listed(included, key);
      continue;
    }
    if (OidIsValid(collations->values[i]) && collations->values[i] != collation)
      key = Format("{}{}", key, CollationSql(collations->values[i]));
    key = Format("{}{}", key, OperatorClassSql(classes->values[i], type, access_method));
    const bool descending = (options->values[i] & INDOPTION_DESC) != 0;
    const bool nulls_first = (options->values[i] & INDOPTION_NULLS_FIRST) != 0;
    if (descending) key = Format("{} DESC", key);
    if (descending != nulls_first) key = Format("{} NULLS {}", key, nulls_first ? "FIRST" : "LAST");
    keys = Listed(keys, key);
  }

  const char *text = Format("CREATE {}INDEX {}{} ON {}{} USING {} ({})", form->indisunique ? "UNIQUE " : "",
                            concurrently ? "CONCURRENTLY " : "", QuoteIdent(name), only ? "ONLY " : "",
                            RelationSql(table), QuoteIdent(get_am_name(access_method)), keys);
  if (*included != '\0') text = Format("{} INCLUDE ({})", text, included);
  if (form->indnullsnotdistinct) text = Format("{} NULLS NOT DISTINCT", text);
  ReleaseSysCache(tuple);

  tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(index));
  if (!HeapTupleIsValid(tuple)) return nullptr;
  Datum reloptions = Attribute(RELOID, tuple, Anum_pg_class_reloptions, &null);
  if (!null) text = Format("{}{}", text, OptionsSql(reloptions));
  const Oid tablespace = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->reltablespace;
  ReleaseSysCache(tuple);
  if (OidIsValid(tablespace)) text = Format("{} TABLESPACE {}", text, QuoteIdent(get_tablespace_name(tablespace)));
  if (predicate != nullptr) text = Format("{} WHERE {}", text, MappedExpression(predicate, table, mapping));
  return text;
}

const char *ForeignKeySql(Oid constraint, const ColumnMapping &mapping) {
  HeapTuple tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
  if (!HeapTupleIsValid(tuple)) return nullptr;
  auto form = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple));
  const char *text = nullptr;
  AttrNumber columns[INDEX_MAX_KEYS];
  auto names = [&](AttrNumber attribute, Oid relation) {
    const int count = ConstraintColumns(tuple, attribute, columns, INDEX_MAX_KEYS);
    const char *list = "";
    for (int i = 0; i < count; ++i) list = Listed(list, mapping.Name(relation, columns[i]));
    return list;
  };
  if (!IsTemporalOrNotEnforced(form)) {
    text = Format("FOREIGN KEY ({}) REFERENCES {}({})", names(Anum_pg_constraint_conkey, form->conrelid),
                  RelationSql(form->confrelid), names(Anum_pg_constraint_confkey, form->confrelid));
    if (form->confmatchtype == FKCONSTR_MATCH_FULL) text = Format("{} MATCH FULL", text);
    if (const char *action = ReferenceAction(form->confupdtype)) text = Format("{} ON UPDATE {}", text, action);
    if (const char *action = ReferenceAction(form->confdeltype)) text = Format("{} ON DELETE {}", text, action);
    bool null;
    Attribute(CONSTROID, tuple, Anum_pg_constraint_confdelsetcols, &null);
    if (!null) text = Format("{} ({})", text, names(Anum_pg_constraint_confdelsetcols, form->conrelid));
    if (form->condeferrable) text = Format("{} DEFERRABLE", text);
    if (form->condeferred) text = Format("{} INITIALLY DEFERRED", text);
  }
  ReleaseSysCache(tuple);
  return text;
}

const char *GrantsSql(Datum acl_datum, Oid owner, const char *object, const char *columns) {
  static constexpr struct {
    AclMode mode;
    const char *word;
  } kPrivileges[] = {{ACL_SELECT, "SELECT"},   {ACL_INSERT, "INSERT"},     {ACL_UPDATE, "UPDATE"},
                     {ACL_DELETE, "DELETE"},   {ACL_TRUNCATE, "TRUNCATE"}, {ACL_REFERENCES, "REFERENCES"},
                     {ACL_TRIGGER, "TRIGGER"}, {ACL_USAGE, "USAGE"},       {ACL_EXECUTE, "EXECUTE"}};
  Acl *acl = DatumGetAclP(acl_datum);
  AclItem *items = ACL_DAT(acl);
  const char *text = "";
  for (int i = 0; i < ACL_NUM(acl); ++i) {
    if (items[i].ai_grantee == owner) continue;
    const char *grantee = "PUBLIC";
    if (items[i].ai_grantee != ACL_ID_PUBLIC) grantee = QuoteIdent(GetUserNameFromId(items[i].ai_grantee, true));
    for (bool with_option : {false, true}) {
      const char *words = "";
      for (const auto &privilege : kPrivileges) {
        if ((ACLITEM_GET_PRIVS(items[i]) & privilege.mode) == 0) continue;
        if (((ACLITEM_GET_GOPTIONS(items[i]) & privilege.mode) != 0) != with_option) continue;
        words = Listed(words, Format("{}{}", privilege.word, columns));
      }
      if (*words != '\0')
        text = Format("{}\nGRANT {} ON {} TO {}{};", text, words, object, grantee,
                      with_option ? " WITH GRANT OPTION" : "");
    }
  }
  return *text == '\0' ? text : text + 1;
}

}  // namespace ddlguard
