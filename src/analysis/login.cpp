/*
 * ALTER ROLE and ALTER DATABASE SET search_path: sessions that begin later look names up elsewhere.
 *
 * A schema that leaves the path matters when it has a live relation that the role may use, and that the new path does
 * not have under the same name.  Qualified names would still be found; who uses which is not known.
 */
#include "analysis/acl.h"
#include "analysis/function_path.h"
#include "analysis/named_object.h"
#include "analysis/objects.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

/* What ALTER ROLE and ALTER DATABASE have set for such sessions, or what PostgreSQL comes with: the value in the
 * configuration file hides behind this session's own. */
const char *PathNow(Oid database, Oid role) {
  const Oid at[][2] = {{database, role}, {InvalidOid, role}, {database, InvalidOid}, {InvalidOid, InvalidOid}};
  for (const Oid *each : at)
    if (const char *path = StoredSetting(each[0], each[1], "search_path")) return path;
  return "\"$user\", public";
}

/* Has something more special been set? */
bool IsOverridden(Oid database, Oid role) {
  return OidIsValid(role) && !OidIsValid(database) && StoredSetting(MyDatabaseId, role, "search_path") != nullptr;
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

/* database, role: whose sessions; invalid: all. */
void AnalyzePath(Analysis &a, const VariableSetStmt *set, Oid database, Oid role, const ObjectAddress &object) {
  if (!Equal(set->name, "search_path") || (set->kind != VAR_SET_VALUE && set->kind != VAR_SET_CURRENT)) return;
  if ((OidIsValid(database) && database != MyDatabaseId) || IsOverridden(database, role)) return;
  const char *path = set->kind == VAR_SET_CURRENT ? GetConfigOption("search_path", true, false)
                                                  : ExtractSetVariableArgs(const_cast<VariableSetStmt *>(set));
  if (path == nullptr) return;
  const Array<Oid> now = SchemasOf(PathNow(MyDatabaseId, role), role), then = SchemasOf(path, role);
  for (Oid schema : now) {
    if (then.Contains(schema) || schema == PG_CATALOG_NAMESPACE) continue;
    const char *lost = LostRelation(a, schema, role, then);
    if (lost == nullptr) continue;
    a.Add({.why = Why::search_path_default_change, .target = TargetOf(a, object), .column = lost});
    return;
  }
}

}  // namespace

void AnalyzeDatabasePath(Analysis &a, const AlterDatabaseSetStmt *stmt) {
  const Oid database = get_database_oid(stmt->dbname, true);
  if (OidIsValid(database) && OwnsObject(DatabaseRelationId, database, ActingRole()))
    AnalyzePath(a, stmt->setstmt, database, InvalidOid, {DatabaseRelationId, database, 0});
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

void AnalyzeRolePath(Analysis &a, const AlterRoleSetStmt *stmt) {
  const Oid role = stmt->role == nullptr ? InvalidOid : get_rolespec_oid(stmt->role, true);
  const Oid database = stmt->database == nullptr ? InvalidOid : get_database_oid(stmt->database, true);
  if ((stmt->role != nullptr && !OidIsValid(role)) || (stmt->database != nullptr && !OidIsValid(database))) return;
  if (!MaySet(database, role)) return;
  /* Of a superuser it is no application's. */
  if (OidIsValid(role) && LogsIn(role) && !superuser_arg(role))
    AnalyzePath(a, stmt->setstmt, database, role, {AuthIdRelationId, role, 0});
  if (!OidIsValid(role)) AnalyzePath(a, stmt->setstmt, database, role, {DatabaseRelationId, MyDatabaseId, 0});
}

}  // namespace ddlguard
