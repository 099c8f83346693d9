/*
 * ATTACH PARTITION and CREATE TABLE ... PARTITION OF.
 *
 * ATTACH decides as ATExecAttachPartition does: rows are read unless the partition's validated CHECK
 * and NOT NULL constraints imply the bound; the default partition is read unless its constraints
 * exclude the bound; indexes and foreign keys of the parent are adopted where the partition has equal
 * ones and made where it has not.  All of it under ACCESS EXCLUSIVE on the partition.
 */
#include "analysis/partition.h"

#include "analysis/index_match.h"
#include "analysis/partition_bound.h"
#include "pg/catalog.h"
#include "pg/expression.h"
#include "pg/text.h"

namespace ddlguard {

void AddBrief(Analysis &a, const Target *target, LOCKMODE lock, const Target *other, LOCKMODE below) {
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

namespace {

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
    if (OidIsValid(AttachableIndex(at.child->oid, RelationGetDescr(parent), shape, true)) ||
        HasScriptIndex(at.a, at.child->oid, RelationGetDescr(parent), shape))
      continue;
    const Size size = UncoveredSize(at.a, at.child, RelationGetDescr(parent), shape);
    if (shape.info->ii_Unique && size.blocks > 0) at.AddUnique(get_rel_name(index));
    at.Add(Why::attach_partition_builds_index, Work::index_build, size, get_rel_name(index), at.parent, false);
  }
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
    Size size = at.child->Tree();
    for (Oid leaf : at.child->descendants) {
      if (!HasForeignKey(at.a, leaf, at.parent->oid, key)) continue;
      const Target *proven = at.a.Look(leaf);
      if (proven == nullptr || !proven->Shared() || proven->Own().blocks > size.blocks) continue;
      size.blocks -= proven->Own().blocks;
      size.rows = size.rows > proven->Own().rows ? size.rows - proven->Own().rows : 0;
    }
    const bool on_fresh = at.child->fresh && referenced != nullptr && referenced->Live();
    at.Add(Why::attach_partition_fk, Work::scan, size, key.name, referenced, on_fresh);
  }
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
  return OwnsRelation(child->oid, ActingRole());
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
      at.Add(Why::attach_partition_scan, Work::scan, child->Tree(), nullptr, parent, false);
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
        at.Add(Why::attach_partition_scan, Work::scan, child->Tree(), nullptr, parent, false);
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

}  // namespace ddlguard
