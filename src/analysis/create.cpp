/*
 * CREATE TABLE and CREATE TABLE AS (SELECT INTO, CREATE MATERIALIZED VIEW).
 *
 * A new table blocks nobody; what it touches does: the tables that its foreign keys reference, the
 * table that it becomes a partition of, the tables that it inherits from.  A query that fills it
 * reads for long under whatever locks the transaction holds already, so its size is an effect too.
 */
#include "analysis/analysis.h"

#include "analysis/dml.h"

#include "analysis/statement.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

bool MayReference(Oid relation) {
  if (pg_class_aclcheck(relation, ActingRole(), ACL_REFERENCES) == ACLCHECK_OK) return true;
  return pg_attribute_aclcheck_all(relation, ActingRole(), ACL_REFERENCES, ACLMASK_ANY) == ACLCHECK_OK;
}

/* A foreign key to the new table itself finds nothing yet, or a namesake later on the search path. */
bool IsItself(const RangeVar *created, const RangeVar *referenced) {
  if (!Equal(created->relname, referenced->relname)) return false;
  return referenced->schemaname == nullptr || Equal(created->schemaname, referenced->schemaname);
}

/* The new table has no rows to check: the referenced one is locked for an instant only. */
void AddForeignKey(Analysis &a, const CreateStmt *stmt, const Constraint *constraint) {
  if (constraint->contype != CONSTR_FOREIGN || constraint->pktable == nullptr) return;
  if (IsItself(stmt->relation, constraint->pktable)) return;
  const Target *referenced = a.Resolve(constraint->pktable, ShareRowExclusiveLock);
  if (referenced == nullptr) return;
  if (referenced->relkind != RELKIND_RELATION && referenced->relkind != RELKIND_PARTITIONED_TABLE) return;
  if (OidIsValid(referenced->oid)) {
    if (!MayReference(referenced->oid)) return;
    if (referenced->IsPartitioned()) referenced = a.Look(referenced->oid, true);
  }
  Effect effect;
  effect.why = Why::fk_locks_referenced_table;
  effect.target = referenced;
  effect.lock = ShareRowExclusiveLock;
  effect.column = constraint->conname;
  effect.other = referenced;
  effect.node = reinterpret_cast<const Node *>(constraint);
  a.Add(effect);
}

/* In a script: the name belonged to a live table that an earlier statement dropped (not renamed). */
void AddIfRecreated(Analysis &a, const CreateStmt *stmt, const char *schema) {
  if (!a.ledger.script || schema == nullptr) return;
  const ScriptRelation *before = a.ledger.FindRelation(schema, stmt->relation->relname);
  if (before == nullptr || !before->gone || !OidIsValid(before->oid)) return;
  for (const ScriptRelation &each : a.ledger.relations)
    if (each.oid == before->oid && !each.gone) return;
  const Target *dropped = a.Look(before->oid, true);
  if (dropped == nullptr || (dropped->relkind != RELKIND_RELATION && !dropped->IsPartitioned())) return;
  Effect effect;
  effect.why = Why::recreate_table_same_name;
  effect.target = dropped;
  effect.node = reinterpret_cast<const Node *>(stmt);
  a.Add(effect);
}

/* What the query of CREATE TABLE AS reads. */
Size Reads(Analysis &a, const Node *query) {
  if (query != nullptr && IsA(query, Query)) {
    auto *analysed = reinterpret_cast<const Query *>(query);
    if (analysed->commandType == CMD_UTILITY) query = analysed->utilityStmt;
  }
  if (query == nullptr || !IsA(query, ExecuteStmt)) return QueryReads(a, query);
  Size size;
  auto *execute = reinterpret_cast<const ExecuteStmt *>(query);
  /* A script's own PREPARE ran nowhere: the name would mean another statement of this session. */
  PreparedStatement *prepared = a.ledger.script ? nullptr : FetchPreparedStatement(execute->name, false);
  if (prepared == nullptr) return size;
  for (const Node *each : Each<Node>(prepared->plansource->query_list)) size += QueryReads(a, each);
  return size;
}

}  // namespace

void AnalyzeCreateTable(Analysis &a, const CreateStmt *stmt) {
  const NewName name = LookUpNewName(a, stmt->relation);
  /* IF NOT EXISTS makes it a no-op; otherwise PostgreSQL refuses the second of that name. */
  if (name.taken) return;
  AddIfRecreated(a, stmt, name.schema);

  for (const RangeVar *ancestor : Each<RangeVar>(stmt->inhRelations)) {
    const bool partition = stmt->partbound != nullptr;
    const Target *parent = a.Resolve(ancestor, partition ? AccessExclusiveLock : ShareUpdateExclusiveLock);
    if (parent == nullptr) continue;
    if (OidIsValid(parent->oid)) {
      if (!OwnsRelation(parent->oid, ActingRole())) return;
      if (partition) parent = a.Look(parent->oid, true);
    }
    if (partition) {
      AnalyzeCreatePartition(a, parent, stmt);
      continue;
    }
    Effect effect;
    effect.target = parent;
    effect.lock = ShareUpdateExclusiveLock;
    a.Add(effect);
  }

  for (const Node *element : Each<Node>(stmt->tableElts)) {
    if (IsA(element, Constraint)) {
      AddForeignKey(a, stmt, reinterpret_cast<const Constraint *>(element));
    } else if (IsA(element, ColumnDef)) {
      auto *column = reinterpret_cast<const ColumnDef *>(element);
      for (const Constraint *constraint : Each<Constraint>(column->constraints)) AddForeignKey(a, stmt, constraint);
    }
  }
  for (const Constraint *constraint : Each<Constraint>(stmt->constraints)) AddForeignKey(a, stmt, constraint);
}

void AnalyzeCreateTableAs(Analysis &a, const CreateTableAsStmt *stmt) {
  const NewName name = LookUpNewName(a, stmt->into->rel);
  if (name.taken || stmt->into->skipData) return;
  Size size = Reads(a, stmt->query);
  /* Only for who waits meanwhile. */
  if (size.blocks > 0 && !a.ledger.Held().Empty()) PlannedReads(a, stmt->query, &size);
  if (size.blocks == 0) return;
  Effect effect;
  effect.target =
      a.LookObject(RelationRelationId, InvalidOid, name.temporary ? "pg_temp" : name.schema, stmt->into->rel->relname);
  effect.work = Work::scan;
  effect.size = size;
  effect.node = reinterpret_cast<const Node *>(stmt);
  effect.on_fresh = true;
  a.Add(effect);
}

}  // namespace ddlguard
