/*
 * The rows of ddlguard.approval, below SQL: found, read, locked and changed as policy/approval.h says.
 */
#pragma once

#include "policy/approval.h"

namespace ddlguard {

class ApprovalTable {
 public:
  /* Takes the lock, and that on the TOAST table, when they can be had at once.  False: *failure says why not, as
   * a sentence, or is null when there is no table. */
  bool Open(LOCKMODE lock, const char **failure);
  /* A lock that rows were changed under stays until the transaction ends. */
  void Close(bool keep_lock);

  bool Empty() const { return RelationGetNumberOfBlocks(relation_) == 0; }

  /* Rows of one fingerprint (null: the row with the id) in no particular order, as the newest snapshot has
   * them: visit(approval) until it returns false. */
  template <typename Visit>
  void ForEach(const bytea *fingerprint, int64 id, Visit visit) {
    SysScanDesc scan = Begin(fingerprint, id);
    for (HeapTuple tuple = systable_getnext(scan); HeapTupleIsValid(tuple); tuple = systable_getnext(scan))
      if (!visit(Read(tuple))) break;
    systable_endscan(scan);
  }

  /* Locks the row and reads what it is then; null when it has gone, or when another session has it and
   * wait is false. */
  const Approval *LockRow(const Approval &approval, bool wait);

  /* Takes a use off the row, which is locked.  Null, or why it cannot be done, and then nothing is. */
  const char *TakeUse(const Approval &approval);

 private:
  static constexpr int kMaxColumns = 20;

  SysScanDesc Begin(const bytea *fingerprint, int64 id);
  Approval Read(HeapTuple tuple) const;
  Oid IndexOn(AttrNumber column) const;
  bool HasOnlyPlainIndexes() const;

  Relation relation_ = nullptr;
  LOCKMODE lock_ = NoLock;
  Oid toast_ = InvalidOid;
  AttrNumber attnums_[kMaxColumns];
};

}  // namespace ddlguard
