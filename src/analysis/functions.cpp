/*
 * CREATE and ALTER FUNCTION.
 *
 * A new body is safe for callers, but not for what was computed with the old one and stored: indexes,
 * checks, generated columns, partition keys.  A new overload is safe unless calls that resolved
 * before cannot be resolved any more; that is tried out with PostgreSQL's own rules.
 */
#include "analysis/dependency.h"
#include "analysis/function_path.h"
#include "analysis/named_object.h"
#include "analysis/objects.h"
#include "analysis/trigger_function.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

constexpr int kMaxSignatures = 16;

struct Signature {
  int args;
  int defaults;
  Oid type[FUNC_MAX_ARGS];
};

/* The schema that a new function goes to; invalid when it does not exist. */
Oid CreationSchema(List *names, const char **name) {
  char *schema = nullptr;
  char *function = nullptr;
  DeconstructQualifiedName(names, &schema, &function);
  *name = function;
  if (schema != nullptr) return get_namespace_oid(schema, true);
  List *path = fetch_search_path(false);
  return path == NIL ? InvalidOid : linitial_oid(path);
}

/* False: a type that does not exist, or too many of them. */
bool ReadSignature(const List *parameters, Signature *signature) {
  signature->args = signature->defaults = 0;
  for (const FunctionParameter *parameter : Each<const FunctionParameter>(parameters)) {
    if (parameter->mode == FUNC_PARAM_OUT || parameter->mode == FUNC_PARAM_TABLE) continue;
    /* column%TYPE is looked up once only: the lookup tells the client. */
    if (signature->args == FUNC_MAX_ARGS || parameter->argType->pct_type) return false;
    Oid type = LookupTypeNameOid(nullptr, parameter->argType, true);
    if (!OidIsValid(type)) return false;
    signature->type[signature->args++] = type;
    if (parameter->defexpr != nullptr) ++signature->defaults;
  }
  return true;
}

const DefElem *Option(const List *options, const char *name) {
  for (const DefElem *option : Each<const DefElem>(options))
    if (Equal(option->defname, name)) return option;
  return nullptr;
}

/* Does anything stored depend on the function's result, and on a live table? */
const Target *StoredUser(Analysis &a, Oid function, const char **fact) {
  const Target *user = nullptr;
  ForEachDependent(ProcedureRelationId, function, -1, [&](Form_pg_depend depend) {
    if (user != nullptr) return;
    Oid table = InvalidOid;
    const char *what = nullptr;
    if (depend->classid == RelationRelationId) {
      char relkind = get_rel_relkind(depend->objid);
      if (relkind == RELKIND_INDEX || relkind == RELKIND_PARTITIONED_INDEX) {
        table = IndexGetRelation(depend->objid, true);
        what = Format("index {} uses it", get_rel_name(depend->objid));
      } else if (relkind == RELKIND_PARTITIONED_TABLE) {
        table = depend->objid;
        what = "the partition key uses it";
      }
    } else if (depend->classid == ConstraintRelationId) {
      HeapTuple tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(depend->objid));
      if (!HeapTupleIsValid(tuple)) return;
      auto form = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple));
      table = form->conrelid;
      what = Format("constraint {} uses it", static_cast<const char *>(NameStr(form->conname)));
      ReleaseSysCache(tuple);
    } else if (depend->classid == AttrDefaultRelationId) {
      ObjectAddress column = GetAttrDefaultColumnAddress(depend->objid);
      if (!OidIsValid(column.objectId) || get_attgenerated(column.objectId, column.objectSubId) == '\0') return;
      table = column.objectId;
      what = Format("generated column {} uses it", ColumnName(column.objectId, column.objectSubId));
    }
    if (!OidIsValid(table)) return;
    const Target *target = a.Look(table, true);
    if (target == nullptr || !target->Live()) return;
    user = target;
    *fact = what;
  });
  return user;
}

void AddChanged(Analysis &a, Oid function) {
  const char *fact = nullptr;
  const Target *user = StoredUser(a, function, &fact);
  if (user == nullptr) return;
  ObjectAddress address = {ProcedureRelationId, function, 0};
  a.Add({.why = Why::function_volatility_change,
         .target = TargetOf(a, address),
         .other = user,
         .fact = Format("{} of {}.{}", fact, user->schema, user->name)});
}

/* Whoever calls it, a default of a column too, is refused from now on. */
void AddRefusal(Analysis &a, Oid function, const char *source) {
  if (source == nullptr || !TriggerBody(source).RaisesAtOnce() || !MayBeCalled(function)) return;
  const char *old_source = SourceInPlpgsql(function);
  if (old_source != nullptr && TriggerBody(old_source).RaisesAtOnce()) return;
  a.Add({.why = Why::function_refuses_calls, .target = TargetOf(a, {ProcedureRelationId, function, 0})});
}

/* Is the new definition, as far as results are concerned, what is there already? */
bool SameDefinition(HeapTuple tuple, const CreateFunctionStmt *stmt) {
  auto form = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple));
  const char *written = WrittenSource(stmt);
  bool isnull;
  Datum source = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &isnull);
  if (isnull || written == nullptr || !Equal(TextDatumGetCString(source), written)) return false;
  const DefElem *volatility = Option(stmt->options, "volatility");
  const char *word = volatility == nullptr ? "volatile" : strVal(volatility->arg);
  return form->provolatile == word[0];
}

/* Which of the functions a call with these argument types means: its position, or -1. */
int Resolve(const Array<Signature> &functions, int count, Oid *inputs, int args) {
  FuncCandidateList raw = nullptr;
  int exact = 0, exact_at = -1;
  for (int i = 0; i < count; ++i) {
    const Signature &each = functions[i];
    if (args > each.args || args < each.args - each.defaults) continue;
    auto candidate =
        static_cast<FuncCandidateList>(palloc0(offsetof(struct _FuncCandidateList, args) + each.args * sizeof(Oid)));
    candidate->oid = i + 1;
    candidate->nominalnargs = candidate->nargs = each.args;
    candidate->ndargs = each.args - args;
    memcpy(candidate->args, each.type, each.args * sizeof(Oid));
    candidate->next = raw;
    raw = candidate;
    if (memcmp(inputs, each.type, args * sizeof(Oid)) == 0) {
      ++exact;
      exact_at = i;
    }
  }
  if (raw == nullptr || exact > 1) return -1;
  if (exact == 1) return exact_at;
  FuncCandidateList fitting = nullptr;
  int matches = func_match_argtypes(args, inputs, raw, &fitting);
  if (matches == 0) return -1;
  if (matches > 1) fitting = func_select_candidate(args, inputs, fitting);
  return fitting == nullptr ? -1 : static_cast<int>(fitting->oid) - 1;
}

/*
 * Would calls that mean an existing function become ambiguous?  Tried with the function's own types,
 * and as literals are written: integers for numbers, untyped strings for the rest.
 */
void AddAmbiguity(Analysis &a, Oid schema, const char *name, const Signature &added) {
  Array<Signature> functions;
  Array<Oid> oids;
  CatCList *list = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(name));
  for (int i = 0; i < list->n_members && functions.count < kMaxSignatures; ++i) {
    auto form = reinterpret_cast<Form_pg_proc>(GETSTRUCT(&list->members[i]->tuple));
    if (form->pronamespace != schema || form->pronargs > FUNC_MAX_ARGS || OidIsValid(form->provariadic)) continue;
    if (!IsCallable(form->oid) || CreatedInTransaction(ProcedureRelationId, form->oid, 0)) continue;
    Signature signature = {form->pronargs, form->pronargdefaults, {}};
    memcpy(signature.type, form->proargtypes.values, form->pronargs * sizeof(Oid));
    functions.Add(signature);
    oids.Add(form->oid);
  }
  ReleaseSysCacheList(list);
  const int old = functions.count;
  functions.Add(added);

  for (int i = 0; i < old; ++i) {
    const Signature each = functions[i];
    for (int args = each.args - each.defaults; args <= each.args; ++args) {
      if (args > added.args || args < added.args - added.defaults) continue;
      for (bool literals : {false, true}) {
        Oid inputs[FUNC_MAX_ARGS];
        for (int k = 0; k < args; ++k) {
          char category;
          bool preferred;
          inputs[k] = each.type[k];
          if (!literals) continue;
          get_type_category_preferred(each.type[k], &category, &preferred);
          inputs[k] = category == TYPCATEGORY_NUMERIC ? INT4OID : UNKNOWNOID;
        }
        if (Resolve(functions, old, inputs, args) != i || Resolve(functions, old + 1, inputs, args) != -1) continue;
        ObjectAddress address = {ProcedureRelationId, oids[i], 0};
        a.Add({.why = Why::function_signature_change,
               .target = TargetOf(a, address),
               .fact = Format("calls of {} would no longer be unique", format_procedure(oids[i]))});
        return;
      }
    }
  }
}

}  // namespace

void AnalyzeCreateFunction(Analysis &a, const CreateFunctionStmt *stmt) {
  const char *name;
  Oid schema = CreationSchema(stmt->funcname, &name);
  if (OidIsValid(schema)) AddFunctionSecurity(a, stmt, get_namespace_name(schema), name);
  Signature signature;
  if (!OidIsValid(schema) || !ReadSignature(stmt->parameters, &signature)) return;
  oidvector *types = buildoidvector(signature.type, signature.args);
  HeapTuple tuple =
      SearchSysCache3(PROCNAMEARGSNSP, CStringGetDatum(name), PointerGetDatum(types), ObjectIdGetDatum(schema));
  if (!HeapTupleIsValid(tuple)) {
    if (!creating_extension) AddAmbiguity(a, schema, name, signature); /* whoever makes it wants its functions */
    return;
  }
  Oid function = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple))->oid;
  const bool replaces = stmt->replace && OwnsObject(ProcedureRelationId, function, ActingRole());
  const bool changes = replaces && !SameDefinition(tuple, stmt);
  ReleaseSysCache(tuple);
  if (replaces) AddPathFault(a, function, stmt->options, ReadableSource(stmt));
  if (!changes) return;
  AddChanged(a, function);
  AddRefusal(a, function, SourceInPlpgsql(stmt));
  AnalyzeTriggerFunction(a, function, SourceInPlpgsql(stmt));
}

void AnalyzeAlterFunction(Analysis &a, const AlterFunctionStmt *stmt) {
  AddFunctionSecurity(a, stmt);
  NamedObject function = FindObject(a, stmt->objtype, reinterpret_cast<const Node *>(stmt->func), NoLock);
  if (!function.Found() || !MayAlter(function)) return;
  if (Option(stmt->actions, "volatility") != nullptr || Option(stmt->actions, "strict") != nullptr)
    AddChanged(a, function.address.objectId);
  AddPathFault(a, function.address.objectId, stmt->actions, nullptr);
}

}  // namespace ddlguard
