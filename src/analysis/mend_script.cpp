/*
 * What the rest of a script's transaction will mend.  See mend.h.
 *
 * Nothing of it has run, so it is read as the parser leaves it: a view that is made again is known by the
 * names of its columns, not by their types.
 */
#include "analysis/analysis.h"
#include "analysis/enums.h"
#include "analysis/filled_columns.h"
#include "analysis/mend.h"
#include "analysis/named_object.h"
#include "analysis/view_writes.h"
#include "pg/catalog.h"
#include "pg/expression.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

struct Rest {
  Analysis &a;
  const Effect &effect;
  const Mend &mend;

  template <typename Visit>
  bool Any(Visit visit) const {
    return a.ledger.AnyToCome(visit);
  }

  bool IsTarget(const RangeVar *name) const {
    if (!Equal(name->relname, effect.target->name)) return false;
    return Equal(SchemaOfNew(name), effect.target->schema) ||
           (name->schemaname == nullptr && RangeVarGetRelid(name, NoLock, true) == effect.target->oid);
  }
};

bool HasCommand(const Rest &rest, const Node *statement, AlterTableType type) {
  if (!IsA(statement, AlterTableStmt)) return false;
  auto *stmt = reinterpret_cast<const AlterTableStmt *>(statement);
  for (const AlterTableCmd *cmd : Each<AlterTableCmd>(stmt->cmds))
    if (cmd->subtype == type) return rest.IsTarget(stmt->relation);
  return false;
}

/* The privileges that the statement gives to the role; null column: on the whole. */
AclMode Given(const GrantStmt *stmt, Oid grantee, const char *column) {
  bool addressed = false;
  for (const RoleSpec *spec : Each<const RoleSpec>(stmt->grantees)) {
    const bool is_public = spec->roletype == ROLESPEC_PUBLIC;
    if (is_public || (grantee != ACL_ID_PUBLIC && get_rolespec_oid(spec, true) == grantee)) addressed = true;
  }
  if (!addressed) return 0;
  if (stmt->privileges == NIL) return kUsedByClients;
  AclMode given = 0;
  for (const AccessPriv *privilege : Each<const AccessPriv>(stmt->privileges)) {
    bool covers = privilege->cols == NIL;
    for (const String *each : Each<const String>(privilege->cols)) covers = covers || Equal(strVal(each), column);
    if (covers) given |= privilege->priv_name == nullptr ? kUsedByClients : PrivilegeBit(privilege->priv_name);
  }
  return given;
}

/* Is the GRANT about the target: by name, or by its schema? */
bool Names(const Rest &rest, const GrantStmt *stmt, const Target *target) {
  const bool relation = stmt->objtype == OBJECT_TABLE || stmt->objtype == OBJECT_SEQUENCE;
  for (const Node *node : Each<const Node>(stmt->objects)) {
    if (stmt->targtype == ACL_TARGET_ALL_IN_SCHEMA) {
      const bool fits = target->IsRelation()
                            ? relation && (stmt->objtype == OBJECT_SEQUENCE) == (target->relkind == RELKIND_SEQUENCE)
                            : target->classid == ProcedureRelationId && !relation;
      if (fits && Equal(strVal(node), target->schema)) return true;
    } else if (relation) {
      if (target->IsRelation() && rest.IsTarget(reinterpret_cast<const RangeVar *>(node))) return true;
    } else if (!target->IsRelation()) {
      const NamedObject object = FindObject(rest.a, stmt->objtype, node, NoLock);
      if (object.Found() && object.address.classId == target->classid && object.address.objectId == target->oid)
        return true;
    }
  }
  return false;
}

bool WillBeGranted(const Rest &rest, Oid grantee, AclMode wanted, const char *column) {
  AclMode given = 0;
  return (wanted & ~given) == 0 || rest.Any([&](const Node *statement) {
    if (!IsA(statement, GrantStmt)) return false;
    auto *stmt = reinterpret_cast<const GrantStmt *>(statement);
    if (stmt->is_grant && stmt->targtype != ACL_TARGET_DEFAULTS && Names(rest, stmt, rest.effect.target))
      given |= Given(stmt, grantee, column);
    return (wanted & ~given) == 0;
  });
}

/* Whoever had privileges on what went gets them on what comes instead.  New functions may be executed by all. */
bool GrantsComeBack(const Rest &rest) {
  const AclSource &old = rest.mend.acl;
  if (old.acl == nullptr) return false;
  const AclMode by_default = rest.effect.target->classid == ProcedureRelationId ? ACL_EXECUTE : 0;
  const AclItem *items = ACL_DAT(old.acl);
  for (int i = 0; i < ACL_NUM(old.acl); ++i) {
    const AclMode wanted = ACLITEM_GET_PRIVS(items[i]) & kUsedByClients & ~by_default;
    if (items[i].ai_grantee == old.owner || wanted == 0) continue;
    if (!WillBeGranted(rest, items[i].ai_grantee, wanted, nullptr)) return false;
  }
  return true;
}

/* The names of the columns that a query will have; false: not known. */
bool OutputColumns(Analysis &a, const ViewStmt *stmt, Array<const char *> *columns) {
  for (const String *alias : Each<const String>(stmt->aliases)) columns->Add(strVal(alias));
  auto *select = reinterpret_cast<const SelectStmt *>(stmt->query);
  if (!IsA(select, SelectStmt)) return false;
  while (select->op != SETOP_NONE) select = select->larg;
  if (select->valuesLists != NIL) return stmt->aliases != NIL;
  int at = 0;
  for (const ResTarget *target : Each<const ResTarget>(select->targetList)) {
    if (at++ < list_length(stmt->aliases)) continue;
    if (target->name != nullptr) {
      columns->Add(target->name);
      continue;
    }
    if (!IsA(target->val, ColumnRef)) {
      columns->Add(FigureColname(target->val));
      continue;
    }
    const Node *last = static_cast<const Node *>(llast(reinterpret_cast<const ColumnRef *>(target->val)->fields));
    if (IsA(last, String)) {
      columns->Add(strVal(last));
      continue;
    }
    /* A star over joins and subqueries stays unknown. */
    for (const Node *from : Each<const Node>(select->fromClause)) {
      if (!IsA(from, RangeVar)) return false;
      const Target *read = a.Resolve(reinterpret_cast<const RangeVar *>(from), NoLock);
      if (read == nullptr || !OidIsValid(read->oid)) return false;
      for (const NamedColumn &column : MendOfView(read).columns) columns->Add(column.name);
    }
  }
  return true;
}

bool ViewComesBack(const Rest &rest) {
  return rest.Any([&](const Node *statement) {
    if (!IsA(statement, ViewStmt)) return false;
    auto *stmt = reinterpret_cast<const ViewStmt *>(statement);
    Array<const char *> columns;
    if (!rest.IsTarget(stmt->view) || !OutputColumns(rest.a, stmt, &columns)) return false;
    for (const NamedColumn &wanted : rest.mend.columns) {
      bool found = false;
      for (const char *column : columns) found = found || Equal(column, wanted.name);
      if (!found) return false;
    }
    return true;
  });
}

bool FunctionComesBack(const Rest &rest) {
  return rest.Any([&](const Node *statement) {
    if (!IsA(statement, CreateFunctionStmt)) return false;
    auto *stmt = reinterpret_cast<const CreateFunctionStmt *>(statement);
    const RangeVar *name = makeRangeVarFromNameList(stmt->funcname);
    if (!Equal(name->relname, rest.effect.target->name) || !Equal(SchemaOfNew(name), rest.effect.target->schema))
      return false;
    int count = 0;
    const oidvector *wanted = rest.mend.arguments;
    for (const FunctionParameter *parameter : Each<const FunctionParameter>(stmt->parameters)) {
      if (parameter->mode == FUNC_PARAM_OUT || parameter->mode == FUNC_PARAM_TABLE) continue;
      if (count == wanted->dim1 || LookupTypeNameOid(nullptr, parameter->argType, true) != wanted->values[count])
        return false;
      ++count;
    }
    if (count != wanted->dim1) return false;
    return stmt->returnType == nullptr || LookupTypeNameOid(nullptr, stmt->returnType, true) == rest.mend.result;
  });
}

/* In the end the column has a default again, takes nulls or is gone. */
bool DefaultComesBack(const Rest &rest) {
  bool filled = false, nullable = false;
  rest.Any([&](const Node *statement) {
    auto *stmt = reinterpret_cast<const AlterTableStmt *>(statement);
    if (!IsA(statement, AlterTableStmt) || !rest.IsTarget(stmt->relation)) return false;
    for (const AlterTableCmd *cmd : Each<AlterTableCmd>(stmt->cmds)) {
      if (!Equal(cmd->name, rest.effect.column)) continue;
      if (cmd->subtype == AT_ColumnDefault) filled = !IsNullLiteral(cmd->def);
      if (cmd->subtype == AT_AddIdentity || cmd->subtype == AT_DropIdentity) filled = cmd->subtype == AT_AddIdentity;
      if (cmd->subtype == AT_DropNotNull || cmd->subtype == AT_DropColumn) nullable = true;
      if (cmd->subtype == AT_SetNotNull) nullable = false;
    }
    return false;
  });
  return filled || nullable;
}

bool MakesEnum(const Rest &rest, const Node *statement) {
  if (!IsA(statement, CreateEnumStmt)) return false;
  auto *stmt = reinterpret_cast<const CreateEnumStmt *>(statement);
  if (!rest.IsTarget(makeRangeVarFromNameList(stmt->typeName))) return false;
  for (const NamedColumn &wanted : rest.mend.columns)
    if (!HasLabel(stmt->vals, wanted.name)) return false;
  return true;
}

/* An enum that the script has made takes the name. */
bool GivesName(const Rest &rest, const Node *statement) {
  if (!IsA(statement, RenameStmt)) return false;
  auto *stmt = reinterpret_cast<const RenameStmt *>(statement);
  if (stmt->renameType != OBJECT_TYPE || !Equal(stmt->newname, rest.effect.target->name)) return false;
  auto *names = reinterpret_cast<const List *>(stmt->object);
  const TypeName *type = makeTypeNameFromNameList(const_cast<List *>(names));
  return IsEnumOfScript(rest.a, type) && LabelMissingInScript(rest.a, rest.mend.object.objectId, type) == nullptr;
}

bool DropsRenamed(const Rest &rest, const Node *statement) {
  if (!IsA(statement, DropStmt)) return false;
  auto *stmt = reinterpret_cast<const DropStmt *>(statement);
  if (stmt->removeType != OBJECT_TYPE) return false;
  for (const TypeName *type : Each<const TypeName>(stmt->objects))
    if (Equal(strVal(llast(type->names)), rest.mend.column)) return true;
  return false;
}

/* Another one is made in its place, and it is dropped, which it cannot be while a column has it. */
bool EnumComesBack(const Rest &rest) {
  bool made = false, dropped = false;
  return rest.Any([&](const Node *statement) {
    made = made || MakesEnum(rest, statement) || GivesName(rest, statement);
    dropped = dropped || DropsRenamed(rest, statement);
    return made && dropped;
  });
}

/* Does the role get SELECT on the other relation, which the view reads? */
bool OtherIsGranted(const Rest &rest, Oid role) {
  if (rest.effect.other == nullptr) return false;
  Effect of_other = rest.effect;
  of_other.target = rest.effect.other;
  return WillBeGranted({rest.a, of_other, rest.mend}, role, ACL_SELECT, nullptr);
}

/* An object like the one that went, by its last name. */
bool Makes(const Node *statement, const Mend &mend) {
  if (mend.object.classId == CastRelationId) return IsA(statement, CreateCastStmt);
  return IsA(statement, DefineStmt) &&
         Equal(strVal(llast(reinterpret_cast<const DefineStmt *>(statement)->defnames)), mend.columns[0].name);
}

}  // namespace

bool WillBeMended(Analysis &a, const Effect &effect, const Mend &mend) {
  const Rest rest = {a, effect, mend};
  switch (effect.why) {
    case Why::rls_enable_without_policy:
    case Why::row_security_stops_role:
      return rest.Any([&](const Node *statement) {
        if (HasCommand(rest, statement, AT_DisableRowSecurity)) return true;
        if (!IsA(statement, CreatePolicyStmt)) return false;
        auto *stmt = reinterpret_cast<const CreatePolicyStmt *>(statement);
        return stmt->permissive && rest.IsTarget(stmt->table);
      });
    case Why::security_invoker_breaks_view:
      return OtherIsGranted(rest, mend.grantee);
    case Why::owner_change_breaks_view: /* the view goes to another owner, too, or its owner gets what he needs */
      return rest.Any([&](const Node *statement) { return HasCommand(rest, statement, AT_ChangeOwner); }) ||
             OtherIsGranted(rest, effect.target->owner);
    case Why::policy_without_rls:
      return rest.Any([&](const Node *statement) { return HasCommand(rest, statement, AT_EnableRowSecurity); });
    case Why::revoke_breaks_clients:
      return WillBeGranted(rest, mend.grantee, mend.privileges, mend.column);
    case Why::drop_view_or_matview:
      return ViewComesBack(rest) && GrantsComeBack(rest);
    case Why::drop_function_in_use:
    case Why::rename_function:
      return FunctionComesBack(rest) && GrantsComeBack(rest);
    case Why::rename_type:
      return EnumComesBack(rest);
    case Why::drop_default_on_not_null:
      return DefaultComesBack(rest);
    case Why::drop_other_object:
      return rest.Any([&](const Node *statement) { return Makes(statement, mend); });
    case Why::view_refuses_writes: {
      int16 lost = mend.writes;
      return rest.Any(
          [&](const Node *statement) { return (lost &= ~WritesGivenBy(a, effect.target, statement)) == 0; });
    }
    case Why::drop_trigger_fills_column: {
      Array<NamedColumn> lost;
      for (const NamedColumn &each : mend.columns) lost.Add(each);
      return rest.Any([&](const Node *statement) {
        RemoveFilled(a, effect.target, statement, &lost);
        return lost.Empty();
      });
    }
    default:
      return false;
  }
}

}  // namespace ddlguard
