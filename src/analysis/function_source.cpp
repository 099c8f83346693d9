/*
 * See function_source.h.
 */
#include "analysis/function_source.h"

#include "pg/text.h"

namespace ddlguard {

namespace {

/* The last of its options of that name; null: it has none. */
const DefElem *OptionOf(const CreateFunctionStmt *stmt, const char *name) {
  const DefElem *found = nullptr;
  for (const DefElem *option : Each<const DefElem>(stmt->options))
    if (Equal(option->defname, name)) found = option;
  return found;
}

bool IsIn(const CreateFunctionStmt *stmt, const char *language) {
  const DefElem *option = OptionOf(stmt, "language");
  return option != nullptr && Equal(strVal(option->arg), language);
}

const char *SourceIn(HeapTuple function) {
  bool isnull;
  const Datum source = SysCacheGetAttr(PROCOID, function, Anum_pg_proc_prosrc, &isnull);
  return isnull ? nullptr : TextDatumGetCString(source);
}

Oid LanguageOf(HeapTuple function) { return reinterpret_cast<Form_pg_proc>(GETSTRUCT(function))->prolang; }

}  // namespace

const char *WrittenSource(const CreateFunctionStmt *stmt) {
  const DefElem *body = OptionOf(stmt, "as");
  if (body == nullptr || body->arg == nullptr || !IsA(body->arg, List)) return nullptr;
  auto *texts = reinterpret_cast<const List *>(body->arg);
  return list_length(texts) == 1 ? strVal(linitial(texts)) : nullptr;
}

const char *ReadableSource(const CreateFunctionStmt *stmt) {
  return IsIn(stmt, "sql") || IsIn(stmt, "plpgsql") ? WrittenSource(stmt) : nullptr;
}

const char *ReadableSource(HeapTuple function) {
  const Oid language = LanguageOf(function);
  const bool readable = language == SQLlanguageId || language == get_language_oid("plpgsql", true);
  /* BEGIN ATOMIC is parsed when the function is made. */
  return readable && heap_attisnull(function, Anum_pg_proc_prosqlbody, nullptr) ? SourceIn(function) : nullptr;
}

const char *SourceInPlpgsql(const CreateFunctionStmt *stmt) {
  return IsIn(stmt, "plpgsql") ? WrittenSource(stmt) : nullptr;
}

const char *SourceInPlpgsql(Oid function) {
  HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
  if (!HeapTupleIsValid(tuple)) return nullptr;
  const char *source = LanguageOf(tuple) == get_language_oid("plpgsql", true) ? SourceIn(tuple) : nullptr;
  ReleaseSysCache(tuple);
  return source;
}

const char *SourceOf(const Analysis &a, Oid function) {
  if (a.ledger.script) {
    const char *schema = get_namespace_name(get_func_namespace(function));
    if (const ScriptFunction *made = a.ledger.FindFunction(schema, get_func_name(function)))
      return SourceInPlpgsql(made->stmt);
  }
  return SourceInPlpgsql(function);
}

const char *SourceOfTrigger(const Analysis &a, const CreateTrigStmt *stmt) {
  if (a.ledger.script) {
    const RangeVar *name = makeRangeVarFromNameList(stmt->funcname);
    if (const ScriptFunction *made = a.ledger.FindFunction(SchemaOfNew(name), name->relname))
      return SourceInPlpgsql(made->stmt);
  }
  Oid function = LookupFuncName(stmt->funcname, 0, nullptr, true);
  return OidIsValid(function) ? SourceInPlpgsql(function) : nullptr;
}

}  // namespace ddlguard
