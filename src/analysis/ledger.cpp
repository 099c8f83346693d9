/*
 * See ledger.h.  The transaction's ledger lives in TopTransactionContext-lifetime arrays that are
 * thrown away at its end; what a rolled-back subtransaction did is taken out again by its id: every
 * subtransaction begun after it has a greater one.
 */
#include "analysis/ledger.h"

#include "analysis/mend.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

/* In TopTransactionContext; forgotten, not freed, when the transaction ends. */
Ledger transaction_ledger;
HTAB *created = nullptr;

struct CreatedKey {
  Oid classid;
  Oid objectid;
  int subid;
};
struct CreatedEntry {
  CreatedKey key;
  SubTransactionId subxact;
};

void ForgetTransaction() {
  transaction_ledger = Ledger();
  created = nullptr;
  ForgetDeferred();
}

void AtTransactionEnd(XactEvent event, void *) {
  switch (event) {
    case XACT_EVENT_COMMIT:
    case XACT_EVENT_PARALLEL_COMMIT:
    case XACT_EVENT_ABORT:
    case XACT_EVENT_PARALLEL_ABORT:
    case XACT_EVENT_PREPARE:
      ForgetTransaction();
      break;
    case XACT_EVENT_PRE_COMMIT:
    case XACT_EVENT_PARALLEL_PRE_COMMIT:
    case XACT_EVENT_PRE_PREPARE:
      break;
  }
}

void AtSubtransactionEnd(SubXactEvent event, SubTransactionId subxact, SubTransactionId, void *) {
  if (event != SUBXACT_EVENT_ABORT_SUB) return;
  int kept = 0;
  for (const HeldLock &lock : transaction_ledger.held)
    if (lock.subxact < subxact) transaction_ledger.held[kept++] = lock;
  transaction_ledger.held.count = kept;
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
  if (created == nullptr) {
    HASHCTL control = {};
    control.keysize = sizeof(CreatedKey);
    control.entrysize = sizeof(CreatedEntry);
    control.hcxt = TopTransactionContext;
    created = hash_create("ddlguard created objects", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
  }
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

void Ledger::Hold(const Effect &effect, SubTransactionId subxact) {
  if (effect.lock < ShareLock || effect.target == nullptr || !effect.target->IsRelation() || !effect.target->Live())
    return;
  for (const HeldLock &lock : held)
    if (lock.relation == effect.target->oid && lock.mode >= effect.lock) return;
  MemoryContext old = script ? CurrentMemoryContext : MemoryContextSwitchTo(TopTransactionContext);
  held.Add({effect.target->oid, effect.lock, subxact});
  MemoryContextSwitchTo(old);
}

void LedgerInit() {
  RegisterXactCallback(AtTransactionEnd, nullptr);
  RegisterSubXactCallback(AtSubtransactionEnd, nullptr);
}

}  // namespace ddlguard
