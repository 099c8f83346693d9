/*
 * Functions that run with their owner's rights.
 *
 * The caller's search_path decides what the names in such a function mean, unless it sets its own; and
 * temporary objects, which anybody can make, are found first unless pg_temp stands last in it.  Names
 * in a body that is parsed when the function is made (BEGIN ATOMIC) mean what they meant then.
 */
#include "analysis/function_path.h"
#include "analysis/named_object.h"
#include "analysis/objects.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

const DefElem *LastOption(const List *options, const char *name) {
  const DefElem *found = nullptr;
  for (const DefElem *option : Each<const DefElem>(options))
    if (Equal(option->defname, name)) found = option;
  return found;
}

bool IsSafePath(const char *path) {
  if (path == nullptr) return false;
  List *schemas = NIL;
  if (!SplitIdentifierString(pstrdup(path), ',', &schemas)) return false;
  if (schemas == NIL) return true;
  const char *last = static_cast<const char *>(llast(schemas));
  return *last == '\0' || Equal(last, "pg_temp");
}

bool IsOn(const DefElem *option) { return option != nullptr && boolVal(option->arg); }

/* path: what the statement sets it to; null: it does not. */
void AddToFunctionOfScript(Analysis &a, const AlterFunctionStmt *stmt, bool definer, const char **path) {
  const RangeVar *name = makeRangeVarFromNameList(stmt->func->objname);
  const ScriptFunction *made = a.ledger.script ? a.ledger.FindFunction(SchemaOfNew(name), name->relname) : nullptr;
  if (made == nullptr || made->stmt->sql_body != nullptr || !definer) return;
  const char *set = nullptr;
  PathInStatement(made->stmt->options, &set);
  if (path != nullptr) set = *path;
  if (!IsSafePath(set))
    a.Add({.why = Why::security_definer_search_path,
           .target = a.LookObject(ProcedureRelationId, InvalidOid, made->schema, made->name)});
}

}  // namespace

void AddFunctionSecurity(Analysis &a, const CreateFunctionStmt *stmt, const char *schema, const char *name) {
  const DefElem *language = LastOption(stmt->options, "language");
  const char *written_in = language == nullptr ? "sql" : strVal(language->arg);
  if (IsOn(LastOption(stmt->options, "security")) && stmt->sql_body == nullptr && !Equal(written_in, "c") &&
      !Equal(written_in, "internal")) {
    const char *path = nullptr;
    PathInStatement(stmt->options, &path);
    if (!IsSafePath(path))
      a.Add({.why = Why::security_definer_search_path,
             .target = a.LookObject(ProcedureRelationId, InvalidOid, schema, name),
             .fact = path == nullptr ? nullptr : Format("its search_path is {}", path)});
  }
}

void AddFunctionSecurity(Analysis &a, const AlterFunctionStmt *stmt) {
  const DefElem *security = LastOption(stmt->actions, "security");
  const char *path = nullptr;
  const bool sets_path = PathInStatement(stmt->actions, &path);
  if (security == nullptr && !sets_path) return;
  NamedObject function = FindObject(a, stmt->objtype, reinterpret_cast<const Node *>(stmt->func), NoLock);
  if (!function.Found()) return AddToFunctionOfScript(a, stmt, IsOn(security), sets_path ? &path : nullptr);
  if (!MayAlter(function)) return;
  HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function.address.objectId));
  if (!HeapTupleIsValid(tuple)) return;
  auto form = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple));
  const bool definer = security == nullptr ? form->prosecdef : IsOn(security);
  const bool text = form->prolang != ClanguageId && form->prolang != INTERNALlanguageId &&
                    heap_attisnull(tuple, Anum_pg_proc_prosqlbody, nullptr);
  if (!sets_path) path = PathOf(tuple);
  ReleaseSysCache(tuple);
  if (!definer || !text || IsSafePath(path)) return;
  a.Add({.why = Why::security_definer_search_path,
         .target = function.target,
         .fact = path == nullptr ? nullptr : Format("its search_path is {}", path)});
}

}  // namespace ddlguard
