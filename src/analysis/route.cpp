/*
 * Routes a utility statement to the analyser of its family.
 *
 * A statement that no family knows is marked unclassified: a new major's node must not pass unseen.
 */
#include "analysis/analysis.h"

#include "analysis/dml.h"
#include "analysis/repack.h"
#include "analysis/tampering.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

/* EXPLAIN ANALYZE runs what it explains. */
void AnalyzeExplain(Analysis &a, const ExplainStmt *stmt) {
  bool runs = false;
  for (DefElem *option : Each<DefElem>(stmt->options))
    if (Equal(option->defname, "analyze")) runs = defGetBoolean(option);
  if (!runs || stmt->query == nullptr) return;
  const Node *inner = stmt->query;
  if (IsA(inner, Query)) inner = reinterpret_cast<const Query *>(inner)->utilityStmt;
  if (inner == nullptr) return;
  if (IsA(inner, CreateTableAsStmt)) Analyze(a, inner);
  /* Else the executor's hook judges it, but not in a script. */
  if (IsA(inner, SelectStmt) || IsA(inner, InsertStmt) || IsA(inner, UpdateStmt) || IsA(inner, DeleteStmt) ||
      IsA(inner, MergeStmt))
    AnalyzeScriptDml(a, inner);
}

/* The relation that a CREATE inside CREATE SCHEMA names; null for GRANT and others. */
RangeVar *NameOfElement(Node *element) {
  switch (nodeTag(element)) {
    case T_CreateStmt:
      return reinterpret_cast<CreateStmt *>(element)->relation;
    case T_IndexStmt:
      return reinterpret_cast<IndexStmt *>(element)->relation;
    case T_ViewStmt:
      return reinterpret_cast<ViewStmt *>(element)->view;
    case T_CreateSeqStmt:
      return reinterpret_cast<CreateSeqStmt *>(element)->sequence;
    case T_CreateTrigStmt:
      return reinterpret_cast<CreateTrigStmt *>(element)->relation;
    default:
      return nullptr;
  }
}

/* Does the unqualified name of a later element mean a relation of the new schema?  Up to 18 always; from
 * 19 on it is looked up, and the new schema comes first. */
bool MeansNewSchema(const CreateSchemaStmt *stmt, Node *element) {
#if PG_VERSION_NUM >= 190000
  if (!IsA(element, IndexStmt) && !IsA(element, CreateTrigStmt)) return true;
  for (Node *made : Each<Node>(stmt->schemaElts)) {
    if (made == element) return false;
    if (IsA(made, CreateStmt) && Equal(NameOfElement(made)->relname, NameOfElement(element)->relname)) return true;
  }
#endif
  return true;
}

/* The hook gets the elements one by one, with their schema; in a script they are only seen here. */
void AnalyzeSchemaElements(Analysis &a, const CreateSchemaStmt *stmt) {
  if (!a.ledger.script) return;
  for (Node *element : Each<Node>(stmt->schemaElts)) {
    Node *copy = static_cast<Node *>(copyObjectImpl(element));
    RangeVar *name = NameOfElement(copy);
    if (name != nullptr && name->schemaname == nullptr && MeansNewSchema(stmt, element))
      name->schemaname = stmt->schemaname;
    Analyze(a, copy);
  }
}

/* PARTITION OF and INHERITS lock the parent, for a foreign table too. */
void AnalyzeForeignTable(Analysis &a, const CreateForeignTableStmt *stmt) { AnalyzeCreateTable(a, &stmt->base); }

}  // namespace

namespace {

void Route(Analysis &a, const Node *statement) {
#define ROUTE(tag, analyse) \
  case T_##tag:             \
    return analyse(a, reinterpret_cast<const tag *>(statement))
  switch (nodeTag(statement)) {
    ROUTE(AlterTableStmt, AnalyzeAlterTable);
    ROUTE(IndexStmt, AnalyzeCreateIndex);
    ROUTE(ReindexStmt, AnalyzeReindex);
    ROUTE(CreateStmt, AnalyzeCreateTable);
    ROUTE(CreateTableAsStmt, AnalyzeCreateTableAs);
    ROUTE(DropStmt, AnalyzeDrop);
    ROUTE(DropOwnedStmt, AnalyzeDropOwned);
    ROUTE(TruncateStmt, AnalyzeTruncate);
    ROUTE(RenameStmt, AnalyzeRename);
    ROUTE(AlterObjectSchemaStmt, AnalyzeSetSchema);
    ROUTE(AlterOwnerStmt, AnalyzeOwner);
    ROUTE(VacuumStmt, AnalyzeVacuum);
    case kRepackTag:
      return AnalyzeRepack(a, statement);
      ROUTE(RefreshMatViewStmt, AnalyzeRefresh);
      ROUTE(LockStmt, AnalyzeLock);
      ROUTE(AlterTableMoveAllStmt, AnalyzeMoveAll);
      ROUTE(AlterSystemStmt, AnalyzeAlterSystem);
      ROUTE(AlterDomainStmt, AnalyzeAlterDomain);
      ROUTE(AlterEnumStmt, AnalyzeAlterEnum);
      ROUTE(ExplainStmt, AnalyzeExplain);
      ROUTE(CreateSchemaStmt, AnalyzeSchemaElements);
      ROUTE(CreateForeignTableStmt, AnalyzeForeignTable);
      ROUTE(TransactionStmt, AnalyzeBegin);
      ROUTE(CopyStmt, AnalyzeCopy);

    /* Everything else that exists today: objects without storage. */
    case T_ViewStmt:
    case T_CreateFunctionStmt:
    case T_AlterFunctionStmt:
    case T_CreateTrigStmt:
    case T_RuleStmt:
    case T_CreatePolicyStmt:
    case T_AlterPolicyStmt:
    case T_CreateSeqStmt:
    case T_AlterSeqStmt:
    case T_GrantStmt:
    case T_GrantRoleStmt:
    case T_AlterDefaultPrivilegesStmt:
    case T_CreatePublicationStmt:
    case T_AlterPublicationStmt:
    case T_CreateSubscriptionStmt:
    case T_AlterSubscriptionStmt:
    case T_DropSubscriptionStmt:
    case T_CreatedbStmt:
    case T_DropdbStmt:
    case T_AlterDatabaseStmt:
    case T_AlterDatabaseRefreshCollStmt:
    case T_AlterDatabaseSetStmt:
    case T_CreateTableSpaceStmt:
    case T_DropTableSpaceStmt:
    case T_AlterTableSpaceOptionsStmt:
    case T_CreateStatsStmt:
    case T_AlterStatsStmt:
    case T_CommentStmt:
    case T_SecLabelStmt:
    case T_CreateEventTrigStmt:
    case T_AlterEventTrigStmt:
    case T_ImportForeignSchemaStmt:
    case T_CreateExtensionStmt:
    case T_AlterExtensionStmt:
    case T_AlterExtensionContentsStmt:
    case T_CreateFdwStmt:
    case T_AlterFdwStmt:
    case T_CreateForeignServerStmt:
    case T_AlterForeignServerStmt:
    case T_CreateUserMappingStmt:
    case T_AlterUserMappingStmt:
    case T_DropUserMappingStmt:
    case T_CompositeTypeStmt:
    case T_CreateEnumStmt:
    case T_CreateRangeStmt:
    case T_CreateDomainStmt:
    case T_AlterTypeStmt:
    case T_DefineStmt:
    case T_CreateOpClassStmt:
    case T_CreateOpFamilyStmt:
    case T_AlterOpFamilyStmt:
    case T_AlterOperatorStmt:
    case T_CreatePLangStmt:
    case T_CreateConversionStmt:
    case T_CreateCastStmt:
    case T_CreateTransformStmt:
    case T_CreateAmStmt:
    case T_AlterCollationStmt:
    case T_AlterTSDictionaryStmt:
    case T_AlterTSConfigurationStmt:
    case T_AlterObjectDependsStmt:
    case T_CreateRoleStmt:
    case T_AlterRoleStmt:
    case T_AlterRoleSetStmt:
    case T_DropRoleStmt:
    case T_ReassignOwnedStmt:
      return AnalyzeObject(a, statement);

    default:
      a.unclassified = true;
  }
#undef ROUTE
}

}  // namespace

void Analyze(Analysis &a, const Node *statement) {
  Route(a, statement);
  a.own_effects = a.effects.count;
  AnalyzeTampering(a, statement);
  if (!a.conventions.Empty()) AnalyzeConventions(a, statement);
}

void AnalyzeSurroundings(Analysis &a, const Node *statement) {
  const bool conventions = !a.conventions.Empty();
  if (conventions) AnalyzeStatementConventions(a, statement);
  if (a.effects.Empty()) return;
  AnalyzeTransaction(a, statement);
  if (a.Works()) AnalyzeDiskSpace(a);
  AnalyzeReplication(a, statement);
  AnalyzeContention(a, statement);
  if (conventions) AnalyzeLockHygiene(a);
}

}  // namespace ddlguard
