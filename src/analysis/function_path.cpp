/*
 * See function_path.h.
 *
 * A body that is kept as text is read word by word: names of relations after FROM, JOIN, INTO and UPDATE, and names
 * before a parenthesis.  Only what is found now, without its schema, can be lost.
 */
#include "analysis/function_path.h"

#include "analysis/dependency.h"
#include "analysis/named_object.h"
#include "pg/catalog.h"
#include "pg/lexer.h"
#include "pg/text.h"

namespace ddlguard {

bool PathInStatement(const List *options, const char **path) {
  bool said = false;
  for (const DefElem *option : Each<const DefElem>(options)) {
    if (!Equal(option->defname, "set") || option->arg == nullptr || !IsA(option->arg, VariableSetStmt)) continue;
    auto *set = reinterpret_cast<VariableSetStmt *>(option->arg);
    if (set->kind == VAR_RESET_ALL) {
      said = true;
      *path = nullptr;
      continue;
    }
    if (!Equal(set->name, "search_path")) continue;
    said = true;
    *path = set->kind == VAR_SET_CURRENT ? GetConfigOption("search_path", true, false)
            : set->kind == VAR_SET_VALUE ? ExtractSetVariableArgs(set)
                                         : nullptr;
  }
  return said;
}

const char *PathOf(HeapTuple function) {
  bool isnull;
  const Datum settings = SysCacheGetAttr(PROCOID, function, Anum_pg_proc_proconfig, &isnull);
  return isnull ? nullptr : SettingIn(DatumGetArrayTypePCopy(settings), "search_path");
}

Array<Oid> SchemasOf(const char *path, Oid role) {
  Array<Oid> schemas;
  schemas.Add(PG_CATALOG_NAMESPACE);
  List *names = NIL;
  if (path == nullptr) path = GetConfigOption("search_path", false, false);
  if (SplitIdentifierString(pstrdup(path), ',', &names)) {
    for (const void *each : Each<const void>(names)) {
      auto *name = static_cast<const char *>(each);
      if (Equal(name, "$user")) name = OidIsValid(role) ? GetUserNameFromId(role, true) : nullptr;
      const Oid schema = name == nullptr ? InvalidOid : get_namespace_oid(name, true);
      if (OidIsValid(schema)) schemas.Add(schema);
    }
  }
  return schemas;
}

namespace {

bool HasRelation(const Array<Oid> &schemas, const char *name) {
  for (Oid schema : schemas)
    if (OidIsValid(get_relname_relid(name, schema))) return true;
  return false;
}

bool HasFunction(const Array<Oid> &schemas, const char *name) {
  bool found = false;
  CatCList *list = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(name));
  for (int i = 0; i < list->n_members; ++i)
    found =
        found || schemas.Contains(reinterpret_cast<Form_pg_proc>(GETSTRUCT(&list->members[i]->tuple))->pronamespace);
  ReleaseSysCacheList(list);
  return found;
}

bool Is(const Word &word, const char *name) { return word.kind == Word::Kind::name && Equal(word.name, name); }

/* INTO is followed by a variable, but in INSERT and MERGE; FROM by a value in IS DISTINCT FROM. */
bool PrecedesRelation(const Word &word, const Word &before) {
  if (Is(word, "into")) return Is(before, "insert") || Is(before, "merge");
  if (Is(word, "from")) return !Is(before, "distinct");
  return Is(word, "join") || Is(word, "update");
}

/* WITH name AS (...) */
bool IsBound(const Array<Word> &words, const char *name) {
  for (int i = 0; i + 1 < words.count; ++i)
    if (Is(words[i], name) && Is(words[i + 1], "as")) return true;
  return false;
}

/* A name in the body that is found in the old schemas, but not in the new ones; null: there is none. */
const char *LostName(const char *source, const Array<Oid> &old, const Array<Oid> &now) {
  Array<Word> words;
  Lexer lexer(source);
  for (Word word = lexer.Next(); word.kind != Word::Kind::end; word = lexer.Next()) words.Add(word);
  auto at = [&words](int i) { return i < 0 || i >= words.count ? Word() : words[i]; };
  for (int i = 0; i < words.count; ++i) {
    const Word word = words[i];
    if (word.kind != Word::Kind::name || at(i - 1).IsSymbol('.') || at(i + 1).IsSymbol('.')) continue;
    const bool relation = PrecedesRelation(at(i - 1), at(i - 2)) && !IsBound(words, word.name);
    if (relation && HasRelation(old, word.name) && !HasRelation(now, word.name)) return word.name;
    if (at(i + 1).IsSymbol('(') && HasFunction(old, word.name) && !HasFunction(now, word.name)) return word.name;
  }
  return nullptr;
}

/* The body, in SQL or PL/pgSQL, that is looked at when it runs. */
const char *SourceAsText(HeapTuple function) {
  auto form = reinterpret_cast<Form_pg_proc>(GETSTRUCT(function));
  const bool read = form->prolang == SQLlanguageId || form->prolang == get_language_oid("plpgsql", true);
  if (!read || !heap_attisnull(function, Anum_pg_proc_prosqlbody, nullptr)) return nullptr;
  bool isnull;
  const Datum source = SysCacheGetAttr(PROCOID, function, Anum_pg_proc_prosrc, &isnull);
  return isnull ? nullptr : TextDatumGetCString(source);
}

}  // namespace

void AddPathFault(Analysis &a, Oid function, const List *options, const char *source) {
  const char *path = nullptr;
  if (!PathInStatement(options, &path)) return;
  HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
  if (!HeapTupleIsValid(tuple)) return;
  const char *old_path = PathOf(tuple);
  if (source == nullptr) source = SourceAsText(tuple);
  ReleaseSysCache(tuple);
  if (source == nullptr || Equal(path, old_path)) return;
  const char *lost = LostName(source, SchemasOf(old_path, GetUserId()), SchemasOf(path, GetUserId()));
  if (lost != nullptr)
    a.Add({.why = Why::function_search_path_change,
           .target = TargetOf(a, {ProcedureRelationId, function, 0}),
           .column = lost});
}

}  // namespace ddlguard
