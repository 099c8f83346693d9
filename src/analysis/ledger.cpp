/*
 * See ledger.h.  The transaction's ledger lives in TopTransactionContext-lifetime arrays that are
 * thrown away at its end, but for its hash tables, which the next transaction finds empty: to make one costs more
 * than most statements need it for.  What a rolled-back subtransaction did is taken out again by its id: every
 * subtransaction begun after it has a greater one.
 */
#include "analysis/ledger.h"

#include "analysis/mend.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

Ledger transaction_ledger;
HTAB *created = nullptr;

constexpr int kFewEntries = 16;

HTAB *MakeTable(const char *name, size_t key, size_t entry, MemoryContext memory) {
  HASHCTL control = {};
  control.keysize = key;
  control.entrysize = entry;
  control.hcxt = memory;
  return hash_create(name, kFewEntries, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

struct CreatedKey {
  Oid classid;
  Oid objectid;
  int subid;
};
struct CreatedEntry {
  CreatedKey key;
  SubTransactionId subxact;
};
struct LockedEntry {
  Oid relation;
  SubTransactionId subxact;
};

/* For the next transaction; null: none.  After an error no scan of a table is begun. */
template <typename Entry, typename Key>
HTAB *Emptied(HTAB *table, Key Entry::*key, bool failed) {
  const auto entries = table == nullptr ? 0 : hash_get_num_entries(table);
  if (entries == 0) return table;
  if (failed || entries > kFewEntries) {
    hash_destroy(table);
    return nullptr;
  }
  HASH_SEQ_STATUS all;
  hash_seq_init(&all, table);
  while (auto *entry = static_cast<Entry *>(hash_seq_search(&all)))
    hash_search(table, &(entry->*key), HASH_REMOVE, nullptr);
  return table;
}

void ForgetTransaction(bool failed) {
  HTAB *locked = Emptied(transaction_ledger.locked, &LockedEntry::relation, failed);
  transaction_ledger = Ledger();
  transaction_ledger.locked = locked;
  created = Emptied(created, &CreatedEntry::key, failed);
  ForgetDeferred();
}

void AtTransactionEnd(XactEvent event, void *) {
  switch (event) {
    case XACT_EVENT_COMMIT:
    case XACT_EVENT_PARALLEL_COMMIT:
    case XACT_EVENT_PREPARE:
      ForgetTransaction(false);
      break;
    case XACT_EVENT_ABORT:
    case XACT_EVENT_PARALLEL_ABORT:
      ForgetTransaction(true);
      break;
    case XACT_EVENT_PRE_COMMIT:
    case XACT_EVENT_PARALLEL_PRE_COMMIT:
    case XACT_EVENT_PRE_PREPARE:
      break;
  }
}

void TakeOut(Array<HeldLock> &locks, SubTransactionId subxact) {
  int kept = 0;
  for (const HeldLock &lock : locks)
    if (lock.subxact < subxact) locks[kept++] = lock;
  locks.count = kept;
}

void AtSubtransactionEnd(SubXactEvent event, SubTransactionId subxact, SubTransactionId, void *) {
  if (event != SUBXACT_EVENT_ABORT_SUB) return;
  TakeOut(transaction_ledger.held, subxact);
  TakeOut(transaction_ledger.passes, subxact);
  if (transaction_ledger.locked != nullptr) {
    HASH_SEQ_STATUS all;
    hash_seq_init(&all, transaction_ledger.locked);
    while (auto *entry = static_cast<LockedEntry *>(hash_seq_search(&all)))
      if (entry->subxact >= subxact) hash_search(transaction_ledger.locked, &entry->relation, HASH_REMOVE, nullptr);
  }
  ForgetDeferredSince(subxact);
  if (created == nullptr) return;
  HASH_SEQ_STATUS all;
  hash_seq_init(&all, created);
  while (auto *entry = static_cast<CreatedEntry *>(hash_seq_search(&all)))
    if (entry->subxact >= subxact) hash_search(created, &entry->key, HASH_REMOVE, nullptr);
}

bool SameName(const char *schema, const char *name, const char *other_schema, const char *other_name) {
  return Equal(name, other_name) && Equal(schema, other_schema);
}

}  // namespace

Ledger &TransactionLedger() { return transaction_ledger; }

bool CreatedInTransaction(Oid classid, Oid objectid, int subid) {
  if (created == nullptr) return false;
  CreatedKey key = {classid, objectid, subid};
  return hash_search(created, &key, HASH_FIND, nullptr) != nullptr;
}

void RememberCreated(Oid classid, Oid objectid, int subid) {
  if (created == nullptr)
    created = MakeTable("ddlguard created objects", sizeof(CreatedKey), sizeof(CreatedEntry), TopMemoryContext);
  CreatedKey key = {classid, objectid, subid};
  bool found;
  auto *entry = static_cast<CreatedEntry *>(hash_search(created, &key, HASH_ENTER, &found));
  entry->subxact = GetCurrentSubTransactionId();
}

/* The newest entry for a name is the one that holds. */
const ScriptRelation *Ledger::FindRelation(const char *schema, const char *name) const {
  for (int i = relations.count - 1; i >= 0; --i)
    if (SameName(relations[i].schema, relations[i].name, schema, name)) return &relations[i];
  return nullptr;
}

bool Ledger::Dropped(Oid relation) const {
  for (const ScriptRelation &each : relations)
    if (each.gone && each.oid == relation) return true;
  return false;
}

bool Ledger::ColumnAdded(Oid relation, const char *column) const {
  for (const ScriptColumn &each : columns)
    if (each.relation == relation && Equal(each.column, column)) return true;
  return false;
}

const ScriptFunction *Ledger::FindFunction(const char *schema, const char *name) const {
  for (int i = functions.count - 1; i >= 0; --i)
    if (SameName(functions[i].schema, functions[i].name, schema, name)) return &functions[i];
  return nullptr;
}

const ScriptEnum *Ledger::FindEnum(const char *schema, const char *name) const {
  for (int i = enums.count - 1; i >= 0; --i)
    if (SameName(enums[i].schema, enums[i].name, schema, name)) return &enums[i];
  return nullptr;
}

bool Ledger::ObjectAdded(Oid classid, const char *schema, const char *name) const {
  for (const ScriptObject &each : objects)
    if (each.classid == classid && SameName(each.schema, each.name, schema, name)) return true;
  return false;
}

const HeldLock *Ledger::StrongestHeld() const {
  const HeldLock *strongest = nullptr;
  for (const HeldLock &lock : held)
    if (strongest == nullptr || lock.mode > strongest->mode) strongest = &lock;
  return strongest;
}

int Ledger::LockedRelations() const { return locked == nullptr ? 0 : hash_get_num_entries(locked); }

bool Ledger::HasLocked(Oid relation) const {
  return locked != nullptr && hash_search(locked, &relation, HASH_FIND, nullptr) != nullptr;
}

bool Ledger::HasPassedOver(Oid relation) const {
  for (const HeldLock &pass : passes)
    if (pass.relation == relation && (!script || pass.subxact != static_cast<SubTransactionId>(next))) return true;
  return false;
}

namespace {

/* What the ledger remembers lives as long as the transaction, or as the script's call. */
struct InLedgerContext {
  MemoryContext old;
  explicit InLedgerContext(const Ledger &ledger)
      : old(ledger.script ? CurrentMemoryContext : MemoryContextSwitchTo(TopTransactionContext)) {}
  void Leave() const { MemoryContextSwitchTo(old); }
};

/* In a script: the number of the statement. */
SubTransactionId Subtransaction(const Ledger &ledger) {
  return ledger.script ? static_cast<SubTransactionId>(ledger.next) : GetCurrentSubTransactionId();
}

void Remember(const Ledger &ledger, Array<HeldLock> &locks, Oid relation, LOCKMODE mode) {
  for (const HeldLock &lock : locks)
    if (lock.relation == relation && lock.mode >= mode) return;
  InLedgerContext context(ledger);
  locks.Add({relation, mode, Subtransaction(ledger)});
  context.Leave();
}

}  // namespace

void Ledger::RememberLocked(Oid relation) {
  if (!OidIsValid(relation)) return;
  if (locked == nullptr)
    locked = MakeTable("ddlguard locked relations", sizeof(Oid), sizeof(LockedEntry),
                       script ? CurrentMemoryContext : TopMemoryContext);
  bool found;
  auto *entry = static_cast<LockedEntry *>(hash_search(locked, &relation, HASH_ENTER, &found));
  if (!found) entry->subxact = Subtransaction(*this);
}

void Ledger::Hold(const Effect &effect) {
  const Target *target = effect.target;
  if (effect.lock == NoLock || target == nullptr || !target->IsRelation()) return;
  RememberLocked(target->oid);
  for (Oid child : target->descendants) RememberLocked(child);
  if (effect.lock >= ShareLock && target->Live()) Remember(*this, held, target->oid, effect.lock);
}

void Ledger::PassOver(Oid relation) { Remember(*this, passes, relation, NoLock); }
void Ledger::Write(Oid relation, LOCKMODE mode) { Remember(*this, written, relation, mode); }

void Ledger::EndTransaction() {
  held.Clear();
  passes.Clear();
  written.Clear();
  locked = nullptr; /* its memory goes with the call */
  depth = 0;
}

void LedgerInit() {
  RegisterXactCallback(AtTransactionEnd, nullptr);
  RegisterSubXactCallback(AtSubtransactionEnd, nullptr);
}

}  // namespace ddlguard
