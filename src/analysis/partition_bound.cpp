/*
 * See partition_bound.h.
 */
#include "analysis/partition_bound.h"

#include "analysis/proof.h"
#include "pg/catalog.h"
#include "pg/expression.h"
#include "pg/text.h"

namespace ddlguard {

PartitionBoundSpec *TransformBound(const Analysis &a, Relation parent, const PartitionBoundSpec *raw) {
  PartitionKey key = PartitionKeyOf(parent);
  if (key == nullptr || raw == nullptr) return nullptr;
  if (raw->is_default) {
    if (key->strategy == PARTITION_STRATEGY_HASH) return nullptr;
  } else {
    if (raw->strategy != key->strategy) return nullptr;
    if (raw->strategy == PARTITION_STRATEGY_RANGE &&
        (list_length(raw->lowerdatums) != key->partnatts || list_length(raw->upperdatums) != key->partnatts))
      return nullptr;
  }
  ParseState *pstate = make_parsestate(nullptr);
  pstate->p_sourcetext = a.sql;
  auto *copy = static_cast<PartitionBoundSpec *>(copyObjectImpl(const_cast<PartitionBoundSpec *>(raw)));
  return AsOwner(RelationGetRelid(parent), [&] { return transformPartitionBound(pstate, parent, copy); });
}

List *PartitionQual(Relation relation) {
  if (!relation->rd_rel->relispartition) return NIL;
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(RelationGetRelid(relation)));
  if (!HeapTupleIsValid(tuple)) return NIL;
  bool isnull;
  Datum value = SysCacheGetAttr(RELOID, tuple, Anum_pg_class_relpartbound, &isnull);
  PartitionBoundSpec *bound =
      isnull ? nullptr : static_cast<PartitionBoundSpec *>(stringToNode(text_to_cstring(DatumGetTextPP(value))));
  ReleaseSysCache(tuple);
  Relation parent = OpenUnlocked(get_partition_parent(RelationGetRelid(relation), true));
  if (parent == nullptr) return NIL;
  PartitionKeyOf(parent);
  List *qual = bound == nullptr ? NIL : get_qual_from_partbound(parent, bound);
  qual = list_concat(PartitionQual(parent), qual);
  qual = map_partition_varattnos(qual, 1, relation, parent);
  CloseUnlocked(parent);
  return qual;
}

namespace {

/* The proof that PostgreSQL makes; a script's constraints are not in the catalog, so for a script
 * the facts are put together here. */
bool Proven(const Analysis &a, Relation relation, List *constraint) {
  if (!a.ledger.script) return ConstraintProven(relation, constraint);
  List *known = ValidatedChecks(a, relation, nullptr);
  TupleDesc desc = RelationGetDescr(relation);
  for (int i = 0; i < desc->natts; ++i) {
    const FormData_pg_attribute *attribute = TupleDescAttr(desc, i);
    if (!attribute->attnotnull || attribute->attisdropped) continue;
    NullTest *test = makeNode(NullTest);
    test->arg = reinterpret_cast<Expr *>(
        makeVar(1, i + 1, attribute->atttypid, attribute->atttypmod, attribute->attcollation, 0));
    test->nulltesttype = IS_NOT_NULL;
    test->location = -1;
    known = lappend(known, test);
  }
  return predicate_implied_by(constraint, known, true);
}

}  // namespace

Size ToScan(Analysis &a, Relation relation, List *constraint) {
  Size size;
  if (constraint == NIL || Proven(a, relation, constraint)) return size;
  if (relation->rd_rel->relkind == RELKIND_RELATION) {
    const Target *target = a.Look(RelationGetRelid(relation));
    if (target != nullptr) size += target->Own();
  } else if (relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE) {
    PartitionKeyOf(relation);
    PartitionDesc partitions = RelationGetPartitionDesc(relation, true);
    for (int i = 0; i < partitions->nparts; ++i) {
      Relation partition = OpenUnlocked(partitions->oids[i]);
      if (partition == nullptr) continue;
      size += ToScan(a, partition, map_partition_varattnos(constraint, 1, partition, relation));
      CloseUnlocked(partition);
    }
  }
  return size;
}

namespace {

/* Is the bound one of those between the siblings? */
bool IsSiblingBound(PartitionKey key, const PartitionBoundInfoData *bounds, const List *datums) {
  for (int i = 0; i < bounds->ndatums; ++i) {
    bool same = true;
    for (int j = 0; same && j < key->partnatts; ++j) {
      auto *datum = static_cast<const PartitionRangeDatum *>(list_nth(datums, j));
      same = datum->kind == bounds->kind[i][j];
      if (!same || datum->kind != PARTITION_RANGE_DATUM_VALUE) continue;
      auto *value = reinterpret_cast<const Const *>(datum->value);
      same = DatumGetInt32(FunctionCall2Coll(&key->partsupfunc[j], key->partcollation[j], bounds->datums[i][j],
                                             value->constvalue)) == 0;
    }
    if (same) return true;
  }
  return false;
}

}  // namespace

bool LeavesGap(const Analysis &a, Relation parent, const PartitionBoundSpec *raw) {
  const PartitionBoundSpec *bound = TransformBound(a, parent, raw);
  if (bound == nullptr || bound->is_default || bound->strategy != PARTITION_STRATEGY_RANGE) return false;
  const PartitionBoundInfoData *siblings = RelationGetPartitionDesc(parent, true)->boundinfo;
  if (siblings == nullptr || siblings->ndatums == 0) return false;
  PartitionKey key = PartitionKeyOf(parent);
  return !IsSiblingBound(key, siblings, bound->lowerdatums) && !IsSiblingBound(key, siblings, bound->upperdatums);
}

bool HasValidatedCheck(const Analysis &a, Oid relation) {
  for (const ScriptConstraint &made : a.ledger.constraints)
    if (made.relation == relation && made.expr != nullptr && made.validated && !made.gone) return true;
  bool found = false;
  ForEachConstraint(relation, [&](Form_pg_constraint form, HeapTuple) {
    if (form->contype == CONSTRAINT_CHECK && form->convalidated) found = true;
  });
  return found;
}

}  // namespace ddlguard
