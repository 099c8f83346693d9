/*
 * ALTER ROLE and ALTER DATABASE: what sessions that begin later would not find, or could not do.
 *
 * SET search_path: a schema that leaves the path matters when it has a live relation that the role may use, and that
 * the new path does not have under the same name.  Qualified names would still be found; who uses which is not known.
 *
 * Other settings let statements fail that work now; and there may be no sessions at all: NOLOGIN, CONNECTION LIMIT 0.
 */
#include "analysis/acl.h"
#include "analysis/function_path.h"
#include "analysis/named_object.h"
#include "analysis/objects.h"
#include "analysis/row_access.h"
#include "analysis/statement.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

/* What ALTER ROLE and ALTER DATABASE have set for such sessions, or what PostgreSQL comes with: the value in the
 * configuration file hides behind this session's own. */
const char *ValueNow(Oid database, Oid role, const char *setting, const char *built_in) {
  const Oid at[][2] = {{database, role}, {InvalidOid, role}, {database, InvalidOid}, {InvalidOid, InvalidOid}};
  for (const Oid *each : at)
    if (const char *value = StoredSetting(each[0], each[1], setting)) return value;
  return built_in;
}

/* Has something more special been set? */
bool IsOverridden(Oid database, Oid role, const char *setting) {
  return OidIsValid(role) && !OidIsValid(database) && StoredSetting(MyDatabaseId, role, setting) != nullptr;
}

bool MayUse(Oid relation, Oid role) {
  return !OidIsValid(role) || (HeldBy(ReadAcl({RelationRelationId, relation, 0}), role) & kUsedByClients) != 0;
}

/* A relation of the schema that would not be found any more; null: there is none. */
const char *LostRelation(Analysis &a, Oid schema, Oid role, const Array<Oid> &path) {
  const char *lost = nullptr;
  ForEachDependent(NamespaceRelationId, schema, -1, [&](Form_pg_depend depend) {
    if (lost != nullptr || depend->classid != RelationRelationId) return;
    const char *name = get_rel_name(depend->objid);
    if (name == nullptr || !MayUse(depend->objid, role)) return;
    for (Oid each : path)
      if (OidIsValid(get_relname_relid(name, each))) return;
    const Target *relation = a.Look(depend->objid);
    if (relation != nullptr && relation->Live()) lost = name;
  });
  return lost;
}

/* Whose sessions a setting is for; invalid: all. */
struct Sessions {
  Oid database;
  Oid role;
  ObjectAddress object; /* that the statement is about */
};

void AddLostPath(Analysis &a, const Sessions &sessions, const char *path) {
  const char *path_now = ValueNow(MyDatabaseId, sessions.role, "search_path", "\"$user\", public");
  const Array<Oid> now = SchemasOf(path_now, sessions.role), then = SchemasOf(path, sessions.role);
  for (Oid schema : now) {
    if (then.Contains(schema) || schema == PG_CATALOG_NAMESPACE) continue;
    const char *lost = LostRelation(a, schema, sessions.role, then);
    if (lost == nullptr) continue;
    a.Add({.why = Why::search_path_default_change, .target = TargetOf(a, sessions.object), .column = lost});
    return;
  }
}

/* A live table with row security that applies to the role, or (invalid) to anybody; null: there is none. */
const Target *TableWithRowSecurity(Analysis &a, Oid role) {
  for (Oid oid : TablesOf(InvalidOid, true)) {
    const RowSecurity security = ReadRowSecurity(oid);
    if (!security.enabled || !MayUse(oid, role)) continue;
    const Target *table = a.Look(oid, true);
    if (table == nullptr || !table->Live()) continue;
    if (!OidIsValid(role) || !PassesRowSecurity(role, table->owner, security.forced)) return table;
  }
  return nullptr;
}

/* Becomes a boolean setting what it is not yet? */
bool Becomes(const Sessions &sessions, const char *setting, const char *value, bool wanted) {
  bool then, now;
  return parse_bool(value, &then) && then == wanted &&
         parse_bool(ValueNow(MyDatabaseId, sessions.role, setting, wanted ? "off" : "on"), &now) && now != wanted;
}

void AddFailing(Analysis &a, const ObjectAddress &object, const char *fact) {
  a.Add({.why = Why::new_sessions_fail, .target = TargetOf(a, object), .fact = fact});
}

void AnalyzeSetting(Analysis &a, const VariableSetStmt *set, const Sessions &sessions) {
  if (set->kind != VAR_SET_VALUE && set->kind != VAR_SET_CURRENT) return;
  if (OidIsValid(sessions.database) && sessions.database != MyDatabaseId) return;
  if (IsOverridden(sessions.database, sessions.role, set->name)) return;
  const char *value = set->kind == VAR_SET_CURRENT ? GetConfigOption(set->name, true, false)
                                                   : ExtractSetVariableArgs(const_cast<VariableSetStmt *>(set));
  if (value == nullptr) return;
  if (Equal(set->name, "search_path")) return AddLostPath(a, sessions, value);
  if (Equal(set->name, "default_transaction_read_only") && Becomes(sessions, set->name, value, true))
    return AddFailing(a, sessions.object, "every write is refused with default_transaction_read_only");
  if (!Equal(set->name, "row_security") || !Becomes(sessions, set->name, value, false)) return;
  if (const Target *table = TableWithRowSecurity(a, sessions.role))
    AddFailing(a, sessions.object,
               Format("without row_security, queries of table \"{}.{}\" are refused", table->schema, table->name));
}

/* Does an application log in as the role?  It has something in this database, or a session somewhere. */
bool IsOfApplication(Oid role) {
  if (!LogsIn(role) || superuser_arg(role)) return false;
  bool found = CountUserBackends(role) > 0;
  if (!found) ForEachRoleDependent(role, [&](Form_pg_shdepend) { found = true; });
  return found;
}

}  // namespace

void AnalyzeDatabaseSetting(Analysis &a, const AlterDatabaseSetStmt *stmt) {
  const Oid database = get_database_oid(stmt->dbname, true);
  if (OidIsValid(database) && OwnsObject(DatabaseRelationId, database, ActingRole()))
    AnalyzeSetting(a, stmt->setstmt, {database, InvalidOid, {DatabaseRelationId, database, 0}});
}

/* PostgreSQL does not let the current database refuse connections, but lets it have none. */
void AnalyzeDatabaseOptions(Analysis &a, const AlterDatabaseStmt *stmt) {
  const Oid database = get_database_oid(stmt->dbname, true);
  if (!OidIsValid(database) || !OwnsObject(DatabaseRelationId, database, ActingRole())) return;
  for (DefElem *option : Each<DefElem>(stmt->options)) {
    if (option->arg == nullptr) continue;
    if (Equal(option->defname, "connection_limit") && defGetInt32(option) == 0)
      AddFailing(a, {DatabaseRelationId, database, 0}, "nobody but superusers can connect with CONNECTION LIMIT 0");
    if (Equal(option->defname, "allow_connections") && database != MyDatabaseId && !defGetBoolean(option))
      AddFailing(a, {DatabaseRelationId, database, 0}, "nobody can connect without ALLOW_CONNECTIONS");
  }
}

namespace {

/* As AlterRoleSet() asks. */
bool MaySet(Oid database, Oid role) {
  const Oid who = ActingRole();
  if (!OidIsValid(role))
    return OidIsValid(database) ? OwnsObject(DatabaseRelationId, database, who) : superuser_arg(who);
  if (role == who || superuser_arg(who)) return true;
  if (superuser_arg(role) || !has_createrole_privilege(who)) return false;
  return PG_VERSION_NUM < 160000 || is_admin_of_role(who, role);
}

}  // namespace

void AnalyzeRoleSetting(Analysis &a, const AlterRoleSetStmt *stmt) {
  const Oid role = stmt->role == nullptr ? InvalidOid : get_rolespec_oid(stmt->role, true);
  const Oid database = stmt->database == nullptr ? InvalidOid : get_database_oid(stmt->database, true);
  if ((stmt->role != nullptr && !OidIsValid(role)) || (stmt->database != nullptr && !OidIsValid(database))) return;
  if (!MaySet(database, role)) return;
  /* Of a superuser it is no application's. */
  if (OidIsValid(role) && LogsIn(role) && !superuser_arg(role))
    AnalyzeSetting(a, stmt->setstmt, {database, role, {AuthIdRelationId, role, 0}});
  if (!OidIsValid(role)) AnalyzeSetting(a, stmt->setstmt, {database, role, {DatabaseRelationId, MyDatabaseId, 0}});
}

void AnalyzeRoleOptions(Analysis &a, const AlterRoleStmt *stmt) {
  const Oid role = get_rolespec_oid(stmt->role, true);
  if (!OidIsValid(role) || !MaySet(InvalidOid, role) || !IsOfApplication(role)) return;
  for (DefElem *option : Each<DefElem>(stmt->options)) {
    if (option->arg == nullptr) continue;
    if (Equal(option->defname, "canlogin") && !boolVal(option->arg))
      AddFailing(a, {AuthIdRelationId, role, 0}, "the role cannot log in with NOLOGIN");
    if (Equal(option->defname, "connectionlimit") && intVal(option->arg) == 0)
      AddFailing(a, {AuthIdRelationId, role, 0}, "the role cannot connect with CONNECTION LIMIT 0");
  }
}

}  // namespace ddlguard
