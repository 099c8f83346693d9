/*
 * Conventions about the form of a statement and of the queries that it stores.
 *
 * Called for every statement that a client sent; off until a policy row switches one of them on.
 */
#include "analysis/analysis.h"
#include "analysis/named_object.h"
#include "analysis/statement.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

const Target *ThisDatabase(Analysis &a) {
  return a.LookObject(DatabaseRelationId, MyDatabaseId, nullptr, get_database_name(MyDatabaseId));
}

/* The relation that the statement makes, or the one of that name. */
const Target *Named(Analysis &a, const RangeVar *name, char relkind) {
  if (const Target *there = a.Resolve(name, NoLock)) return there;
  const NewName made = LookUpNewName(a, name);
  auto *target = const_cast<Target *>(
      a.LookObject(RelationRelationId, InvalidOid, made.schema == nullptr ? "" : made.schema, name->relname));
  target->relkind = relkind;
  if (made.temporary) target->persistence = RELPERSISTENCE_TEMP;
  return target;
}

/* ---- a second run ---- */

bool FailsAgain(const AlterTableStmt *stmt) {
  for (const AlterTableCmd *cmd : Each<AlterTableCmd>(stmt->cmds)) {
    const bool optional =
        cmd->subtype == AT_AddColumn || cmd->subtype == AT_DropColumn || cmd->subtype == AT_DropConstraint;
    if (optional && !cmd->missing_ok) return true;
  }
  return false;
}

/* What is dropped, when it is a relation. */
const Target *FirstDropped(Analysis &a, const DropStmt *stmt) {
  if (!IsRelationType(stmt->removeType)) return ThisDatabase(a);
  return Named(a, makeRangeVarFromNameList(static_cast<List *>(linitial(stmt->objects))), RELKIND_RELATION);
}

/* Null when a second run would do no harm, or no form of the statement would let it. */
const Target *TargetOfSecondRun(Analysis &a, const Node *statement) {
  switch (nodeTag(statement)) {
    case T_CreateStmt: {
      auto *stmt = reinterpret_cast<const CreateStmt *>(statement);
      return stmt->if_not_exists ? nullptr : Named(a, stmt->relation, RELKIND_RELATION);
    }
    case T_CreateTableAsStmt: {
      auto *stmt = reinterpret_cast<const CreateTableAsStmt *>(statement);
      return stmt->if_not_exists ? nullptr : Named(a, stmt->into->rel, RELKIND_RELATION);
    }
    case T_IndexStmt: {
      auto *stmt = reinterpret_cast<const IndexStmt *>(statement);
      return stmt->if_not_exists ? nullptr : Named(a, stmt->relation, RELKIND_RELATION);
    }
    case T_CreateSeqStmt: {
      auto *stmt = reinterpret_cast<const CreateSeqStmt *>(statement);
      return stmt->if_not_exists ? nullptr : Named(a, stmt->sequence, RELKIND_SEQUENCE);
    }
    case T_ViewStmt: {
      auto *stmt = reinterpret_cast<const ViewStmt *>(statement);
      return stmt->replace ? nullptr : Named(a, stmt->view, RELKIND_VIEW);
    }
    case T_CreateTrigStmt: {
      auto *stmt = reinterpret_cast<const CreateTrigStmt *>(statement);
      return stmt->replace ? nullptr : Named(a, stmt->relation, RELKIND_RELATION);
    }
    case T_RuleStmt: {
      auto *stmt = reinterpret_cast<const RuleStmt *>(statement);
      return stmt->replace ? nullptr : Named(a, stmt->relation, RELKIND_RELATION);
    }
    case T_AlterTableStmt: {
      auto *stmt = reinterpret_cast<const AlterTableStmt *>(statement);
      return stmt->objtype == OBJECT_TABLE && FailsAgain(stmt) ? Named(a, stmt->relation, RELKIND_RELATION) : nullptr;
    }
    case T_DropStmt: {
      auto *stmt = reinterpret_cast<const DropStmt *>(statement);
      return stmt->missing_ok ? nullptr : FirstDropped(a, stmt);
    }
    case T_CreateSchemaStmt:
      return reinterpret_cast<const CreateSchemaStmt *>(statement)->if_not_exists ? nullptr : ThisDatabase(a);
    case T_CreateExtensionStmt:
      return reinterpret_cast<const CreateExtensionStmt *>(statement)->if_not_exists ? nullptr : ThisDatabase(a);
    case T_CreateFunctionStmt:
      return reinterpret_cast<const CreateFunctionStmt *>(statement)->replace ? nullptr : ThisDatabase(a);
    case T_AlterEnumStmt: {
      auto *stmt = reinterpret_cast<const AlterEnumStmt *>(statement);
      return stmt->oldVal != nullptr || stmt->skipIfNewValExists ? nullptr : ThisDatabase(a);
    }
    default:
      return nullptr;
  }
}

/* ---- stored queries ---- */

bool SelectsAll(Node *node, bool *found) {
  if (node == nullptr || *found) return *found;
  /* What EXISTS selects is never looked at. */
  if (IsA(node, SubLink) && reinterpret_cast<SubLink *>(node)->subLinkType == EXISTS_SUBLINK) return false;
  if (IsA(node, ResTarget)) {
    const Node *value = reinterpret_cast<ResTarget *>(node)->val;
    if (value != nullptr && IsA(value, ColumnRef) &&
        IsA(llast(reinterpret_cast<const ColumnRef *>(value)->fields), A_Star))
      return *found = true;
  }
  return WalkRawTree(node, SelectsAll, found);
}

/* A body between BEGIN ATOMIC and END is a list of lists of statements. */
bool SelectsAllIn(Node *node) {
  bool found = false;
  if (node == nullptr) return false;
  if (!IsA(node, List)) {
    SelectsAll(node, &found);
    return found;
  }
  for (Node *each : Each<Node>(reinterpret_cast<List *>(node)))
    if (SelectsAllIn(each)) return true;
  return false;
}

void AddStar(Analysis &a, const Node *statement) {
  const Target *target = nullptr;
  if (IsA(statement, ViewStmt)) {
    auto *stmt = reinterpret_cast<const ViewStmt *>(statement);
    if (SelectsAllIn(stmt->query)) target = Named(a, stmt->view, RELKIND_VIEW);
  } else if (IsA(statement, CreateFunctionStmt)) {
    if (SelectsAllIn(reinterpret_cast<const CreateFunctionStmt *>(statement)->sql_body)) target = ThisDatabase(a);
  }
  if (target != nullptr) a.Add({.why = Why::select_star_in_stored_object, .target = target, .node = statement});
}

/* What reads with other rights than those of who asks. */
void AddExposed(Analysis &a, const Node *statement) {
  const Target *target = nullptr;
  if (IsA(statement, ViewStmt)) {
    auto *stmt = reinterpret_cast<const ViewStmt *>(statement);
    if (!OptionIsOn(stmt->options, "security_invoker")) target = Named(a, stmt->view, RELKIND_VIEW);
  } else if (IsA(statement, CreateTableAsStmt)) {
    auto *stmt = reinterpret_cast<const CreateTableAsStmt *>(statement);
    if (stmt->objtype == OBJECT_MATVIEW) target = Named(a, stmt->into->rel, RELKIND_MATVIEW);
  } else if (IsA(statement, CreateForeignTableStmt)) {
    target =
        Named(a, reinterpret_cast<const CreateForeignTableStmt *>(statement)->base.relation, RELKIND_FOREIGN_TABLE);
  }
  if (target != nullptr)
    a.Add({.why = Why::object_in_exposed_schema,
           .target = target,
           .node = statement,
           .measured = {.value = target->schema}});
}

/* DDL that a function, a DO block or EXECUTE in one of them sends. */
void AddDynamic(Analysis &a) {
  for (const Effect &effect : a.effects) {
    if (!effect.target->Shared()) continue;
    a.Add({.why = Why::dynamic_ddl_in_do_block, .target = effect.target, .lock = effect.lock});
    return;
  }
}

}  // namespace

void AnalyzeStatementConventions(Analysis &a, const Node *statement) {
  if (a.origin == Origin::function && a.Wants(Why::dynamic_ddl_in_do_block)) AddDynamic(a);
  if (a.Wants(Why::select_star_in_stored_object)) AddStar(a, statement);
  if (a.Wants(Why::object_in_exposed_schema)) AddExposed(a, statement);
  if (!a.Wants(Why::non_idempotent_statement)) return;
  if (const Target *target = TargetOfSecondRun(a, statement))
    a.Add({.why = Why::non_idempotent_statement, .target = target, .node = statement});
}

}  // namespace ddlguard
