/*
 * See ledger.h.  The transaction's ledger lives in TopTransactionContext-lifetime arrays that are
 * thrown away at its end.  What a rolled-back subtransaction did is taken out again by its id: every
 * subtransaction begun after it has a greater one.
 */
#include "analysis/ledger.h"

#include "analysis/database_use.h"
#include "analysis/mend.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

Ledger transaction_ledger;

struct CreatedKey {
  Oid classid;
  Oid objectid;
  int subid;
};
struct CreatedEntry {
  CreatedKey key;
  SubTransactionId subxact;
};
FewEntries<CreatedEntry> created;

void ForgetTransaction() {
  transaction_ledger.EndTransaction();
  transaction_ledger.in_block = false;
  created.Clear();
  ForgetDeferred();
  ForgetDatabaseUse();
}

void AtTransactionEnd(XactEvent event, void *) {
  switch (event) {
    case XACT_EVENT_COMMIT:
    case XACT_EVENT_PARALLEL_COMMIT:
    case XACT_EVENT_PREPARE:
    case XACT_EVENT_ABORT:
    case XACT_EVENT_PARALLEL_ABORT:
      ForgetTransaction();
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
  transaction_ledger.EndSubtransaction(subxact);
  ForgetDeferredSince(subxact);
  ForgetDatabaseUse();
  created.Remove([subxact](const CreatedEntry &entry) { return entry.subxact >= subxact; });
}

bool SameName(const char *schema, const char *name, const char *other_schema, const char *other_name) {
  return Equal(name, other_name) && Equal(schema, other_schema);
}

}  // namespace

Ledger &TransactionLedger() { return transaction_ledger; }

bool CreatedInTransaction(Oid classid, Oid objectid, int subid) {
  return created.Find({classid, objectid, subid}) != nullptr;
}

void RememberCreated(Oid classid, Oid objectid, int subid) {
  const CreatedKey key = {classid, objectid, subid};
  if (created.Find(key) != nullptr) return;
  MemoryContext old = MemoryContextSwitchTo(TopTransactionContext);
  created.Add({key, GetCurrentSubTransactionId()});
  MemoryContextSwitchTo(old);
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

namespace {

struct GoneEntry {
  ObjectAddress key;
  int at;
};

}  // namespace

bool GoneObjects::Has(const ObjectAddress &object) const {
  if (Empty()) return false;
  auto *entry = static_cast<const GoneEntry *>(hash_search(index_, &object, HASH_FIND, nullptr));
  return entry != nullptr && entry->at < objects_.count &&
         memcmp(&objects_[entry->at], &object, sizeof(ObjectAddress)) == 0;
}

void GoneObjects::Add(const ObjectAddress &object) {
  if (Has(object)) return;
  if (index_ == nullptr) {
    HASHCTL control = {};
    control.keysize = sizeof(ObjectAddress);
    control.entrysize = sizeof(GoneEntry);
    control.hcxt = CurrentMemoryContext;
    index_ = hash_create("ddlguard gone objects", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
  }
  auto *entry = static_cast<GoneEntry *>(hash_search(index_, &object, HASH_ENTER, nullptr));
  entry->at = objects_.count;
  objects_.Add(object);
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

const Array<HeldLock> &Ledger::Held() const {
  if (!unlooked_) return held_;
  unlooked_ = false;
  int kept = 0;
  for (const HeldLock &lock : held_) {
    if (OidIsValid(lock.unlooked.file) && lock.unlooked.Blocks() == 0) continue;
    held_[kept] = lock;
    held_[kept++].unlooked = {};
  }
  held_.count = kept;
  return held_;
}

const HeldLock *Ledger::StrongestHeld() const {
  const HeldLock *strongest = nullptr;
  for (const HeldLock &lock : Held())
    if (strongest == nullptr || lock.mode > strongest->mode) strongest = &lock;
  return strongest;
}

bool Ledger::HasLocked(Oid relation) const { return locked.Find(relation) != nullptr; }

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

void Remember(const Ledger &ledger, Array<HeldLock> &locks, Oid relation, LOCKMODE mode, const Storage &unlooked = {}) {
  for (const HeldLock &lock : locks)
    if (lock.relation == relation && lock.mode >= mode) return;
  InLedgerContext context(ledger);
  locks.Add({relation, mode, Subtransaction(ledger), unlooked});
  context.Leave();
}

}  // namespace

void Ledger::RememberLocked(Oid relation) {
  if (!OidIsValid(relation) || HasLocked(relation)) return;
  InLedgerContext context(*this);
  locked.Add({relation, Subtransaction(*this)});
  context.Leave();
}

void Ledger::Hold(const Effect &effect) {
  const Target *target = effect.target;
  if (effect.lock == NoLock || target == nullptr || !target->IsRelation()) return;
  RememberLocked(target->oid);
  for (Oid child : target->descendants) RememberLocked(child);
  if (effect.lock < ShareLock) return;
  const bool by_itself = target->descendants.Empty() && !target->inhabited;
  if (!script && by_itself && target->SeemsLive()) {
    Remember(*this, held_, target->oid, effect.lock, target->storage);
    unlooked_ = true;
  } else if (target->Live()) {
    Remember(*this, held_, target->oid, effect.lock);
  }
}

void Ledger::PassOver(Oid relation) { Remember(*this, passes, relation, NoLock); }
void Ledger::Write(Oid relation, LOCKMODE mode) { Remember(*this, written, relation, mode); }

void Ledger::EndTransaction() {
  held_ = {};
  unlooked_ = false;
  passes = {};
  written = {};
  to_settle = {};
  released = {};
  locked.Clear();
  depth = 0;
}

void Ledger::EndSubtransaction(SubTransactionId subxact) {
  TakeOut(held_, subxact);
  TakeOut(passes, subxact);
  locked.Remove([subxact](const LockedRelation &entry) { return entry.subxact >= subxact; });
}

void LedgerInit() {
  RegisterXactCallback(AtTransactionEnd, nullptr);
  RegisterSubXactCallback(AtSubtransactionEnd, nullptr);
}

}  // namespace ddlguard
