/*
 * DETACH PARTITION, concurrently or not: the parent's lock, the referencing tables that it reads, and
 * rows that would find no partition any more.
 */
#include "analysis/partition.h"

#include "analysis/statement.h"
#include "pg/catalog.h"
#include "pg/expression.h"
#include "pg/text.h"

namespace ddlguard {

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
    if (target->Tree().blocks > 0 && partition->Tree().blocks > 0) {
      effect.why = Why::validate_while_holding_locks;
      effect.work = Work::scan;
      effect.size = target->Tree();
      effect.fact = "DETACH reads it to make sure that no row references the partition";
    }
    a.Add(effect);
  }
  CloseUnlocked(relation);
}

/* Numbers and dates grow, as a range does. */
bool Grows(PartitionKey key) {
  char category;
  bool preferred;
  get_type_category_preferred(key->parttypid[0], &category, &preferred);
  return category == TYPCATEGORY_NUMERIC || category == TYPCATEGORY_DATETIME;
}

/*
 * Would new rows miss the partition?  Those of a hash-partitioned table spread over all of them; a
 * range grows at its upper end; what else has come for a list will come again.
 */
bool TakesNewRows(Relation parent, const Target *partition) {
  PartitionKey key = PartitionKeyOf(parent);
  if (key->strategy == PARTITION_STRATEGY_HASH) return true;
  if (key->strategy == PARTITION_STRATEGY_LIST && !Grows(key)) return partition->Tree().rows > 0;
  PartitionDesc partitions = RelationGetPartitionDesc(parent, true);
  return partitions->nparts > 0 && partitions->oids[partitions->nparts - 1] == partition->oid;
}

}  // namespace

Why LostPlace(Relation parent, Oid default_partition, const Target *partition) {
  if (partition->fresh) return Why::lock_only;
  if (default_partition == partition->oid) return Why::detach_default_partition;
  if (OidIsValid(default_partition) || !TakesNewRows(parent, partition)) return Why::lock_only;
  return Why::detach_partition_in_use;
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
    if (relation != nullptr && attached) {
      effect.why = LostPlace(relation, default_partition, partition);
      effect.fact = nullptr;
      if (effect.why != Why::lock_only) a.Add(effect);
    }
  }
  CloseUnlocked(relation);
}

}  // namespace ddlguard
