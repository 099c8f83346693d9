/*
 * ATTACH and DETACH PARTITION.
 *
 * What ATTACH would do under its lock is done before: the partition proves its bound by a validated
 * CHECK, the default partition that it has no such row, indexes and foreign keys are there already.
 * The CHECKs go again afterwards.
 */
#include "analysis/index_match.h"
#include "analysis/partition_bound.h"
#include "analysis/proof.h"
#include "pg/catalog.h"
#include "pg/expression.h"
#include "pg/lexer.h"
#include "recipes/recipe.h"

namespace ddlguard {

namespace {

struct Helper {
  const char *table; /* quoted */
  const char *name;  /* of a CHECK that goes again; quoted */
};

struct Attaching {
  Plan &plan;
  Relation parent;
  const Target *child;
  Array<Helper> helpers;

  /* A validated CHECK on a table: condition, implicitly ANDed, over the parent's columns.
   * Nothing when its constraints say so already. */
  void Prove(Oid table, List *condition) {
    Relation rel = condition == NIL ? nullptr : OpenUnlocked(table);
    if (rel == nullptr) return;
    condition = map_partition_varattnos(condition, 1, rel, parent);
    if (!ConstraintProven(rel, condition)) {
      const char *text = deparse_expression(reinterpret_cast<Node *>(make_ands_explicit(condition)),
                                            deparse_context_for(RelationGetRelationName(rel), table), false, false);
      const char *name = QuoteIdent(NewConstraintName(plan, table, nullptr, "partition_check"));
      helpers.Add({RelationSql(table), name});
      AddValidatedSteps(plan, RelationSql(table), name, Format("CHECK ({})", text));
    }
    CloseUnlocked(rel);
  }

  /* The default partition has no row of the bound. */
  void ProveDefault(PartitionBoundSpec *bound) {
    const Oid oid = get_default_oid_from_partdesc(RelationGetPartitionDesc(parent, true));
    if (OidIsValid(oid) && !bound->is_default)
      Prove(oid, get_proposed_default_constraint(get_qual_from_partbound(parent, bound)));
  }

  void DropHelpers() const {
    for (const Helper &helper : helpers)
      plan.Add(
          {.phase = Phase::contract, .sql = Format("ALTER TABLE {} DROP CONSTRAINT {}", helper.table, helper.name)});
  }
};

/* Names of an index's columns, as they stand in the name of a copy. */
List *IndexColumns(Oid index) {
  List *names = NIL;
  Relation rel = OpenUnlocked(index);
  if (rel == nullptr) return NIL;
  for (int i = 0; i < RelationGetNumberOfAttributes(rel); ++i)
    names = lappend(names, makeString(pstrdup(NameStr(TupleDescAttr(RelationGetDescr(rel), i)->attname))));
  CloseUnlocked(rel);
  return names;
}

/* The printed index of the parent, for a partition: "CREATE INDEX name ON ONLY parent USING ..." */
const char *IndexSql(Oid index, const char *name, const char *table) {
  const char *text = pg_get_indexdef_string(index);
  const char *tail = AfterTable(text);
  const bool unique = strncmp(text, "CREATE UNIQUE", 13) == 0;
  return Format("CREATE {}INDEX CONCURRENTLY {} ON {} {}", unique ? "UNIQUE " : "", QuoteIdent(name), table, tail);
}

/* pg_get_constraintdef(): "PRIMARY KEY (id)", "FOREIGN KEY (a) REFERENCES b(id) ON DELETE CASCADE" */
const char *ConstraintSql(Oid constraint) {
  const Datum definition = DirectFunctionCall1(pg_get_constraintdef, ObjectIdGetDatum(constraint));
  return TextDatumGetCString(definition);
}

char ConstraintType(Oid constraint, bool *deferrable, bool *deferred) {
  HeapTuple tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
  if (!HeapTupleIsValid(tuple)) return '\0';
  auto form = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple));
  const char type = form->contype;
  *deferrable = form->condeferrable;
  *deferred = form->condeferred;
  ReleaseSysCache(tuple);
  return type;
}

void AddIndex(Attaching &at, Oid index, Oid table) {
  const char *relation = RelationSql(table);
  if (relation == nullptr) return; /* just dropped */
  const Oid constraint = get_index_constraint(index);
  bool deferrable = false, deferred = false;
  const char type = OidIsValid(constraint) ? ConstraintType(constraint, &deferrable, &deferred) : '\0';
  if (type == CONSTRAINT_EXCLUSION) return;
  const char *name = NewIndexName(at.plan, table, IndexColumns(index),
                                  type == CONSTRAINT_PRIMARY  ? IndexUse::primary
                                  : type == CONSTRAINT_UNIQUE ? IndexUse::unique
                                                              : IndexUse::plain);
  AddIndexBuildSteps(at.plan, table, name, IndexSql(index, name, relation));
  if (type == '\0') return;
  at.plan.Add({.sql = Format("ALTER TABLE {} ADD CONSTRAINT {} {} USING INDEX {}{}", relation, QuoteIdent(name),
                             type == CONSTRAINT_PRIMARY ? "PRIMARY KEY" : "UNIQUE", QuoteIdent(name),
                             deferred     ? " DEFERRABLE INITIALLY DEFERRED"
                             : deferrable ? " DEFERRABLE"
                                          : "")});
}

/* The partition itself, or the leaves of one that is partitioned. */
Array<Oid> TablesWithRows(const Target *table) {
  Array<Oid> tables;
  if (table->relkind == RELKIND_RELATION) tables.Add(table->oid);
  for (Oid each : table->descendants)
    if (get_rel_relkind(each) == RELKIND_RELATION) tables.Add(each);
  return tables;
}

void AddIndexes(Attaching &at) {
  List *indexes = RelationGetIndexList(at.parent);
  for (int i = 0; i < list_length(indexes); ++i) {
    const Oid index = list_nth_oid(indexes, i);
    IndexShape shape;
    if (get_rel_relkind(index) != RELKIND_PARTITIONED_INDEX || !ShapeOfIndex(index, &shape)) continue;
    if (OidIsValid(AttachableIndex(at.child->oid, RelationGetDescr(at.parent), shape, true))) continue;
    for (Oid table : TablesWithRows(at.child))
      if (!OidIsValid(AttachableIndex(table, RelationGetDescr(at.parent), shape, true))) AddIndex(at, index, table);
  }
}

bool HasConstraintLike(Oid relation, const char *definition) {
  Array<Oid> keys;
  ForEachConstraint(relation, [&](Form_pg_constraint form, HeapTuple) {
    if (form->contype == CONSTRAINT_FOREIGN) keys.Add(form->oid);
  });
  for (Oid key : keys)
    if (Equal(ConstraintSql(key), definition)) return true;
  return false;
}

void AddForeignKeys(Attaching &at) {
  struct Key {
    Oid oid;
    const char *name;
  };
  Array<Key> keys;
  ForEachConstraint(RelationGetRelid(at.parent), [&](Form_pg_constraint form, HeapTuple) {
    if (form->contype == CONSTRAINT_FOREIGN && form->convalidated && !OidIsValid(form->conparentid))
      keys.Add({form->oid, pstrdup(NameStr(form->conname))});
  });
  for (const Key &key : keys) {
    const char *definition = ConstraintSql(key.oid);
    for (Oid table : TablesWithRows(at.child))
      if (!HasConstraintLike(table, definition))
        AddValidatedSteps(at.plan, RelationSql(table), QuoteIdent(key.name), definition);
  }
}

}  // namespace

namespace {

/* The partition is empty, but the default partition is read for rows of its bound. */
void CreatePartition(const Case &c, Plan &plan, const CreateStmt *stmt) {
  const Oid parent = stmt->partbound == nullptr
                         ? InvalidOid
                         : RangeVarGetRelid(static_cast<RangeVar *>(linitial(stmt->inhRelations)), NoLock, true);
  Relation rel = OidIsValid(parent) ? OpenUnlocked(parent) : nullptr;
  if (rel == nullptr) return;
  Ledger ledger;
  Analysis a(c.statement, ledger);
  if (PartitionBoundSpec *bound = TransformBound(a, rel, stmt->partbound)) {
    Attaching at = {.plan = plan, .parent = rel, .child = nullptr, .helpers = {}};
    at.ProveDefault(bound);
    plan.Add({.sql = c.statement});
    at.DropHelpers();
  }
  CloseUnlocked(rel);
}

}  // namespace

void AttachPartition(const Case &c, Plan &plan) {
  if (auto *create = c.Parsed<CreateStmt>(T_CreateStmt)) return CreatePartition(c, plan, create);
  auto *stmt = c.Parsed<AlterTableStmt>(T_AlterTableStmt);
  auto *cmd = stmt != nullptr ? static_cast<AlterTableCmd *>(linitial(stmt->cmds)) : nullptr;
  if (cmd == nullptr || cmd->subtype != AT_AttachPartition) return;
  auto *attach = reinterpret_cast<const PartitionCmd *>(cmd->def);
  Ledger ledger;
  Analysis a(c.statement, ledger);
  const Target *parent = a.Resolve(stmt->relation, NoLock);
  const Target *child = a.Resolve(attach->name, NoLock);
  if (parent == nullptr || child == nullptr) return;
  child = a.Look(child->oid, true);
  Relation rel = OpenUnlocked(parent->oid);
  if (rel == nullptr) return;
  if (PartitionBoundSpec *bound = TransformBound(a, rel, attach->bound)) {
    List *qual = get_qual_from_partbound(rel, bound);
    Attaching at = {.plan = plan, .parent = rel, .child = child, .helpers = {}};
    AddIndexes(at);
    AddForeignKeys(at);
    List *whole = list_concat(static_cast<List *>(copyObjectImpl(qual)), PartitionQual(rel));
    at.Prove(child->oid, reinterpret_cast<List *>(FoldConstants(child->oid, reinterpret_cast<Node *>(whole))));
    at.ProveDefault(bound);
    plan.Add({.phase = Phase::switch_over,
              .sql = c.statement,
              .back_out = Format("ALTER TABLE {} DETACH PARTITION {}", RelationSql(parent), RelationSql(child))});
    at.DropHelpers();
  }
  CloseUnlocked(rel);
}

namespace {

/* Its sequence numbers the rows of every partition, which ATTACH knows only from 17 on. */
bool HasIdentity(Oid relation) {
  Relation rel = OpenUnlocked(relation);
  if (rel == nullptr) return false;
  bool has = false;
  for (int i = 0; i < RelationGetNumberOfAttributes(rel); ++i)
    has = has || TupleDescAttr(RelationGetDescr(rel), i)->attidentity != '\0';
  CloseUnlocked(rel);
  return has;
}

/* "FOR VALUES FROM (...) TO (...)" */
const char *BoundSql(Oid partition) {
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(partition));
  if (!HeapTupleIsValid(tuple)) return "DEFAULT";
  bool isnull;
  Datum bound = SysCacheGetAttr(RELOID, tuple, Anum_pg_class_relpartbound, &isnull);
  if (!isnull) bound = DirectFunctionCall2(pg_get_expr, bound, ObjectIdGetDatum(partition));
  ReleaseSysCache(tuple);
  return isnull ? "DEFAULT" : TextDatumGetCString(bound);
}

}  // namespace

/* A table made beside its parent and attached then locks the parent only against other schema changes. */
void CreateAndAttach(const Case &c, Plan &plan) {
  auto *stmt = c.Parsed<CreateStmt>(T_CreateStmt);
  if (stmt == nullptr || stmt->partbound == nullptr || stmt->tableElts != NIL || stmt->partspec != nullptr) return;
  if (stmt->options != NIL || stmt->tablespacename != nullptr || stmt->accessMethod != nullptr) return;
  if (stmt->if_not_exists || stmt->relation->relpersistence != RELPERSISTENCE_PERMANENT) return;
  const Oid parent = RangeVarGetRelid(static_cast<RangeVar *>(linitial(stmt->inhRelations)), NoLock, true);
  const char *bound = AfterRelation(c.statement, "of");
  if (!OidIsValid(parent) || bound == nullptr || HasIdentity(parent)) return;
  const char *table = QualifiedName(stmt->relation->schemaname, stmt->relation->relname);
  plan.Add({.sql = Format("CREATE TABLE {} (LIKE {} INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS "
                          "INCLUDING STORAGE INCLUDING COMPRESSION)",
                          table, RelationSql(parent)),
            .back_out = Format("DROP TABLE {}", table)});
  plan.Add({.phase = Phase::switch_over,
            .sql = Format("ALTER TABLE {} ATTACH PARTITION {} {}", RelationSql(parent), table, bound)});
}

/* What proves a bound to ATTACH: the CHECK that DETACH CONCURRENTLY leaves behind, or one made for it. */
const char *AttachAgain(const char *parent, const char *child, const char *bound, const char *check,
                        const char *condition) {
  const char *prove = kDetachLeavesCheck ? ""
                                         : Format(
                                               "ALTER TABLE {0} ADD CONSTRAINT {1} CHECK ({2}) NOT VALID;\n"
                                               "ALTER TABLE {0} VALIDATE CONSTRAINT {1};\n",
                                               child, check, condition);
  return Format("{}ALTER TABLE {} ATTACH PARTITION {} {};\nALTER TABLE {} DROP CONSTRAINT {}", prove, parent, child,
                bound, child, check);
}

void DetachConcurrently(const Case &c, Plan &plan) {
  auto *stmt = c.Parsed<AlterTableStmt>(T_AlterTableStmt);
  auto *cmd = stmt != nullptr ? static_cast<AlterTableCmd *>(linitial(stmt->cmds)) : nullptr;
  if (cmd == nullptr || cmd->subtype != AT_DetachPartition) return;
  /* Then it is the break itself, however it is locked. */
  const bool in_use = c.effect.why == Why::detach_partition_in_use;
  if (reinterpret_cast<const PartitionCmd *>(cmd->def)->concurrent) {
    if (in_use) AfterRelease(c, plan);
    return;
  }
  const Oid parent = RangeVarGetRelid(stmt->relation, NoLock, true);
  const Oid child = RangeVarGetRelid(reinterpret_cast<const PartitionCmd *>(cmd->def)->name, NoLock, true);
  Relation rel = OidIsValid(parent) && OidIsValid(child) ? OpenUnlocked(child) : nullptr;
  if (rel == nullptr) return;
  Relation parent_rel = OpenUnlocked(parent);
  PartitionKeyOf(parent_rel);
  const bool has_default = OidIsValid(get_default_oid_from_partdesc(RelationGetPartitionDesc(parent_rel, true)));
  List *columns = NIL;
  List *bound = PartitionQual(rel);
  const char *condition = deparse_expression(reinterpret_cast<Node *>(make_ands_explicit(bound)),
                                             deparse_context_for(RelationGetRelationName(rel), child), false, false);
  CloseUnlocked(parent_rel);
  CloseUnlocked(rel);
  if (has_default) return; /* PostgreSQL refuses it */
  for (Var *var : Each<Var>(pull_var_clause(reinterpret_cast<Node *>(bound), 0)))
    columns = list_append_unique_int(columns, var->varattno);
  const char *column =
      list_length(columns) == 1 ? get_attname(child, static_cast<AttrNumber>(linitial_int(columns)), true) : nullptr;
  const char *check = QuoteIdent(NewConstraintName(plan, child, column, "check"));
  plan.Add({.phase = Phase::contract,
            .sql = Format("{} CONCURRENTLY", c.statement),
            .transactional = false,
            .back_out = AttachAgain(RelationSql(parent), RelationSql(child), BoundSql(child), check, condition),
            .on_record = in_use});
  if (!kDetachLeavesCheck) return;
  plan.Add({.phase = Phase::contract,
            .sql = Format("ALTER TABLE {} DROP CONSTRAINT IF EXISTS {}", RelationSql(child), check)});
}

}  // namespace ddlguard
