#include "policy/policy.h"

#include "pg/catalog.h"
#include "pg/text.h"
#include "policy/argument.h"
#include "policy/cache.h"
#include "policy/settings.h"

namespace ddlguard {

const char *ActionName(Action action) {
  switch (action) {
    case Action::allow:
      return "allow";
    case Action::log:
      return "log";
    case Action::warn:
      return "warn";
    case Action::reject:
      return "reject";
  }
  return "";
}

Asker CurrentAsker() {
  const char *role = GetUserNameFromId(GetSessionUserId(), true);
  return {role == nullptr ? "" : role, application_name == nullptr ? "" : application_name};
}

namespace {

/* Where the table is found by its name, until a name on the way there comes to mean something else. */
struct Place {
  bool valid = false;
  bool changed = false; /* while it was looked for */
  Oid relation = InvalidOid;
  uint32 schema_hash = 0;
  uint32 table_hash = 0;
};
Place place;

void NameChanged(Datum, SysCacheNumber cache, uint32 hash) {
  if (hash == 0 || hash == (cache == NAMESPACENAME ? place.schema_hash : place.table_hash)) {
    place.valid = false;
    place.changed = true;
  }
}

Oid FindByName() {
  if (place.valid) return place.relation;
  place.changed = false;
  place.schema_hash = GetSysCacheHashValue1(NAMESPACENAME, CStringGetDatum("ddlguard"));
  const Oid schema = get_namespace_oid("ddlguard", true);
  place.table_hash = GetSysCacheHashValue2(RELNAMENSP, CStringGetDatum("policy"), ObjectIdGetDatum(schema));
  place.relation = OidIsValid(schema) ? get_relname_relid("policy", schema) : InvalidOid;
  place.valid = !place.changed; /* not before: a look-up may fail */
  return place.relation;
}

}  // namespace

/*
 * By name, since there is nothing else to start from; that the table belongs to the extension is
 * verified once for each oid, and again when anything about the table changed, so that a schema that
 * a user calls ddlguard switches nothing on.
 */
Oid PolicyRelation() {
  static struct {
    Oid relation;
    uint64 generation;
    bool ours;
  } verified = {InvalidOid, 0, false};

  /* Lookups of names read no messages, and a statement in a transaction block must see what other
   * sessions committed since the last one. */
  AcceptInvalidationMessages();
  const Oid relation = FindByName();
  if (!OidIsValid(relation)) return InvalidOid;

  if (verified.relation != relation || verified.generation != PolicyGeneration()) {
    WatchRelation(relation);
    uint64 generation = PolicyGeneration();
    verified = {relation, generation, BelongsToExtension(RelationRelationId, relation)};
  }
  return verified.ours ? relation : InvalidOid;
}

/* get_extension_oid() reads a catalog, so it is asked only where a schema of that name is without the table. */
bool PoliciesLost() {
  return OidIsValid(get_namespace_oid("ddlguard", true)) && !OidIsValid(PolicyRelation()) &&
         OidIsValid(get_extension_oid("ddlguard", true));
}

namespace {

constexpr const char *kLost = "extension ddlguard is installed, but has no such table";

[[noreturn]] void RefuseUnread(const char *failure, const Source *running) {
  const char *detail = Format("Table ddlguard.policy could not be read: {}.", failure);
  RefuseUndecided(
      {detail, "ddlguard cannot decide: policy table is locked or unreadable", detail,
       Equal(failure, kPoliciesLocked)
           ? "Try again. Table pg_locks shows who holds the lock."
           : "Writing the table's rows is not refused, nor is what no rule minds. A superuser can let the rest "
             "pass meanwhile, on record: SET ddlguard.fail_mode = open."},
      running == nullptr ? nullptr : running->Text());
}

}  // namespace

Decision Decide(const Rule &rule, const char *schema, const char *name, Size size, const Measured *measured,
                const Blocking &blocking, const Asker &asker, const Source *running) {
  Decision decision;
  if (rule.Convention()) decision.action = Action::allow;
  Oid table = PolicyRelation();
  if (!OidIsValid(table) && !PoliciesLost()) return decision;

  const char *failure = kLost;
  const PolicyView *view = OidIsValid(table) ? ViewFor(table, asker, &failure) : nullptr;
  if (view == nullptr) {
    if (CurrentMode() == Mode::observe) return decision;
    /* Within the rule's own limit: only a row with a narrower one would mind. */
    if (measured != nullptr && !Breaks(rule, nullptr, *measured)) return decision;
    if (CurrentFailMode() == FailMode::closed) RefuseUnread(failure, running);
    decision.undecided = failure;
    return decision;
  }

  Question question = {rule, Subject(schema), Subject(name), size, measured, blocking};
  const PolicyRow *row = view->Find(question);
  if (row == nullptr) return decision;
  decision.action = row->action;
  decision.policy_id = row->id;
  decision.priority = row->priority;
  decision.policy_comment = row->comment == nullptr ? nullptr : pstrdup(row->comment);
  decision.no_bypass = row->no_bypass;
  decision.lock_hold = row->lock_hold;
  decision.by_application = row->application.kind != Pattern::Kind::any;
  decision.argument = row->argument == nullptr ? rule.parameter.fallback : pstrdup(row->argument);
  return decision;
}

RuleSet SwitchedOn(const Asker &asker) {
  Oid table = PolicyRelation();
  const char *failure;
  const PolicyView *view = OidIsValid(table) ? ViewFor(table, asker, &failure) : nullptr;
  return view == nullptr ? RuleSet() : view->conventions;
}

RuleSet SwitchedOn() {
  AcceptInvalidationMessages(); /* as in PolicyRelation() */
  const PolicyView *view = place.valid ? CurrentView() : nullptr;
  return view == nullptr ? SwitchedOn(CurrentAsker()) : view->conventions;
}

bool MayBeOn(Why convention) {
  const PolicyView *view = CurrentView();
  return view == nullptr || view->conventions.Has(convention);
}

PolicySummary SummarizePolicies(const Asker &asker) {
  PolicySummary summary;
  Oid table = PolicyRelation();
  if (!OidIsValid(table)) {
    if (PoliciesLost()) summary.failure = kLost;
    return summary;
  }
  const PolicyView *view = ViewFor(table, asker, &summary.failure);
  if (view == nullptr) return summary;
  summary.by_application = CachedRowsByApplication();
  summary.refusing = CachedRefusingRows();
  summary.readable = true;
  summary.rows = CachedRowCount();
  summary.conventions = view->conventions.Count();
  summary.exempted_by = view->exemption == nullptr ? 0 : view->exemption->id;
  return summary;
}

void PolicyInit() {
  CacheInit();
  CacheRegisterSyscacheCallback(NAMESPACENAME, NameChanged, static_cast<Datum>(0));
  CacheRegisterSyscacheCallback(RELNAMENSP, NameChanged, static_cast<Datum>(0));
}

}  // namespace ddlguard
