/*
 * See target.h.
 */
#include "analysis/target.h"

#include "analysis/database_use.h"
#include "pg/catalog.h"

namespace ddlguard {

Storage::Storage(Form_pg_class form)
    : tablespace(form->reltablespace),
      file(RELKIND_HAS_STORAGE(form->relkind) && form->relkind != RELKIND_SEQUENCE ? form->relfilenode : InvalidOid),
      pages(static_cast<BlockNumber>(form->relpages)),
      rows(form->reltuples) {}

uint64 Storage::Blocks() const { return BlocksOnDisk(tablespace, file, pages); }

namespace {

/* Of what was never analysed; asked at most once for a whole tree, since its members have the same
 * columns, and some lookups for each of ten thousand would add up. */
struct GuessedDensity {
  Oid relation;
  double rows_per_block = -1;

  double Get() {
    if (rows_per_block < 0) rows_per_block = RowsPerBlockByWidth(relation);
    return rows_per_block;
  }
};

Size Measure(const Storage &storage, GuessedDensity &guess) {
  Size size = {storage.Blocks(), 0};
  if (size.blocks == 0) return size;
  const bool analysed = storage.pages > 0 && storage.rows >= 0;
  size.rows =
      static_cast<double>(size.blocks) * (analysed ? static_cast<double>(storage.rows) / storage.pages : guess.Get());
  return size;
}

/* No file when the relation is gone, or is not one that others can see and only such are meant. */
Storage StorageOf(Oid relation, bool shared) {
  Storage storage;
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
  if (!HeapTupleIsValid(tuple)) return storage;
  auto form = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
  if (!shared || (form->relpersistence != RELPERSISTENCE_TEMP && !RelationIsFresh(tuple))) storage = Storage(form);
  ReleaseSysCache(tuple);
  return storage;
}

Storage StorageOfChild(Oid child) { return StorageOf(child, true); }

}  // namespace

Size SizeOf(Oid relation) {
  GuessedDensity guess = {relation};
  return Measure(StorageOf(relation, false), guess);
}

const Size &Target::Own() const {
  if (!own_known_) {
    GuessedDensity guess = {oid};
    own_ = Measure(storage, guess);
    own_known_ = true;
  }
  return own_;
}

const Size &Target::Tree() const {
  if (!tree_known_) {
    GuessedDensity guess = {oid};
    tree_ = Own();
    for (Oid child : descendants) tree_ += Measure(StorageOfChild(child), guess);
    tree_known_ = true;
  }
  return tree_;
}

void Target::SetSize(const Size &size) {
  own_ = tree_ = size;
  own_known_ = tree_known_ = true;
}

void Target::SetDescendants(const Array<Oid> &all) {
  recursed = true;
  descendants = all;
  if (all.Empty()) return;
  has_rows_ = Known::not_yet;
  tree_known_ = false;
}

bool Target::ServesOthers() const {
  return relkind == RELKIND_VIEW || relkind == RELKIND_SEQUENCE || relkind == RELKIND_INDEX ||
         relkind == RELKIND_PARTITIONED_INDEX;
}

bool Target::KeepsRows() const {
  return relkind == RELKIND_RELATION || relkind == RELKIND_PARTITIONED_TABLE || relkind == RELKIND_MATVIEW ||
         relkind == RELKIND_TOASTVALUE;
}

/* In itself or in a descendant; the first that has some will do. */
bool Target::HasRows() const {
  if (tree_known_) return tree_.blocks > 0;
  if (has_rows_ != Known::not_yet) return has_rows_ == Known::yes;
  has_rows_ = Known::yes;
  if ((own_known_ ? own_.blocks : storage.Blocks()) > 0) return true;
  for (Oid child : descendants)
    if (StorageOfChild(child).Blocks() > 0) return true;
  has_rows_ = Known::no;
  return false;
}

bool Target::Live() const {
  if (!Shared()) return false;
  if (!IsRelation()) return IsSharedRelation(classid) || DatabaseInUse();
  if (inhabited) return true;
  return KeepsRows() ? HasRows() : !ServesOthers();
}

bool Target::SeemsLive() const {
  return (Shared() && storage.file != InvalidOid && storage.pages > 0 && KeepsRows()) || Live();
}

}  // namespace ddlguard
