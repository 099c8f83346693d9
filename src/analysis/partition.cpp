/*
 * Partitions: ATTACH, DETACH, CREATE TABLE ... PARTITION OF.
 *
 * ATTACH decides as ATExecAttachPartition does: rows are read unless the partition's validated CHECK
 * and NOT NULL constraints imply the bound; the default partition is read unless its constraints
 * exclude the bound; indexes and foreign keys of the parent are adopted where the partition has equal
 * ones and made where it has not.  All of it under ACCESS EXCLUSIVE on the partition.
 */
#include "analysis/analysis.h"

#include "analysis/index_match.h"
#include "analysis/partition_bound.h"
#include "analysis/statement.h"
#include "pg/catalog.h"
#include "pg/expression.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

void AddBrief(Analysis &a, const Target *target, LOCKMODE lock, const Target *other = nullptr,
              LOCKMODE below = Effect::kSameLock) {
  if (target == nullptr) return;
  Effect effect;
  effect.below = below;
  effect.target = target;
  effect.lock = lock;
  effect.other = other;
  a.Add(effect);
}

Oid DefaultPartition(Relation parent) {
  PartitionKeyOf(parent);
  return get_default_oid_from_partdesc(RelationGetPartitionDesc(parent, true));
}

/* The default partition may hold rows of the new bound. */
void AddDefaultScan(Analysis &a, Relation parent, List *bound_qual, const Target *incoming, const Node *statement) {
  const Oid oid = DefaultPartition(parent);
  const Target *target = OidIsValid(oid) ? a.Look(oid, true) : nullptr;
  if (target == nullptr) return;
  Relation relation = OpenUnlocked(oid);
  if (relation == nullptr) return;
  List *constraint = get_proposed_default_constraint(static_cast<List *>(copyObjectImpl(bound_qual)));
  const Size size = ToScan(a, relation, map_partition_varattnos(constraint, 1, relation, parent));
  CloseUnlocked(relation);
  if (size.blocks == 0) return AddBrief(a, target, AccessExclusiveLock);
  Effect effect;
  effect.why = Why::attach_partition_default_scan;
  effect.target = target;
  effect.lock = AccessExclusiveLock;
  effect.work = Work::scan;
  effect.size = size;
  effect.other = incoming;
  effect.node = statement;
  a.Add(effect);
}

/* ---- what the partition must have ---- */

/* Would the columns be accepted?  If not, PostgreSQL refuses before any work. */
bool ColumnsFit(const Analysis &a, Relation parent, Relation child) {
  TupleDesc wanted = RelationGetDescr(parent);
  TupleDesc given = RelationGetDescr(child);
  int expected = 0;
  int present = 0;
  for (int i = 0; i < given->natts; ++i)
    if (!TupleDescAttr(given, i)->attisdropped) ++present;
  for (int i = 0; i < wanted->natts; ++i) {
    const FormData_pg_attribute *want = TupleDescAttr(wanted, i);
    if (want->attisdropped) continue;
    ++expected;
    const FormData_pg_attribute *have = nullptr;
    for (int j = 0; j < given->natts; ++j) {
      const FormData_pg_attribute *each = TupleDescAttr(given, j);
      if (!each->attisdropped && strcmp(NameStr(each->attname), NameStr(want->attname)) == 0) have = each;
    }
    if (have == nullptr || have->atttypid != want->atttypid || have->atttypmod != want->atttypmod) return false;
    if (have->attcollation != want->attcollation) return false;
    if (want->attnotnull && !have->attnotnull && !a.ledger.script) return false;
  }
  return expected == present || a.ledger.script;
}

struct Attaching {
  Analysis &a;
  const Target *parent;
  const Target *child; /* recursed */
  const Node *node;

  void AddUnique(const char *index) const {
    a.Add({.why = Why::add_unique_on_existing_data,
           .target = child,
           .lock = AccessExclusiveLock,
           .column = index,
           .node = node});
  }

  void Add(Why why, Work work, Size size, const char *part, const Target *other, bool on_fresh) const {
    if (size.blocks == 0) return;
    Effect effect;
    effect.why = why;
    effect.target = child;
    effect.lock = AccessExclusiveLock;
    effect.work = work;
    effect.size = size;
    effect.column = part;
    effect.other = other;
    effect.node = node;
    effect.on_fresh = on_fresh;
    a.Add(effect);
  }
};

void AddMissingIndexes(const Attaching &at, Relation parent) {
  List *indexes = RelationGetIndexList(parent);
  ListCell *cell;
  foreach (cell, indexes) {
    const Oid index = lfirst_oid(cell);
    if (get_rel_relkind(index) != RELKIND_PARTITIONED_INDEX) continue;
    IndexShape shape;
    if (!ShapeOfIndex(index, &shape)) continue;
    if (OidIsValid(AttachableIndex(at.child->oid, RelationGetDescr(parent), shape)) ||
        HasScriptIndex(at.a, at.child->oid, RelationGetDescr(parent), shape))
      continue;
    const Size size = UncoveredSize(at.a, at.child, RelationGetDescr(parent), shape);
    if (shape.info->ii_Unique && size.blocks > 0) at.AddUnique(get_rel_name(index));
    at.Add(Why::attach_partition_builds_index, Work::index_build, size, get_rel_name(index), at.parent, false);
  }
}

struct ForeignKey {
  Oid oid;
  Oid parent; /* conparentid */
  Oid referenced;
  int count;
  AttrNumber columns[INDEX_MAX_KEYS];
  AttrNumber referenced_columns[INDEX_MAX_KEYS];
  bool validated, deferrable, deferred;
  char on_update, on_delete, match;
  const char *name;
};

Array<ForeignKey> ForeignKeysOf(Oid relation) {
  Array<ForeignKey> keys;
  ForEachConstraint(relation, [&](Form_pg_constraint form, HeapTuple tuple) {
    if (form->contype != CONSTRAINT_FOREIGN) return;
    ForeignKey key = {};
    key.oid = form->oid;
    key.parent = form->conparentid;
    key.referenced = form->confrelid;
    key.count = ConstraintColumns(tuple, Anum_pg_constraint_conkey, key.columns, INDEX_MAX_KEYS);
    ConstraintColumns(tuple, Anum_pg_constraint_confkey, key.referenced_columns, INDEX_MAX_KEYS);
    key.validated = form->convalidated;
    key.deferrable = form->condeferrable;
    key.deferred = form->condeferred;
    key.on_update = form->confupdtype;
    key.on_delete = form->confdeltype;
    key.match = form->confmatchtype;
    key.name = pstrdup(NameStr(form->conname));
    keys.Add(key);
  });
  return keys;
}

/* Would the partition's foreign key be adopted as the parent's? */
bool Adoptable(Oid child, const ForeignKey &own, Oid parent, const ForeignKey &wanted) {
  if (OidIsValid(own.parent) || !own.validated || own.referenced != wanted.referenced) return false;
  if (own.count != wanted.count || own.deferrable != wanted.deferrable || own.deferred != wanted.deferred) return false;
  if (own.on_update != wanted.on_update || own.on_delete != wanted.on_delete || own.match != wanted.match) return false;
  for (int i = 0; i < own.count; ++i) {
    if (own.referenced_columns[i] != wanted.referenced_columns[i]) return false;
    if (!Equal(ColumnName(child, own.columns[i]), ColumnName(parent, wanted.columns[i]))) return false;
  }
  return true;
}

/* One that the script adds. */
ForeignKey KeyOfScript(Oid child, const ScriptConstraint &made) {
  const Constraint *definition = made.definition;
  ForeignKey key = {};
  key.referenced = RangeVarGetRelid(definition->pktable, NoLock, true);
  key.validated = made.validated;
  key.deferrable = definition->deferrable;
  key.deferred = definition->initdeferred;
  key.on_update = definition->fk_upd_action;
  key.on_delete = definition->fk_del_action;
  key.match = definition->fk_matchtype;
  for (Node *name : Each<Node>(definition->fk_attrs))
    if (key.count < INDEX_MAX_KEYS) key.columns[key.count++] = get_attnum(child, strVal(name));
  int i = 0;
  for (Node *name : Each<Node>(definition->pk_attrs))
    if (i < INDEX_MAX_KEYS) key.referenced_columns[i++] = get_attnum(key.referenced, strVal(name));
  if (i > 0 || !OidIsValid(key.referenced)) return key;
  /* Without columns it means the primary key. */
  Relation referenced = OpenUnlocked(key.referenced);
  if (referenced == nullptr) return key;
  RelationGetIndexList(referenced);
  HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(referenced->rd_pkindex));
  CloseUnlocked(referenced);
  if (!HeapTupleIsValid(tuple)) return key;
  auto form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
  for (; i < form->indnkeyatts; ++i) key.referenced_columns[i] = form->indkey.values[i];
  ReleaseSysCache(tuple);
  return key;
}

bool HasForeignKey(const Analysis &a, Oid child, Oid parent, const ForeignKey &wanted) {
  for (const ForeignKey &own : ForeignKeysOf(child)) {
    ForeignKey now = own;
    for (const ScriptConstraint &made : a.ledger.constraints)
      if (made.relation == child && Equal(made.name, own.name)) now.validated = made.validated && !made.gone;
    if (Adoptable(child, now, parent, wanted)) return true;
  }
  for (const ScriptConstraint &made : a.ledger.constraints) {
    if (made.relation != child || made.gone || made.definition == nullptr) continue;
    if (made.definition->contype != CONSTR_FOREIGN) continue;
    if (Adoptable(child, KeyOfScript(child, made), parent, wanted)) return true;
  }
  return false;
}

/* The rows of a constraint's further levels: one for every partition of the referenced table. */
bool IsLevelOf(const Array<ForeignKey> &keys, Oid parent) {
  for (const ForeignKey &key : keys)
    if (key.oid == parent) return true;
  return false;
}

void AddMissingForeignKeys(const Attaching &at) {
  const Array<ForeignKey> keys = ForeignKeysOf(at.parent->oid);
  for (const ForeignKey &key : keys) {
    if (IsLevelOf(keys, key.parent)) continue;
    const Target *referenced = at.a.Look(key.referenced);
    const bool adopted = HasForeignKey(at.a, at.child->oid, at.parent->oid, key);
    /* Adopting drops triggers on the referenced table, making a new one only adds some. */
    AddBrief(at.a, referenced, adopted ? AccessExclusiveLock : ShareRowExclusiveLock, at.child);
    /* From 18 on the parent's may be NOT VALID, and then the partition's is not validated either. */
    if (adopted || !key.validated) continue;
    Size size = at.child->tree;
    for (Oid leaf : at.child->descendants) {
      if (!HasForeignKey(at.a, leaf, at.parent->oid, key)) continue;
      const Target *proven = at.a.Look(leaf);
      if (proven == nullptr || !proven->Shared() || proven->own.blocks > size.blocks) continue;
      size.blocks -= proven->own.blocks;
      size.rows = size.rows > proven->own.rows ? size.rows - proven->own.rows : 0;
    }
    const bool on_fresh = at.child->fresh && referenced != nullptr && referenced->Live();
    at.Add(Why::attach_partition_fk, Work::scan, size, key.name, referenced, on_fresh);
  }
}

/* Foreign keys from elsewhere to a relation; triggers are the cheap sign that there may be some. */
Array<Oid> KeysTo(Relation relation) {
  return relation->rd_rel->relhastriggers ? ReferencingForeignKeys(RelationGetRelid(relation)) : Array<Oid>();
}

/* A new partition of a referenced table is referenced too: each referencing table gets a constraint. */
void AddReferencing(Analysis &a, const Target *parent, Relation relation) {
  for (Oid key : KeysTo(relation)) {
    HeapTuple tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(key));
    if (!HeapTupleIsValid(tuple)) continue;
    const Oid referencing = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple))->conrelid;
    ReleaseSysCache(tuple);
    AddBrief(a, a.Look(referencing, true), ShareRowExclusiveLock, parent);
  }
}

bool MayBecomePartition(const Analysis &a, const Target *child) {
  switch (child->relkind) {
    case RELKIND_RELATION:
    case RELKIND_PARTITIONED_TABLE:
    case RELKIND_FOREIGN_TABLE:
      break;
    default:
      return false;
  }
  /* In a script it may have been detached a statement ago. */
  if (child->partition && !a.ledger.script) return false;
  return OwnsRelation(child->oid, GetUserId());
}

void AddIfDetachPending(Analysis &a, const Target *parent, Relation relation, const Node *statement) {
  if (!RelationGetPartitionDesc(relation, false)->detached_exist) return;
  Effect effect;
  effect.why = Why::detach_pending;
  effect.below = NoLock;
  effect.target = parent;
  effect.lock = ShareUpdateExclusiveLock;
  effect.node = statement;
  a.Add(effect);
}

}  // namespace

void AnalyzeAttachPartition(Analysis &a, const Target *parent, const PartitionCmd *cmd) {
  const auto *node = reinterpret_cast<const Node *>(cmd);
  const Target *child = a.Resolve(cmd->name, AccessExclusiveLock);
  if (child == nullptr || cmd->bound == nullptr || parent->relkind != RELKIND_PARTITIONED_TABLE) return;
  const bool child_known = OidIsValid(child->oid);
  if (child_known && !MayBecomePartition(a, child)) return;
  if (child_known) child = a.Look(child->oid, true);

  AddBrief(a, parent, ShareUpdateExclusiveLock, child, NoLock);
  AddBrief(a, child, AccessExclusiveLock, parent);
  const Attaching at = {a, parent, child, node};

  if (!OidIsValid(parent->oid)) {
    if (child_known && !cmd->bound->is_default && !HasValidatedCheck(a, child->oid))
      at.Add(Why::attach_partition_scan, Work::scan, child->tree, nullptr, parent, false);
    return;
  }

  Relation parent_rel = OpenUnlocked(parent->oid);
  if (parent_rel == nullptr) return;
  PartitionBoundSpec *bound = TransformBound(a, parent_rel, cmd->bound);
  const bool has_default = OidIsValid(DefaultPartition(parent_rel));
  if (bound == nullptr || (bound->is_default && has_default)) return CloseUnlocked(parent_rel);
  AddIfDetachPending(a, parent, parent_rel, node);
  List *bound_qual = get_qual_from_partbound(parent_rel, bound);

  Relation child_rel = child_known ? OpenUnlocked(child->oid) : nullptr;
  if (!child_known) {
    AddMissingForeignKeys(at);
    AddReferencing(a, parent, parent_rel);
  }
  if (child_rel != nullptr) {
    if (!ColumnsFit(a, parent_rel, child_rel)) {
      /* The script changed its columns, or PostgreSQL refuses it. */
      if (a.ledger.script && !HasValidatedCheck(a, child->oid))
        at.Add(Why::attach_partition_scan, Work::scan, child->tree, nullptr, parent, false);
      CloseUnlocked(child_rel);
      return CloseUnlocked(parent_rel);
    }
    AddMissingIndexes(at, parent_rel);
    AddMissingForeignKeys(at);
    AddReferencing(a, parent, parent_rel);
    List *qual = list_concat(static_cast<List *>(copyObjectImpl(bound_qual)), PartitionQual(parent_rel));
    if (qual != NIL) {
      qual = reinterpret_cast<List *>(FoldConstants(child->oid, reinterpret_cast<Node *>(qual)));
      qual = map_partition_varattnos(qual, 1, child_rel, parent_rel);
      const Target *blocked = has_default ? a.Look(DefaultPartition(parent_rel), true) : nullptr;
      const bool on_fresh = child->fresh && blocked != nullptr && blocked->Live();
      at.Add(Why::attach_partition_scan, Work::scan, ToScan(a, child_rel, qual), nullptr, parent, on_fresh);
    }
    CloseUnlocked(child_rel);
  }
  if (!bound->is_default) AddDefaultScan(a, parent_rel, bound_qual, child, node);
  CloseUnlocked(parent_rel);
}

void AnalyzeCreatePartition(Analysis &a, const Target *parent, const CreateStmt *stmt) {
  const auto *node = reinterpret_cast<const Node *>(stmt);
  if (parent->relkind != RELKIND_PARTITIONED_TABLE) return;
  Effect effect;
  effect.why = Why::create_partition_of_locks_parent;
  effect.below = NoLock;
  effect.target = parent;
  effect.lock = AccessExclusiveLock;
  effect.column = stmt->relation->relname;
  effect.node = node;
  if (!OidIsValid(parent->oid)) {
    a.Add(effect);
    return;
  }

  Relation relation = OpenUnlocked(parent->oid);
  if (relation == nullptr) return;
  PartitionBoundSpec *bound = TransformBound(a, relation, stmt->partbound);
  const bool second_default = bound != nullptr && bound->is_default && OidIsValid(DefaultPartition(relation));
  if (bound != nullptr && !second_default) {
    a.Add(effect);
    AddIfDetachPending(a, parent, relation, node);
    const Array<ForeignKey> keys = ForeignKeysOf(parent->oid);
    for (const ForeignKey &key : keys)
      if (!IsLevelOf(keys, key.parent)) AddBrief(a, a.Look(key.referenced), ShareRowExclusiveLock, parent);
    AddReferencing(a, parent, relation);
    if (!bound->is_default) AddDefaultScan(a, relation, get_qual_from_partbound(relation, bound), nullptr, node);
  }
  CloseUnlocked(relation);
}

namespace {

/* Foreign keys that reference the whole table are checked before one of its partitions leaves: no row
 * may reference what is taken away.  That reads the referencing table, which is then locked to drop
 * what belongs to the partition. */
void AddReferencingScans(Analysis &a, const Target *parent, const Target *partition, bool concurrently,
                         const Node *node) {
  Relation relation = OpenUnlocked(partition->oid);
  if (relation == nullptr) return;
  for (Oid oid : KeysTo(relation)) {
    HeapTuple tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(oid));
    if (!HeapTupleIsValid(tuple)) continue;
    auto form = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple));
    const bool inherited = OidIsValid(form->conparentid);
    const Oid referencing = form->conrelid;
    const char *name = pstrdup(NameStr(form->conname));
    ReleaseSysCache(tuple);
    const Target *target = inherited ? a.Look(referencing, true) : nullptr;
    if (target == nullptr) continue;
    Effect effect;
    effect.target = target;
    effect.lock = concurrently ? ShareLock : AccessExclusiveLock;
    effect.column = name;
    effect.other = parent;
    effect.node = node;
    if (target->tree.blocks > 0 && partition->tree.blocks > 0) {
      effect.why = Why::validate_while_holding_locks;
      effect.work = Work::scan;
      effect.size = target->tree;
      effect.fact = "DETACH reads it to make sure that no row references the partition";
    }
    a.Add(effect);
  }
  CloseUnlocked(relation);
}

}  // namespace

/*
 * Would new rows miss the partition?  Those of a hash-partitioned table spread over all of them; a
 * range grows at its upper end.  Lists tell nothing.
 */
static bool TakesNewRows(Relation parent, Oid partition) {
  PartitionKey key = PartitionKeyOf(parent);
  if (key->strategy == PARTITION_STRATEGY_HASH) return true;
  if (key->strategy != PARTITION_STRATEGY_RANGE) return false;
  PartitionDesc partitions = RelationGetPartitionDesc(parent, true);
  return partitions->nparts > 0 && partitions->oids[partitions->nparts - 1] == partition;
}

void AnalyzeDetachPartition(Analysis &a, const Target *parent, const PartitionCmd *cmd, bool concurrently) {
  const auto *node = reinterpret_cast<const Node *>(cmd);
  const Target *partition = a.Resolve(cmd->name, concurrently ? NoLock : AccessExclusiveLock);
  if (partition == nullptr || parent->relkind != RELKIND_PARTITIONED_TABLE) return;
  const LOCKMODE lock = concurrently ? ShareUpdateExclusiveLock : AccessExclusiveLock;
  const bool known = OidIsValid(partition->oid) && OidIsValid(parent->oid);
  /* In a script it may have been attached a statement ago. */
  const bool attached = known && partition->partition && get_partition_parent(partition->oid, true) == parent->oid;
  if (!attached && !a.ledger.script) return;
  if (known) partition = a.Look(partition->oid, true);

  Relation relation = OpenUnlocked(parent->oid);
  const Oid default_partition = relation == nullptr ? InvalidOid : DefaultPartition(relation);

  Effect effect;
  effect.target = parent;
  effect.lock = lock;
  effect.below = NoLock;
  effect.column = partition->name;
  effect.other = partition;
  effect.node = node;
  if (concurrently) {
    AddIfTimeouts(a, parent, partition->name, node);
    if (a.ledger.script && (a.ledger.in_block || OidIsValid(default_partition))) {
      effect.why = Why::detach_concurrently_preconditions;
      effect.fact = a.ledger.in_block ? "it is inside a transaction block" : "the table has a default partition";
    }
  } else {
    effect.why = Why::detach_partition_blocking;
  }
  /* PostgreSQL refuses the concurrent form when there is a default partition. */
  if (!concurrently || a.ledger.script || !OidIsValid(default_partition)) {
    a.Add(effect);
    /* The concurrent form takes it too, when nobody uses the partition any more. */
    AddBrief(a, partition, AccessExclusiveLock, parent);
    if (!concurrently && OidIsValid(default_partition) && default_partition != partition->oid)
      AddBrief(a, a.Look(default_partition, true), AccessExclusiveLock, parent);
    if (relation != nullptr && attached) {
      AddIfDetachPending(a, parent, relation, node);
      AddReferencingScans(a, parent, partition, concurrently, node);
      /* Its foreign keys become its own, with triggers of their own on the referenced tables. */
      for (const ForeignKey &key : ForeignKeysOf(partition->oid))
        if (OidIsValid(key.parent)) AddBrief(a, a.Look(key.referenced), ShareRowExclusiveLock, partition);
    }
    if (OidIsValid(default_partition) && default_partition == partition->oid) {
      effect.why = Why::detach_default_partition;
      effect.target = partition;
      effect.other = parent;
      effect.fact = nullptr;
      a.Add(effect);
    } else if (relation != nullptr && attached && !OidIsValid(default_partition) &&
               TakesNewRows(relation, partition->oid)) {
      effect.why = Why::detach_partition_in_use;
      effect.fact = nullptr;
      a.Add(effect);
    }
  }
  CloseUnlocked(relation);
}

}  // namespace ddlguard
