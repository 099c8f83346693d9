/*
 * See prediction.h.
 *
 * The bytes of a kind are a measure of its work, not of its traffic: a row counts for some bytes beside its own,
 * since narrow rows cost more by the byte than wide ones.
 */
#include "analysis/prediction.h"

#include <algorithm>

#include "analysis/statement.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

/* To form a row and to ask one question about it takes as long as to read so many bytes. */
constexpr double kRowBytes = 96;
/* To write it, beside its own bytes. */
constexpr double kWrittenRowBytes = 24;
/* Without a log of it. */
constexpr double kUnloggedFactor = 0.5;
/* And to find its key in the other table. */
constexpr double kProbeBytes = 256;
/* A sorted entry beside its key: the tuple's header and place in an index. */
constexpr double kEntryBytes = 16;
/* Strings of a collation other than C are compared by the library, several times for each of them. */
constexpr double kCollatedFactor = 3;
constexpr double kMostWidth = 256; /* a key is cut, or refused, soon after */
constexpr int kMostRelationsAsked = 64;
/* What any statement takes that has work: files are made and brought to disk, the transaction ends. */
constexpr double kStatementSeconds = 0.01;

double AmountOf(const Size &size, double row_bytes = kRowBytes) {
  return static_cast<double>(size.Bytes()) + size.rows * row_bytes;
}

/* ---- sizes of what the effects do not tell ---- */

Oid ToastOf(Oid relation) {
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
  if (!HeapTupleIsValid(tuple)) return InvalidOid;
  const Oid toast = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->reltoastrelid;
  ReleaseSysCache(tuple);
  return toast;
}

/* Of many partitions the first ones speak for the others. */
double ToastBytes(const Target &target) {
  auto bytes = [](Oid relation) {
    const Oid toast = ToastOf(relation);
    return OidIsValid(toast) ? static_cast<double>(SizeOf(toast).Bytes()) : 0;
  };
  double all = bytes(target.oid);
  const int asked = std::min(target.descendants.count, kMostRelationsAsked);
  double below = 0;
  for (int i = 0; i < asked; ++i) below += bytes(target.descendants[i]);
  if (asked > 0) all += below * target.descendants.count / asked;
  return all;
}

/* ---- index builds ---- */

double KeyWidth(Oid relation, AttrNumber attnum) {
  if (attnum <= 0) return 16; /* an expression */
  int width = get_attavgwidth(relation, attnum);
  if (width <= 0) {
    Oid type;
    int32 typmod;
    Oid collation;
    get_atttypetypmodcoll(relation, attnum, &type, &typmod, &collation);
    width = OidIsValid(type) ? get_typavgwidth(type, typmod) : 8;
  }
  return std::min<double>(width, kMostWidth);
}

/* pg_locale.h, which could tell, wants the headers of ICU. */
bool ComparesBytes(char provider, bool isnull, Datum collate) {
  constexpr char kBuiltin = 'b'; /* from 17 on */
  if (provider == kBuiltin) return true;
  if (provider != COLLPROVIDER_LIBC || isnull) return false;
  const char *name = TextDatumGetCString(collate);
  return Equal(name, "C") || Equal(name, "POSIX");
}

bool CollationIsC(Oid collation) {
  if (collation == C_COLLATION_OID) return true;
  const bool of_database = collation == DEFAULT_COLLATION_OID;
  HeapTuple tuple = of_database ? SearchSysCache1(DATABASEOID, ObjectIdGetDatum(MyDatabaseId))
                                : SearchSysCache1(COLLOID, ObjectIdGetDatum(collation));
  if (!HeapTupleIsValid(tuple)) return false;
  bool isnull;
  bool bytes;
  if (of_database) {
    const Datum collate = SysCacheGetAttr(DATABASEOID, tuple, Anum_pg_database_datcollate, &isnull);
    bytes = ComparesBytes(reinterpret_cast<Form_pg_database>(GETSTRUCT(tuple))->datlocprovider, isnull, collate);
  } else {
    const Datum collate = SysCacheGetAttr(COLLOID, tuple, Anum_pg_collation_collcollate, &isnull);
    bytes = ComparesBytes(reinterpret_cast<Form_pg_collation>(GETSTRUCT(tuple))->collprovider, isnull, collate);
  }
  ReleaseSysCache(tuple);
  return bytes;
}

bool IsCollated(Oid relation, AttrNumber attnum) {
  if (attnum <= 0) return false;
  Oid type;
  int32 typmod;
  Oid collation;
  get_atttypetypmodcoll(relation, attnum, &type, &typmod, &collation);
  return OidIsValid(collation) && !CollationIsC(collation);
}

/* How much longer than a B-tree.  Rough: it depends on the values. */
double MethodFactor(Oid access_method) {
  switch (access_method) {
    case GIST_AM_OID:
    case GIN_AM_OID:
      return 6;
    case SPGIST_AM_OID:
      return 3;
    case HASH_AM_OID:
      return 2;
    case BRIN_AM_OID:
      return 0; /* reads the table, and that is all */
    default:
      return 1;
  }
}

struct Build {
  Oid relation = InvalidOid;
  Size size; /* of the table */
  Oid access_method = BTREE_AM_OID;
  double width = 0;
  bool collated = false;

  void AddKey(AttrNumber attnum) {
    collated = collated || (width == 0 && IsCollated(relation, attnum));
    width += KeyWidth(relation, attnum);
  }
  void AddTo(Workload &load) const {
    load.Add(Task::scan, AmountOf(size));
    const double key = std::max(width, 8.0) + kEntryBytes;
    const double factor = MethodFactor(access_method) * (collated ? kCollatedFactor : 1);
    load.Add(Task::index_build, size.rows * key * factor);
  }
};

/* What does not tell its columns counts as one of eight bytes. */
void AddBuild(Workload &load, const Effect &effect, const List *names, Oid access_method) {
  Build build = {.relation = effect.target->oid, .size = effect.Extent(), .access_method = access_method};
  ListCell *cell;
  foreach (cell, names) {
    auto *node = static_cast<const Node *>(lfirst(cell));
    const char *name = IsA(node, String) ? strVal(node) : nullptr;
    if (IsA(node, IndexElem)) name = reinterpret_cast<const IndexElem *>(node)->name;
    build.AddKey(name == nullptr ? InvalidAttrNumber : get_attnum(effect.target->oid, name));
  }
  build.AddTo(load);
}

/* The index as it is defined, over a table of this size. */
void AddRebuild(Workload &load, Oid relation, Oid index, const Size &size) {
  HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
  if (!HeapTupleIsValid(tuple)) return;
  auto form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
  Build build = {.relation = relation, .size = size, .access_method = AccessMethodOf(index)};
  for (int i = 0; i < form->indnatts; ++i) build.AddKey(form->indkey.values[i]);
  ReleaseSysCache(tuple);
  build.AddTo(load);
}

template <typename Wanted>
void AddRebuilds(Workload &load, Oid relation, const Size &size, Wanted wanted) {
  Relation rel = OidIsValid(relation) ? OpenUnlocked(relation) : nullptr;
  if (rel == nullptr) return;
  List *indexes = RelationGetIndexList(rel);
  CloseUnlocked(rel);
  ListCell *cell;
  foreach (cell, indexes)
    if (wanted(lfirst_oid(cell))) AddRebuild(load, relation, lfirst_oid(cell), size);
}

void AddAllIndexes(Workload &load, Oid relation, const Size &size) {
  AddRebuilds(load, relation, size, [](Oid) { return true; });
}

bool HasColumn(Oid index, AttrNumber attnum) {
  bool found = false;
  HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
  if (!HeapTupleIsValid(tuple)) return false;
  auto form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
  for (int i = 0; i < form->indnatts; ++i) found = found || form->indkey.values[i] == attnum;
  ReleaseSysCache(tuple);
  return found;
}

void AddIndexBuild(Workload &load, const Effect &effect) {
  const Oid relation = effect.target->oid;
  const Node *node = effect.node;
  if (effect.why == Why::alter_column_type_index_rebuild) {
    const AttrNumber attnum = get_attnum(relation, effect.column);
    return AddRebuilds(load, relation, effect.Extent(), [attnum](Oid index) { return HasColumn(index, attnum); });
  }
  if (node != nullptr && IsA(node, IndexStmt)) {
    auto *stmt = reinterpret_cast<const IndexStmt *>(node);
    const Oid method = stmt->accessMethod == nullptr ? BTREE_AM_OID : get_index_am_oid(stmt->accessMethod, true);
    return AddBuild(load, effect, stmt->indexParams, method);
  }
  if (node != nullptr && IsA(node, ReindexStmt)) {
    if (effect.column == nullptr) return AddAllIndexes(load, relation, effect.Extent());
    return AddRebuilds(load, relation, effect.Extent(),
                       [&](Oid index) { return Equal(get_rel_name(index), effect.column); });
  }
  const bool constraint = node != nullptr && IsA(node, Constraint);
  AddBuild(load, effect, constraint ? reinterpret_cast<const Constraint *>(node)->keys : NIL,
           effect.why == Why::add_exclusion_constraint ? GIST_AM_OID : BTREE_AM_OID);
}

/* ---- scans and foreign keys ---- */

/* Of the foreign key that VALIDATE CONSTRAINT names. */
Oid ReferencedBy(const Ledger &ledger, const Effect &effect) {
  if (effect.column == nullptr || !OidIsValid(effect.target->oid)) return InvalidOid;
  for (const ScriptConstraint &made : ledger.constraints)
    if (made.relation == effect.target->oid && Equal(made.name, effect.column)) return made.other;
  const Oid oid = get_relation_constraint_oid(effect.target->oid, effect.column, true);
  HeapTuple tuple = OidIsValid(oid) ? SearchSysCache1(CONSTROID, ObjectIdGetDatum(oid)) : nullptr;
  if (!HeapTupleIsValid(tuple)) return InvalidOid;
  auto form = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple));
  const Oid referenced = form->contype == CONSTRAINT_FOREIGN ? form->confrelid : InvalidOid;
  ReleaseSysCache(tuple);
  return referenced;
}

bool ChecksForeignKey(const Ledger &ledger, const Effect &effect, Size *referenced) {
  switch (effect.why) {
    case Why::add_fk_validates:
    case Why::add_column_fk_with_default:
    case Why::attach_partition_fk:
      if (effect.other != nullptr && effect.other != effect.target) *referenced = effect.other->Tree();
      return true;
    case Why::lock_only:
    case Why::not_valid_validate_same_tx: {
      const Oid other = ReferencedBy(ledger, effect);
      if (!OidIsValid(other)) return false;
      *referenced = SizeOf(other);
      return true;
    }
    default:
      return false;
  }
}

/* A change of data is not what is learnt from. */
bool IsDml(Why why) {
  switch (why) {
    case Why::delete_without_where:
    case Why::update_without_where:
    case Why::unbatched_update:
    case Why::insert_row_limit:
    case Why::bulk_dml_after_ddl_lock:
    case Why::ddl_dml_mixed:
    case Why::statement_after_access_exclusive:
      return true;
    default:
      return false;
  }
}

/* ---- a whole statement ---- */

bool WritesLog(const Effect &effect) {
  const bool permanent = effect.target->persistence == RELPERSISTENCE_PERMANENT;
  return effect.why == Why::set_logged_unlogged ? !permanent : permanent;
}

/* What ALTER TABLE does in one go over each table. */
struct Pass {
  const Target *target;
  double scan = 0;
  double rewrite = 0;
  Size rewritten;
};

struct Passes {
  const Ledger &ledger;
  Workload load = {};
  Array<Pass> passes = {};

  Pass &Of(const Target *target) {
    for (Pass &each : passes)
      if (each.target == target) return each;
    return passes.Add({.target = target});
  }

  void AddScan(const Effect &effect) {
    Size referenced;
    if (ChecksForeignKey(ledger, effect, &referenced)) {
      load.Add(Task::validation, AmountOf(effect.Extent(), kProbeBytes) + AmountOf(referenced, kProbeBytes));
      return;
    }
    Pass &pass = Of(effect.target);
    pass.scan = std::max(pass.scan, AmountOf(effect.Extent()));
  }

  void AddRewrite(const Effect &effect) {
    if (effect.why == Why::set_tablespace) { /* block by block, and no index moves */
      load.Add(Task::rewrite, static_cast<double>(effect.Extent().Bytes()));
      return;
    }
    if (effect.why == Why::refresh_matview_blocking) {
      Size read = effect.Extent();
      read.blocks -= std::min(read.blocks, effect.target->Own().blocks);
      read.rows = std::max(0.0, read.rows - effect.target->Own().rows);
      load.Add(Task::scan, AmountOf(read));
    }
    Pass &pass = Of(effect.target);
    const bool refresh = effect.why == Why::refresh_matview_blocking;
    const Size &size = refresh ? effect.target->Own() : effect.Extent();
    if (effect.why == Why::cluster) load.Add(Task::index_build, size.rows * kEntryBytes);
    pass.rewrite = std::max(pass.rewrite, AmountOf(size, kWrittenRowBytes) * (WritesLog(effect) ? 1 : kUnloggedFactor));
    if (pass.rewritten.blocks < size.blocks) pass.rewritten = size;
  }

  void Add(const Effect &effect) {
    if (effect.target == nullptr || effect.Extent().blocks == 0 || IsDml(effect.why)) return;
    switch (effect.work) {
      case Work::none:
        return;
      case Work::scan:
        return AddScan(effect);
      case Work::index_build:
        return AddIndexBuild(load, effect);
      case Work::rewrite:
        return AddRewrite(effect);
    }
  }

  Workload Close() {
    for (const Pass &pass : passes) {
      if (pass.rewrite == 0) {
        load.Add(Task::scan, pass.scan);
        continue;
      }
      load.Add(Task::rewrite, pass.rewrite + ToastBytes(*pass.target));
      AddAllIndexes(load, pass.target->oid, pass.rewritten);
    }
    return load;
  }
};

Workload WorkOfEffect(const Ledger &ledger, const Effect &effect) {
  Passes passes = {.ledger = ledger};
  passes.Add(effect);
  return passes.Close();
}

}  // namespace

Workload WorkOfStatement(const Analysis &a) {
  Passes passes = {.ledger = a.ledger};
  for (int i = 0; i < a.effects.count && i < a.own_effects; ++i) passes.Add(a.effects[i]);
  return passes.Close();
}

Workload WorkToLearn(const Analysis &a, const Node *statement) {
  uint64 blocks = 0;
  for (const Effect &effect : a.effects) {
    if (effect.work == Work::none || effect.target == nullptr) continue;
    if (effect.lock < ShareUpdateExclusiveLock) return {}; /* a query */
    if (effect.target->persistence != RELPERSISTENCE_PERMANENT) return {};
    blocks = std::max(blocks, effect.Extent().blocks);
  }
  if (static_cast<double>(blocks) * BLCKSZ < kLeastToLearn / 4 || a.concurrently || IsA(statement, RefreshMatViewStmt))
    return {};
  return WorkOfStatement(a);
}

namespace {
double SecondsOf(const Workload &load) { return load.Total() == 0 ? 0 : kStatementSeconds + PredictedSeconds(load); }
}  // namespace

double PredictedTime(const Analysis &a) {
  if (a.predicted < 0) a.predicted = SecondsOf(WorkOfStatement(a));
  return a.predicted;
}

double PredictedTime(const Analysis &a, const Effect &effect) {
  if (effect.lock == NoLock) return 0;
  if (a.one_by_one) return effect.work == Work::none ? 0 : SecondsOf(WorkOfEffect(a.ledger, effect));
  return PredictedTime(a);
}

double PredictedBlocking(const Analysis &a, const Effect &effect) {
  return effect.lock < ShareLock ? 0 : PredictedTime(a, effect);
}

double PredictedTime(const Target &target, Work work) {
  Effect effect = {.target = &target, .work = work, .size = target.Tree()};
  return SecondsOf(WorkOfEffect(Ledger(), effect));
}

Work UsualWork(Why why) {
  switch (why) {
    case Why::add_column_volatile_default:
    case Why::add_column_serial:
    case Why::add_column_identity:
    case Why::add_column_generated_stored:
    case Why::add_column_constrained_domain:
    case Why::alter_column_type_rewrite:
    case Why::set_expression_rewrite:
    case Why::set_logged_unlogged:
    case Why::set_access_method:
    case Why::set_tablespace:
    case Why::vacuum_full:
    case Why::cluster:
    case Why::repack_non_concurrent:
    case Why::refresh_matview_blocking:
    case Why::unpredicted_rewrite:
      return Work::rewrite;
    case Why::alter_column_type_index_rebuild:
    case Why::create_index_blocking:
    case Why::partitioned_index_build:
    case Why::add_unique_builds_index:
    case Why::add_pk_builds_index:
    case Why::add_exclusion_constraint:
    case Why::unique_on_partitioned_build:
    case Why::attach_partition_builds_index:
    case Why::reindex_blocking:
    case Why::unpredicted_index_build:
      return Work::index_build;
    case Why::alter_column_type_check_rescan:
    case Why::set_not_null_scan:
    case Why::add_check_validates:
    case Why::add_column_inline_check:
    case Why::add_not_null_constraint_validates:
    case Why::add_pk_nullable_scan:
    case Why::add_fk_validates:
    case Why::add_column_fk_with_default:
    case Why::domain_add_constraint_scan:
    case Why::domain_set_not_null_scan:
    case Why::domain_validate_blocks_writes:
    case Why::attach_partition_scan:
    case Why::attach_partition_default_scan:
    case Why::attach_partition_fk:
      return Work::scan;
    default:
      return Work::none;
  }
}

/* Two digits at most: it is no more exact than that. */
const char *PrettyTime(double seconds) {
  if (seconds < 1) return nullptr;
  if (seconds < 10) return psprintf("about %.1f s", seconds);
  if (seconds < 100) return psprintf("about %.0f s", seconds);
  if (seconds < 100 * 60) return psprintf("about %.0f min", seconds / 60);
  return psprintf("about %.0f h", seconds / 3600);
}

}  // namespace ddlguard
