/*
 * See function_path.h.
 *
 * A body that is kept as text is read word by word: names of relations after FROM, JOIN, INTO and UPDATE, and names
 * before a parenthesis.  Only what is found now, without its schema, can be lost.
 */
#include "analysis/function_path.h"

#include "analysis/function_source.h"
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

/* INTO is followed by a variable, but in INSERT and MERGE; FROM by a value in IS DISTINCT FROM. */
bool PrecedesRelation(const Words &words, int i) {
  if (words.Is(i, "into")) return words.Is(i - 1, "insert") || words.Is(i - 1, "merge");
  if (words.Is(i, "from")) return !words.Is(i - 1, "distinct");
  return words.Is(i, "join") || words.Is(i, "update");
}

/* WITH name AS (...) */
bool IsBound(const Words &words, const char *name) {
  for (int i = 0; i < words.Count(); ++i)
    if (words.Is(i, name) && words.Is(i + 1, "as")) return true;
  return false;
}

/* A name in the body that is found in the old schemas, but not in the new ones; null: there is none. */
const char *LostName(const char *source, const Array<Oid> &old, const Array<Oid> &now) {
  const Words words(source);
  for (int i = 0; i < words.Count(); ++i) {
    const char *name = words[i].name;
    if (words[i].kind != Word::Kind::name || words.Is(i - 1, '.') || words.Is(i + 1, '.')) continue;
    if (PrecedesRelation(words, i - 1) && HasRelation(old, name) && !HasRelation(now, name) && !IsBound(words, name))
      return name;
    if (words.Is(i + 1, '(') && HasFunction(old, name) && !HasFunction(now, name)) return name;
  }
  return nullptr;
}

}  // namespace

void AddPathFault(Analysis &a, Oid function, const List *options, const char *source) {
  const char *path = nullptr;
  if (!PathInStatement(options, &path)) return;
  HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
  if (!HeapTupleIsValid(tuple)) return;
  const char *old_path = PathOf(tuple);
  if (source == nullptr) source = ReadableSource(tuple);
  ReleaseSysCache(tuple);
  if (source == nullptr || Equal(path, old_path)) return;
  const char *lost = LostName(source, SchemasOf(old_path, GetUserId()), SchemasOf(path, GetUserId()));
  if (lost != nullptr)
    a.Add({.why = Why::function_search_path_change,
           .target = TargetOf(a, {ProcedureRelationId, function, 0}),
           .column = lost});
}

}  // namespace ddlguard
