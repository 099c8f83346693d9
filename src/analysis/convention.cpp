/*
 * Routes a statement to the conventions that may have something to say about it.
 */
#include "analysis/convention.h"

#include "analysis/statement.h"
#include "pg/text.h"

namespace ddlguard {

const Target *NewRelation(Analysis &a, const RangeVar *name, char relkind) {
  const NewName found = LookUpNewName(a, name);
  if (found.temporary || found.taken || found.schema == nullptr) return nullptr;
  auto *target = const_cast<Target *>(a.LookObject(RelationRelationId, InvalidOid, found.schema, name->relname));
  target->relkind = relkind;
  target->persistence = name->relpersistence;
  return target;
}

void AnalyzeConventions(Analysis &a, const Node *statement) {
  switch (nodeTag(statement)) {
    case T_CreateStmt:
      AddTableConventions(a, reinterpret_cast<const CreateStmt *>(statement));
      break;
    case T_CreateTableAsStmt:
      AddTableAsConventions(a, reinterpret_cast<const CreateTableAsStmt *>(statement));
      break;
    case T_AlterTableStmt:
      AddAlterTableConventions(a, reinterpret_cast<const AlterTableStmt *>(statement));
      break;
    case T_CreateSeqStmt:
      AddSequenceConventions(a, reinterpret_cast<const CreateSeqStmt *>(statement));
      break;
    case T_AlterSeqStmt:
      AddSequenceConventions(a, reinterpret_cast<const AlterSeqStmt *>(statement));
      break;
    case T_CreatedbStmt:
      AddDatabaseConventions(a, reinterpret_cast<const CreatedbStmt *>(statement));
      break;
    default:
      break;
  }
  AddObjectConventions(a, statement);
  AddRoleConventions(a, statement);
  AddNameConventions(a, statement);
  AddEndConventions(a, statement);
}

}  // namespace ddlguard
