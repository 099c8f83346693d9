/*
 * See mend.h.  Deferred effects live in TopTransactionContext and are forgotten, not freed, at its end.
 */
#include "analysis/mend.h"

#include "analysis/analysis.h"
#include "analysis/enums.h"
#include "analysis/filled_columns.h"
#include "analysis/row_access.h"
#include "analysis/view_privileges.h"
#include "analysis/view_writes.h"
#include "pg/catalog.h"
#include "pg/text.h"
#include "rules/rules.h"

namespace ddlguard {

namespace {

Array<Deferred> deferred_effects;

/* A view that is gone has its own finding. */
bool OwnerMayRead(const ObjectAddress &view) {
  const Oid owner = ReadAcl(view).owner;
  return !OidIsValid(owner) || !OidIsValid(UnreadableBy(view.objectId, owner));
}

bool IsStopped(const Mend &mend) {
  const Oid table = mend.object.objectId;
  for (const StoppedRole &each : StoppedRoles(table, PoliciesOf(table), ReadRowSecurity(table).forced))
    if (each.role == mend.grantee && (each.privileges & mend.privileges) != 0) return true;
  return false;
}

AclMode HeldOnColumn(Oid relation, const char *column, Oid grantee) {
  HeapTuple tuple = SearchSysCacheAttName(relation, column);
  if (!HeapTupleIsValid(tuple)) return 0;
  bool isnull;
  Datum acl = SysCacheGetAttr(ATTNAME, tuple, Anum_pg_attribute_attacl, &isnull);
  const AclMode held = isnull ? 0 : Held(DatumGetAclPCopy(acl), grantee, InvalidOid);
  ReleaseSysCache(tuple);
  return held;
}

bool PrivilegesAreBack(const Mend &mend) {
  const AclSource now = ReadAcl(mend.object);
  if (now.acl == nullptr) return true; /* the object itself is gone, and said elsewhere */
  if (mend.grantee != ACL_ID_PUBLIC && !SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(mend.grantee))) return true;
  AclMode held = HeldBy(now, mend.grantee);
  if (mend.column != nullptr) held |= HeldOnColumn(mend.object.objectId, mend.column, mend.grantee);
  return (mend.privileges & ~held) == 0;
}

bool ViewIsBack(const Target *view, const Mend &mend) {
  Oid schema = get_namespace_oid(view->schema, true);
  Oid relation = OidIsValid(schema) ? get_relname_relid(view->name, schema) : InvalidOid;
  if (!OidIsValid(relation)) return false;
  for (const NamedColumn &column : mend.columns)
    if (get_atttype(relation, get_attnum(relation, column.name)) != column.type) return false;
  return KeepsPrivileges(mend.acl, ReadAcl({RelationRelationId, relation, 0}));
}

bool FunctionIsBack(const Target *function, const Mend &mend) {
  Oid schema = get_namespace_oid(function->schema, true);
  if (!OidIsValid(schema)) return false;
  Oid made = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(function->name),
                             PointerGetDatum(mend.arguments), ObjectIdGetDatum(schema));
  return OidIsValid(made) && get_func_rettype(made) == mend.result &&
         KeepsPrivileges(mend.acl, ReadAcl({ProcedureRelationId, made, 0}));
}

/* A view that is gone has its own finding. */
bool WritesAreBack(const Mend &mend) {
  if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(mend.object.objectId))) return true;
  return (mend.writes & ~WritesOfView(mend.object.objectId, ForeignTables::are_written).All()) == 0;
}

/* An object of the same name (a cast: of the same types). */
bool ObjectIsBack(const Mend &mend) {
  if (mend.object.classId == CastRelationId)
    return SearchSysCacheExists2(CASTSOURCETARGET, ObjectIdGetDatum(mend.arguments->values[0]),
                                 ObjectIdGetDatum(mend.arguments->values[1]));
  const NamedColumn &name = mend.columns[0];
  const Datum text = CStringGetDatum(name.name), schema = ObjectIdGetDatum(name.type);
  if (mend.object.classId == OperatorRelationId)
    return SearchSysCacheExists4(OPERNAMENSP, text, ObjectIdGetDatum(mend.arguments->values[0]),
                                 ObjectIdGetDatum(mend.arguments->values[1]), schema);
  if (mend.object.classId == TSConfigRelationId) return SearchSysCacheExists2(TSCONFIGNAMENSP, text, schema);
  return SearchSysCacheExists3(COLLNAMEENCNSP, text, Int32GetDatum(-1), schema) ||
         SearchSysCacheExists3(COLLNAMEENCNSP, text, Int32GetDatum(GetDatabaseEncoding()), schema);
}

/* The enum that has the name of the renamed one now. */
Oid EnumInPlace(const Target *type) {
  const Oid schema = get_namespace_oid(type->schema, true);
  const Oid made =
      GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum(type->name), ObjectIdGetDatum(schema));
  return type_is_enum(made) ? made : InvalidOid;
}

/* The enum as it was before the transaction renamed it; null: it has not. */
const Target *RenamedEnum(Oid type) {
  for (const Deferred &each : deferred_effects)
    if (each.effect.why == Why::rename_type && each.mend.object.objectId == type) return each.effect.target;
  return nullptr;
}

/* With all of its values; and what is dropped has no user left. */
bool EnumIsBack(const Target *type, const Mend &mend) {
  const Oid made = EnumInPlace(type);
  if (!OidIsValid(made) || SearchSysCacheExists1(TYPEOID, ObjectIdGetDatum(mend.object.objectId))) return false;
  for (const NamedColumn &label : mend.columns)
    if (!HasLabel(made, label.name)) return false;
  return true;
}

/* A column of a view is never NOT NULL itself. */
bool DefaultIsBack(const ObjectAddress &column) {
  HeapTuple tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(column.objectId), Int16GetDatum(column.objectSubId));
  if (!HeapTupleIsValid(tuple)) return true; /* said elsewhere */
  auto form = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
  const bool back = form->attisdropped || form->atthasdef || form->attidentity != '\0' ||
                    (!form->attnotnull && get_rel_relkind(column.objectId) != RELKIND_VIEW);
  ReleaseSysCache(tuple);
  return back;
}

const char *Copy(const char *text) { return text == nullptr ? nullptr : pstrdup(text); }

const Target *Copy(const Target *target) {
  if (target == nullptr) return nullptr;
  auto *copy = static_cast<Target *>(palloc(sizeof(Target)));
  *copy = *target;
  copy->schema = Copy(target->schema);
  copy->name = Copy(target->name);
  copy->descendants = {};
  return copy;
}

AclSource Copy(const AclSource &source) {
  if (source.acl == nullptr) return source;
  auto *acl = static_cast<Acl *>(palloc(VARSIZE(source.acl)));
  memcpy(acl, source.acl, VARSIZE(source.acl));
  return {source.owner, acl};
}

}  // namespace

bool AddMendable(Analysis &a, const Effect &effect, const Mend &mend) {
  if (!IsFinding(effect)) {
    a.Add(effect);
    return true;
  }
  const bool aside = !a.ledger.script && a.may_set_aside;
  if (!aside && !(a.ledger.script && WillBeMended(a, effect, mend))) {
    a.Add(effect);
    return true;
  }
  if (effect.lock != NoLock) a.Add({.target = effect.target, .lock = effect.lock, .below = effect.below});
  if (!aside) return false;
  Deferred &deferred = a.set_aside.Add({});
  deferred.effect = effect;
  deferred.effect.size = effect.Extent(); /* as it is before the statement runs */
  deferred.mend = mend;
  return false;
}

Mend MendOfView(const Target *view) {
  Mend mend;
  mend.acl = ReadAcl({RelationRelationId, view->oid, 0});
  Relation rel = OpenUnlocked(view->oid);
  if (rel == nullptr) return mend;
  TupleDesc shape = RelationGetDescr(rel);
  for (int i = 0; i < shape->natts; ++i) {
    Form_pg_attribute column = TupleDescAttr(shape, i);
    if (!column->attisdropped) mend.columns.Add({pstrdup(NameStr(column->attname)), column->atttypid});
  }
  CloseUnlocked(rel);
  return mend;
}

Mend MendOfFunction(Oid function) {
  Mend mend;
  HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
  if (!HeapTupleIsValid(tuple)) return mend;
  auto form = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple));
  mend.arguments = buildoidvector(form->proargtypes.values, form->pronargs);
  mend.result = form->prorettype;
  ReleaseSysCache(tuple);
  mend.acl = ReadAcl({ProcedureRelationId, function, 0});
  return mend;
}

Mend MendOfEnum(Oid type, const char *new_name) {
  Mend mend;
  mend.object = {TypeRelationId, type, 0};
  mend.column = new_name;
  for (const char *label : LabelsOf(type)) mend.columns.Add({label, InvalidOid});
  return mend;
}

bool TakesPlaceOf(Oid type, Oid renamed) {
  const Target *enumeration = RenamedEnum(renamed);
  return enumeration != nullptr && EnumInPlace(enumeration) == type;
}

bool IsMended(const Effect &effect, const Mend &mend) {
  switch (effect.why) {
    case Why::rls_enable_without_policy:
      return !ReadRowSecurity(mend.object.objectId).enabled || HasPermissivePolicy(PoliciesOf(mend.object.objectId));
    case Why::row_security_stops_role:
      return !ReadRowSecurity(mend.object.objectId).enabled || !IsStopped(mend);
    case Why::security_invoker_breaks_view:
      return InvokersMayRead(mend.object.objectId);
    case Why::owner_change_breaks_view:
      return OwnerMayRead(mend.object);
    case Why::policy_without_rls:
      return ReadRowSecurity(mend.object.objectId).enabled || PoliciesOf(mend.object.objectId).Empty();
    case Why::revoke_breaks_clients:
      return PrivilegesAreBack(mend);
    case Why::drop_view_or_matview:
      return ViewIsBack(effect.target, mend);
    case Why::drop_function_in_use:
    case Why::rename_function:
      return FunctionIsBack(effect.target, mend);
    case Why::rename_type:
      return EnumIsBack(effect.target, mend);
    case Why::drop_default_on_not_null:
      return DefaultIsBack(mend.object);
    case Why::drop_other_object:
      return ObjectIsBack(mend);
    case Why::view_refuses_writes:
      return WritesAreBack(mend);
    case Why::drop_trigger_fills_column:
      return AreFilled(mend.object.objectId, mend.columns);
    default:
      return false;
  }
}

void Defer(const Analysis &a, const char *statement, int64 approval) {
  if (a.set_aside.Empty()) return;
  MemoryContext old = MemoryContextSwitchTo(TopTransactionContext);
  const char *text = pstrdup(statement);
  for (const Deferred &each : a.set_aside) {
    Deferred &kept = deferred_effects.Add(each);
    kept.effect.target = Copy(each.effect.target);
    kept.effect.other = Copy(each.effect.other);
    kept.effect.column = Copy(each.effect.column);
    kept.effect.fact = Copy(each.effect.fact);
    kept.effect.node = nullptr;
    kept.mend.column = Copy(each.mend.column);
    kept.mend.columns = {};
    for (const NamedColumn &column : each.mend.columns) kept.mend.columns.Add({pstrdup(column.name), column.type});
    if (each.mend.arguments != nullptr)
      kept.mend.arguments = buildoidvector(each.mend.arguments->values, each.mend.arguments->dim1);
    kept.mend.acl = Copy(each.mend.acl);
    kept.statement = text;
    kept.approval = approval;
    kept.subxact = GetCurrentSubTransactionId();
  }
  MemoryContextSwitchTo(old);
}

const Array<Deferred> &DeferredEffects() { return deferred_effects; }

void ForgetDeferred() { deferred_effects = {}; }

/* A subtransaction begun later has a greater id. */
void ForgetDeferredSince(SubTransactionId subxact) {
  int kept = 0;
  for (const Deferred &each : deferred_effects)
    if (each.subxact < subxact) deferred_effects[kept++] = each;
  deferred_effects.count = kept;
}

}  // namespace ddlguard
