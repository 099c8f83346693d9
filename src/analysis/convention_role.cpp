/*
 * Conventions about roles, privileges, extensions and languages.
 */
#include "analysis/acl.h"
#include "analysis/convention.h"
#include "analysis/named_object.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

const Target *ThisDatabase(Analysis &a) {
  return a.LookObject(DatabaseRelationId, MyDatabaseId, nullptr, get_database_name(MyDatabaseId));
}

const char *NameOfRole(const RoleSpec *role) {
  switch (role->roletype) {
    case ROLESPEC_PUBLIC:
      return "public";
    case ROLESPEC_CSTRING:
      return role->rolename;
    case ROLESPEC_CURRENT_ROLE:
    case ROLESPEC_CURRENT_USER:
      return GetUserNameFromId(GetUserId(), true);
    case ROLESPEC_SESSION_USER:
      return GetUserNameFromId(GetSessionUserId(), true);
  }
  return "";
}

/* What a GRANT is about; null when it is about nothing that there is. */
const Target *GrantedOn(Analysis &a, const GrantStmt *stmt, const Node *object) {
  if (stmt->targtype == ACL_TARGET_ALL_IN_SCHEMA)
    return a.LookObject(NamespaceRelationId, get_namespace_oid(strVal(object), true), nullptr, strVal(object));
  if (stmt->objtype == OBJECT_TABLE || stmt->objtype == OBJECT_SEQUENCE)
    return a.Resolve(reinterpret_cast<const RangeVar *>(object), NoLock);
  switch (stmt->objtype) {
    case OBJECT_FUNCTION:
    case OBJECT_PROCEDURE:
    case OBJECT_ROUTINE:
    case OBJECT_SCHEMA:
    case OBJECT_DATABASE:
    case OBJECT_TYPE:
    case OBJECT_DOMAIN: {
      const NamedObject found = FindObject(a, stmt->objtype, object, NoLock);
      return found.target;
    }
    default:
      return ThisDatabase(a);
  }
}

/* Why it is more than an application needs; null when it is not. */
const char *Overbroad(const GrantStmt *stmt) {
  if (stmt->privileges == NIL) return "ALL PRIVILEGES";
  if (stmt->grant_option) return "WITH GRANT OPTION";
  if (stmt->targtype == ACL_TARGET_ALL_IN_SCHEMA) return "on everything in the schema";
  for (const AccessPriv *privilege : Each<const AccessPriv>(stmt->privileges))
    for (const char *each : {"truncate", "references", "trigger", "maintain"})
      if (Equal(privilege->priv_name, each)) return privilege->priv_name;
  return nullptr;
}

/* Does PUBLIC have it all already? */
bool PublicHas(const GrantStmt *stmt, const Target *target) {
  if (stmt->privileges == NIL || !OidIsValid(target->oid) || stmt->targtype != ACL_TARGET_OBJECT) return false;
  const AclSource now = ReadAcl({target->classid, target->oid, 0});
  if (now.acl == nullptr) return false;
  AclMode wanted = 0;
  for (const AccessPriv *privilege : Each<const AccessPriv>(stmt->privileges)) {
    const AclMode bit = privilege->priv_name == nullptr ? 0 : PrivilegeBit(privilege->priv_name);
    if (bit == 0 || privilege->cols != NIL) return false;
    wanted |= bit;
  }
  return (wanted & ~HeldBy(now, ACL_ID_PUBLIC)) == 0;
}

void AddGrant(Analysis &a, const GrantStmt *stmt, const Target *target) {
  if (!stmt->is_grant || target == nullptr) return;
  const Conventions c = {a, target, reinterpret_cast<const Node *>(stmt)};
  const char *overbroad = Overbroad(stmt);
  for (const RoleSpec *role : Each<const RoleSpec>(stmt->grantees)) {
    if (role->roletype == ROLESPEC_PUBLIC && !PublicHas(stmt, target)) c.Add(Why::grant_to_public);
    if (overbroad != nullptr) c.Add(Why::overbroad_grant, nullptr, {.value = NameOfRole(role)}, overbroad);
  }
}

void AddDefaults(Analysis &a, const AlterDefaultPrivilegesStmt *stmt) {
  Conventions{a, ThisDatabase(a), reinterpret_cast<const Node *>(stmt)}.Add(Why::default_privileges_change);
  AddGrant(a, stmt->action, ThisDatabase(a));
}

/* SUPERUSER, REPLICATION or BYPASSRLS for a role that has it not. */
void AddRole(Analysis &a, const char *name, Oid role, const List *options, const Node *statement) {
  for (const DefElem *option : Each<const DefElem>(options)) {
    bool has = false;
    const char *attribute = nullptr;
    if (Equal(option->defname, "superuser")) {
      attribute = "SUPERUSER";
      has = OidIsValid(role) && superuser_arg(role);
    } else if (Equal(option->defname, "isreplication")) {
      attribute = "REPLICATION";
      has = OidIsValid(role) && has_rolreplication(role);
    } else if (Equal(option->defname, "bypassrls")) {
      attribute = "BYPASSRLS";
      has = OidIsValid(role) && has_bypassrls_privilege(role);
    }
    if (attribute == nullptr || has || !boolVal(option->arg)) continue;
    const Conventions c = {a, a.LookObject(AuthIdRelationId, role, nullptr, name), statement};
    c.Add(Why::bypassrls_role, nullptr, {}, attribute);
  }
}

const DefElem *Option(const List *options, const char *name) {
  for (const DefElem *option : Each<const DefElem>(options))
    if (Equal(option->defname, name)) return option;
  return nullptr;
}

void AddExtension(Analysis &a, const CreateExtensionStmt *stmt) {
  if (OidIsValid(get_extension_oid(stmt->extname, true))) return;
  const Conventions c = {a, a.LookObject(ExtensionRelationId, InvalidOid, nullptr, stmt->extname),
                         reinterpret_cast<const Node *>(stmt)};
  c.Add(Why::extension_not_allowed, nullptr, {.value = stmt->extname});
  const bool version = Option(stmt->options, "new_version") != nullptr;
  const bool schema = Option(stmt->options, "schema") != nullptr;
  if (!version || !schema)
    c.Add(Why::extension_unpinned, nullptr, {}, version ? "SCHEMA" : schema ? "VERSION" : "VERSION and SCHEMA");
}

const char *LanguageOf(const CreateFunctionStmt *stmt) {
  const DefElem *language = Option(stmt->options, "language");
  return language == nullptr ? "sql" : strVal(language->arg);
}

bool IsTrusted(const char *language) {
  HeapTuple tuple = SearchSysCache1(LANGNAME, CStringGetDatum(language));
  if (!HeapTupleIsValid(tuple)) return true;
  const bool trusted = reinterpret_cast<Form_pg_language>(GETSTRUCT(tuple))->lanpltrusted;
  ReleaseSysCache(tuple);
  return trusted;
}

bool OptionIsTrue(const List *options, const char *name) {
  const DefElem *option = Option(options, name);
  return option != nullptr && IsA(option->arg, Boolean) && boolVal(option->arg);
}

/* Statements that PostgreSQL lets superusers alone run, whatever others were granted. */
bool NeedsSuperuser(const Node *statement) {
  switch (nodeTag(statement)) {
    case T_AlterSystemStmt:
    case T_CreateEventTrigStmt:
    case T_CreateAmStmt:
    case T_CreateOpClassStmt:
    case T_CreateOpFamilyStmt:
    case T_AlterOpFamilyStmt:
    case T_CreateFdwStmt:
    case T_AlterFdwStmt:
    case T_CreateTableSpaceStmt:
      return true;
    case T_CreateFunctionStmt: {
      auto *stmt = reinterpret_cast<const CreateFunctionStmt *>(statement);
      return !IsTrusted(LanguageOf(stmt)) || OptionIsTrue(stmt->options, "leakproof");
    }
    case T_AlterFunctionStmt:
      return OptionIsTrue(reinterpret_cast<const AlterFunctionStmt *>(statement)->actions, "leakproof");
    case T_CreateCastStmt: {
      auto *stmt = reinterpret_cast<const CreateCastStmt *>(statement);
      return stmt->func == nullptr && !stmt->inout;
    }
    case T_DefineStmt: {
      auto *stmt = reinterpret_cast<const DefineStmt *>(statement);
      return stmt->kind == OBJECT_TSPARSER || stmt->kind == OBJECT_TSTEMPLATE ||
             (stmt->kind == OBJECT_TYPE && stmt->definition != NIL);
    }
    case T_CreateRoleStmt:
      return OptionIsTrue(reinterpret_cast<const CreateRoleStmt *>(statement)->options, "superuser");
    case T_AlterRoleStmt:
      return OptionIsTrue(reinterpret_cast<const AlterRoleStmt *>(statement)->options, "superuser");
    default:
      return false;
  }
}

/* ---- owners ---- */

/* The role that owns more than half of the tables of a schema, and not the current one; invalid otherwise. */
Oid OwnerOfMost(Oid schema, int *owned, int *tables) {
  constexpr int kLooked = 1000;
  struct Count {
    Oid owner;
    int tables;
  };
  Array<Count> counts;
  *tables = 0;
  ForEachDependent(NamespaceRelationId, schema, -1, [&](Form_pg_depend depend) {
    if (depend->classid != RelationRelationId || *tables == kLooked) return;
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(depend->objid));
    if (!HeapTupleIsValid(tuple)) return;
    auto form = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
    const bool counted = form->relkind == RELKIND_RELATION || form->relkind == RELKIND_PARTITIONED_TABLE;
    const Oid owner = form->relowner;
    ReleaseSysCache(tuple);
    if (!counted) return;
    ++*tables;
    for (Count &count : counts)
      if (count.owner == owner) {
        ++count.tables;
        return;
      }
    counts.Add({owner, 1});
  });
  for (const Count &count : counts) {
    if (count.tables * 2 <= *tables) continue;
    *owned = count.tables;
    return count.owner == GetUserId() ? InvalidOid : count.owner;
  }
  return InvalidOid;
}

void AddOwner(Analysis &a, const RangeVar *name, char relkind, const Node *statement) {
  if (!a.Wants(Why::privilege_drift)) return;
  const Target *made = NewRelation(a, name, relkind);
  Oid schema = made == nullptr ? InvalidOid : get_namespace_oid(made->schema, true);
  if (!OidIsValid(schema)) return;
  int owned = 0, tables = 0;
  const Oid owner = OwnerOfMost(schema, &owned, &tables);
  if (OidIsValid(owner))
    Conventions{a, made, statement}.Add(
        Why::privilege_drift, nullptr, {},
        Format("{} owns {} of {} tables there", GetUserNameFromId(owner, true), owned, tables));
}

}  // namespace

void AddRoleConventions(Analysis &a, const Node *statement) {
  if (a.Wants(Why::required_role_not_set))
    Conventions{a, ThisDatabase(a), statement}.Add(Why::required_role_not_set, nullptr,
                                                   {.value = GetUserNameFromId(GetUserId(), true)});
  if (a.Wants(Why::superuser_required) && NeedsSuperuser(statement))
    Conventions{a, ThisDatabase(a), statement}.Add(Why::superuser_required, nullptr, {},
                                                   GetCommandTagName(CreateCommandTag(const_cast<Node *>(statement))));
  switch (nodeTag(statement)) {
    case T_GrantStmt: {
      auto *stmt = reinterpret_cast<const GrantStmt *>(statement);
      for (const Node *object : Each<const Node>(stmt->objects)) AddGrant(a, stmt, GrantedOn(a, stmt, object));
      return;
    }
    case T_AlterDefaultPrivilegesStmt:
      return AddDefaults(a, reinterpret_cast<const AlterDefaultPrivilegesStmt *>(statement));
    case T_CreateRoleStmt: {
      auto *stmt = reinterpret_cast<const CreateRoleStmt *>(statement);
      return AddRole(a, stmt->role, InvalidOid, stmt->options, statement);
    }
    case T_AlterRoleStmt: {
      auto *stmt = reinterpret_cast<const AlterRoleStmt *>(statement);
      return AddRole(a, NameOfRole(stmt->role), get_rolespec_oid(stmt->role, true), stmt->options, statement);
    }
    case T_CreateExtensionStmt:
      return AddExtension(a, reinterpret_cast<const CreateExtensionStmt *>(statement));
    case T_AlterExtensionStmt: {
      auto *stmt = reinterpret_cast<const AlterExtensionStmt *>(statement);
      const Conventions c = {a, a.LookObject(ExtensionRelationId, InvalidOid, nullptr, stmt->extname), statement};
      return c.Add(Why::extension_not_allowed, nullptr, {.value = stmt->extname});
    }
    case T_CreateFunctionStmt: {
      auto *stmt = reinterpret_cast<const CreateFunctionStmt *>(statement);
      const RangeVar *name = makeRangeVarFromNameList(stmt->funcname);
      const Conventions c = {a, a.LookObject(ProcedureRelationId, InvalidOid, SchemaOfNew(name), name->relname),
                             statement};
      return c.Add(Why::language_not_allowed, nullptr, {.value = LanguageOf(stmt)});
    }
    case T_CreateStmt:
      return AddOwner(a, reinterpret_cast<const CreateStmt *>(statement)->relation, RELKIND_RELATION, statement);
    case T_CreateTableAsStmt:
      return AddOwner(a, reinterpret_cast<const CreateTableAsStmt *>(statement)->into->rel, RELKIND_RELATION,
                      statement);
    default:
      return;
  }
}

}  // namespace ddlguard
