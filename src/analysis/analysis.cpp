/*
 * The analysis of one statement: names, targets, effects.  Routing to the families is in route.cpp.
 */
#include "analysis/analysis.h"

#include "analysis/database_use.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

/* System catalogs, information_schema and TOAST tables are none of our business; such targets pass for temporary. */
bool IsForeignTerritory(Form_pg_class form) {
  return form->oid < FirstNormalObjectId || form->relnamespace == PG_TOAST_NAMESPACE;
}

/*
 * In the script of an extension, what belongs to that extension, or did until the script said ALTER EXTENSION ... DROP:
 * its update replaces functions, types and views as the new version has them.  Not its tables, which hold what users
 * have put there.
 */
bool IsOfRunningExtension(const Ledger &ledger, Oid classid, Oid object) {
  if (!creating_extension || !OidIsValid(object)) return false;
  return getExtensionOfObject(classid, object) == CurrentExtensionObject ||
         Includes(ledger.released, {classid, object, 0});
}

struct TargetEntry {
  Oid oid;
  Target *target;
};

constexpr int kFewTargets = 16;

}  // namespace

Target *Analysis::Known(Oid relation) const {
  if (targets_by_oid_ != nullptr) {
    auto *entry = static_cast<TargetEntry *>(hash_search(targets_by_oid_, &relation, HASH_FIND, nullptr));
    return entry == nullptr ? nullptr : entry->target;
  }
  for (Target *each : targets_)
    if (each->oid == relation) return each;
  return nullptr;
}

void Analysis::Remember(Target *relation) {
  if (targets_by_oid_ == nullptr && targets_.count < kFewTargets) {
    targets_.Add(relation);
    return;
  }
  auto enter = [this](Target *target) {
    static_cast<TargetEntry *>(hash_search(targets_by_oid_, &target->oid, HASH_ENTER, nullptr))->target = target;
  };
  if (targets_by_oid_ == nullptr) {
    HASHCTL control = {};
    control.keysize = sizeof(Oid);
    control.entrysize = sizeof(TargetEntry);
    control.hcxt = CurrentMemoryContext;
    targets_by_oid_ = hash_create("ddlguard targets", 256, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
    for (Target *each : targets_) enter(each);
  }
  enter(relation);
}

const Target *Analysis::Look(Oid relation, bool recurse) {
  Target *target = Known(relation);
  if (target == nullptr) {
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
    if (!HeapTupleIsValid(tuple)) return nullptr;
    auto form = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
    target = new (palloc(sizeof(Target))) Target();
    target->classid = RelationRelationId;
    target->oid = relation;
    target->namespace_oid = form->relnamespace;
    target->owner = form->relowner;
    target->access_method = form->relam;
    target->schema = get_namespace_name(form->relnamespace);
    target->name = pstrdup(NameStr(form->relname));
    target->relkind = form->relkind;
    target->persistence = IsForeignTerritory(form) ? RELPERSISTENCE_TEMP : form->relpersistence;
    target->partition = form->relispartition;
    target->parent = form->relhassubclass;
    target->fresh = RelationIsFresh(tuple);
    target->storage = Storage(form);
    /* A partition is known to clients by its parent. */
    target->settled = form->reltuples >= 0 && !form->relispartition && !target->ServesOthers();
    if (target->schema == nullptr) target->schema = "";
    if (target->relkind == RELKIND_VIEW && IsOfRunningExtension(ledger, RelationRelationId, relation))
      target->persistence = RELPERSISTENCE_TEMP;
    ReleaseSysCache(tuple);
    Remember(target);
    if (!target->fresh && target->ServesOthers()) LookAtServed(target);
  }

  if (recurse && !target->recursed) target->SetDescendants(target->parent ? DescendantsOf(relation) : Array<Oid>());
  return target;
}

/* A view, index or sequence matters as much as the relations that it serves; one that serves none that we know may
 * matter to anybody, in a database in use.  A sequence that has given no value, in a schema where no table is in use,
 * is as good as an empty table. */
void Analysis::LookAtServed(Target *target) {
  check_stack_depth(); /* views of views */
  bool serves = false;
  for (Oid relation : RelationsServedBy(target->oid, target->relkind)) {
    const Target *served = Look(relation, true);
    if (served == nullptr) continue;
    serves = true;
    target->inhabited = target->inhabited || served->Live();
    target->settled = target->settled || served->Settled();
  }
  if (serves) return;
  int64 last;
  const bool sequence = target->relkind == RELKIND_SEQUENCE;
  target->inhabited = (sequence && SequenceLastValue(target->oid, &last, true)) ||
                      (sequence ? SchemaInUse(target->namespace_oid) : DatabaseInUse());
}

void Analysis::LookBelow(const Target *relation) {
  Target *target = Known(relation->oid);
  if (target == nullptr || target->recursed) return;
  for (Oid child : DescendantsOf(relation->oid)) {
    const Target *below = Look(child);
    if (below != nullptr && below->Shared() && below->Own().blocks > 0) {
      target->inhabited = true;
      return;
    }
  }
}

const Target *Analysis::LookObject(Oid classid, Oid oid, const char *schema, const char *name) {
  auto *target = new (palloc(sizeof(Target))) Target();
  target->classid = classid;
  target->oid = oid;
  target->schema = schema;
  target->name = name;
  target->fresh = !OidIsValid(oid) ? ledger.script : CreatedInTransaction(classid, oid, 0);
  if (classid == RelationRelationId && !OidIsValid(oid)) target->fresh = true;
  if (IsOfRunningExtension(ledger, classid, oid)) target->persistence = RELPERSISTENCE_TEMP;
  return target;
}

const Target *Analysis::Resolve(const RangeVar *name, LOCKMODE lock) {
  if (name == nullptr) return nullptr;
  if (name->catalogname != nullptr && !Equal(name->catalogname, get_database_name(MyDatabaseId))) return nullptr;

  if (ledger.script) {
    /* A script's own names come before the catalog's. */
    const char *schema = name->schemaname;
    if (schema == nullptr) {
      List *path = fetch_search_path(false);
      schema = path == NIL ? "public" : get_namespace_name(linitial_oid(path));
      /* An unqualified name that the catalog finds elsewhere on the path keeps that schema. */
      Oid found = RangeVarGetRelid(name, NoLock, true);
      if (OidIsValid(found)) schema = get_namespace_name(get_rel_namespace(found));
    }
    const ScriptRelation *made = name->schemaname == nullptr ? ledger.FindRelation("pg_temp", name->relname) : nullptr;
    if (made == nullptr || made->gone) made = ledger.FindRelation(schema, name->relname);
    if (made != nullptr) {
      if (made->gone) return nullptr;
      if (OidIsValid(made->oid)) {
        const Target *target = Look(made->oid);
        if (target != nullptr) names.Add({name, made->oid, lock});
        return target;
      }
      auto *target = const_cast<Target *>(LookObject(RelationRelationId, InvalidOid, made->schema, made->name));
      target->relkind = made->relkind;
      target->persistence = made->persistence;
      target->SetSize(made->size);
      return target;
    }
  }

  Oid relation = RangeVarGetRelid(name, NoLock, true);
  if (!OidIsValid(relation)) return nullptr;
  const Target *target = Look(relation);
  if (target != nullptr) names.Add({name, relation, lock});
  return target;
}

Effect &Analysis::Add(const Effect &effect) {
  Effect &added = effects.Add(effect);
  if (added.target == nullptr || added.target->descendants.count == 0) added.below = NoLock;
  else if (added.below == Effect::kSameLock) added.below = added.lock;
  if (added.size.from == GivenSize::From::target && added.target != nullptr)
    added.size.from = added.target->recursed ? GivenSize::From::tree : GivenSize::From::own;
  return added;
}

namespace {
bool acting_as_superuser = false;
}  // namespace

Oid ActingRole() { return acting_as_superuser ? BOOTSTRAP_SUPERUSERID : GetUserId(); }
void ActAsSuperuser(bool begin) { acting_as_superuser = begin; }

}  // namespace ddlguard
