/*
 * guard_tampering by settings that outlast the session: ALTER SYSTEM, ALTER ROLE, ALTER DATABASE, and GRANT ON
 * PARAMETER, which hands them to others.  (SET in a session is for PostgreSQL to permit, and is logged:
 * policy/settings.cpp.)
 *
 * A value that makes the guard weaker than it is now is tampering; so is a RESET of one that may be what keeps it
 * strong, since the value behind it is not known.
 */
#include "analysis/tampering.h"

#include "pg/catalog.h"
#include "pg/text.h"
#include "policy/settings.h"

namespace ddlguard {

namespace {

/* "ddlguard", "$libdir/ddlguard.so" ...: an element of a list of libraries. */
bool NamesGuard(const char *library) {
  const char *slash = strrchr(library, '/');
  const char *name = slash == nullptr ? library : slash + 1;
  return Equal(name, "ddlguard") || Equal(name, "ddlguard.so");
}

bool LoadsGuard(const char *libraries) {
  List *names = NIL;
  if (!SplitDirectoriesString(pstrdup(libraries), ',', &names)) return true; /* PostgreSQL will refuse it */
  for (const void *each : Each<const void>(names))
    if (NamesGuard(static_cast<const char *>(each))) return true;
  return false;
}

/* Does a setting matter here, and would the value loosen the guard?  value null: whatever is behind it. */
struct Watched {
  const char *name;
  bool (*loosens)(const char *value);
  bool (*protects)(const char *value); /* a RESET of this value may loosen it */
};

/* In mode off nothing is judged but by check(), which answers as if it were not. */
Mode ModeHere() { return CurrentMode() == Mode::off ? Mode::enforce : CurrentMode(); }

bool ModeLoosens(const char *value) {
  Mode mode;
  return ParseMode(value, &mode) && mode < ModeHere();
}

bool ModeProtects(const char *value) {
  Mode mode;
  return ParseMode(value, &mode) && mode == Mode::enforce;
}

bool IsOpen(const char *value) { return pg_strcasecmp(value, "open") == 0; }
bool FailModeLoosens(const char *value) { return IsOpen(value) && CurrentFailMode() == FailMode::closed; }
bool FailModeProtects(const char *value) { return !IsOpen(value); }
bool IsGiven(const char *value) { return *value != '\0'; }
bool IsNothing(const char *) { return false; }
bool PatternLoosens(const char *value) { return *BypassPattern() != '\0' && !Equal(value, BypassPattern()); }
bool FourEyesLoosens(const char *value) {
  bool on;
  return ApprovalNeedsFourEyes() && parse_bool(value, &on) && !on;
}
bool FourEyesProtects(const char *value) {
  bool on;
  return parse_bool(value, &on) && on;
}
/* A shorter memory would delete what is on record. */
bool RetentionLoosens(const char *value) {
  int minutes;
  return parse_int(value, &minutes, GUC_UNIT_MIN, nullptr) && minutes > 0 &&
         (EventRetentionMinutes() == 0 || minutes < EventRetentionMinutes());
}

bool PreloadLoosens(const char *value) { return !LoadsGuard(value); }

constexpr Watched kWatched[] = {
    {"ddlguard.approval_four_eyes", FourEyesLoosens, FourEyesProtects},
    {"ddlguard.bypass", IsGiven, IsNothing},
    {"ddlguard.bypass_pattern", PatternLoosens, IsGiven},
    {"ddlguard.event_retention", RetentionLoosens, IsNothing},
    {"ddlguard.fail_mode", FailModeLoosens, FailModeProtects},
    {"ddlguard.mode", ModeLoosens, ModeProtects},
    {"shared_preload_libraries", PreloadLoosens, LoadsGuard},
};

const Watched *FindWatched(const char *name) {
  if (name == nullptr) return nullptr;
  for (const Watched &each : kWatched)
    if (pg_strcasecmp(each.name, name) == 0) return &each;
  return nullptr;
}

/* ---- what is stored now ---- */

/* In postgresql.auto.conf, which ALTER SYSTEM writes; null: nothing. */
const char *StoredForServer(const char *name) {
  FILE *file = AllocateFile(PG_AUTOCONF_FILENAME, "r");
  if (file == nullptr) return nullptr;
  ConfigVariable *head = nullptr, *tail = nullptr;
  ParseConfigFp(file, PG_AUTOCONF_FILENAME, 0, LOG, &head, &tail);
  FreeFile(file);
  const char *value = nullptr;
  for (const ConfigVariable *item = head; item != nullptr; item = item->next)
    if (item->name != nullptr && pg_strcasecmp(item->name, name) == 0) value = item->value;
  return value;
}

struct Stored {
  bool server;
  Oid database; /* see StoredSetting() */
  Oid role;

  const char *Value(const char *name) const {
    return server ? StoredForServer(name) : StoredSetting(database, role, name);
  }
};

/* ---- the statements ---- */

bool MayChange(const char *setting, AclMode privilege) {
  return superuser() || pg_parameter_aclcheck(setting, GetUserId(), privilege) == ACLCHECK_OK;
}

void AddSetting(Analysis &a, const Watched &setting, const char *where, const char *what) {
  /* The database's OID: an object without one would count as made by the script. */
  const Target *target = a.LookObject(ParameterAclRelationId, MyDatabaseId, nullptr, setting.name);
  AddTampering(a, target, Format("{} {}", where, what));
}

void AnalyzeSet(Analysis &a, const VariableSetStmt *set, const char *where, const Stored &stored) {
  const AclMode privilege = stored.server ? ACL_ALTER_SYSTEM : ACL_SET;
  for (const Watched &setting : kWatched) {
    if (set->kind != VAR_RESET_ALL && FindWatched(set->name) != &setting) continue;
    if (!MayChange(setting.name, privilege)) continue;
    if (set->kind == VAR_SET_VALUE || set->kind == VAR_SET_CURRENT) {
      const char *value = ExtractSetVariableArgs(const_cast<VariableSetStmt *>(set));
      if (value != nullptr && setting.loosens(value))
        AddSetting(a, setting, where, *value == '\0' ? "sets it to nothing" : Format("sets it to {}", value));
    } else if (const char *value = stored.Value(setting.name); value != nullptr && setting.protects(value)) {
      AddSetting(a, setting, where, Format("takes {} away, and what is behind it may be weaker", value));
    }
  }
}

}  // namespace

void AnalyzeSettings(Analysis &a, const Node *statement) {
  switch (nodeTag(statement)) {
    case T_AlterSystemStmt:
      return AnalyzeSet(a, reinterpret_cast<const AlterSystemStmt *>(statement)->setstmt, "ALTER SYSTEM",
                        {.server = true});
    case T_AlterDatabaseSetStmt: {
      auto *stmt = reinterpret_cast<const AlterDatabaseSetStmt *>(statement);
      const Oid database = get_database_oid(stmt->dbname, true);
      if (!OidIsValid(database) || !OwnsObject(DatabaseRelationId, database, GetUserId())) return;
      return AnalyzeSet(a, stmt->setstmt, "ALTER DATABASE", {.database = database});
    }
    case T_AlterRoleSetStmt: {
      auto *stmt = reinterpret_cast<const AlterRoleSetStmt *>(statement);
      const Oid role = stmt->role == nullptr ? InvalidOid : get_rolespec_oid(stmt->role, true);
      const Oid database = stmt->database == nullptr ? InvalidOid : get_database_oid(stmt->database, true);
      if ((stmt->role != nullptr && !OidIsValid(role)) || (stmt->database != nullptr && !OidIsValid(database))) return;
      return AnalyzeSet(a, stmt->setstmt, "ALTER ROLE", {.database = database, .role = role});
    }
    default:
      return;
  }
}

/* To let a role give a reason for a bypass is what GRANT SET ON PARAMETER is meant for. */
void AnalyzeGrantOnParameter(Analysis &a, const GrantStmt *stmt, bool to_public) {
  bool whole_server = stmt->privileges == NIL;
  for (const AccessPriv *privilege : Each<const AccessPriv>(stmt->privileges))
    whole_server = whole_server || Equal(privilege->priv_name, "alter system");
  for (const Node *node : Each<const Node>(stmt->objects)) {
    const Watched *setting = FindWatched(strVal(node));
    if (setting == nullptr) continue;
    if (Equal(setting->name, "ddlguard.bypass") && !to_public && !whole_server) continue;
    if (Equal(setting->name, "shared_preload_libraries") && !whole_server) continue;
    AddSetting(a, *setting, "GRANT", "lets others change it");
  }
}

}  // namespace ddlguard
