/*
 * See approval.h.
 */
#include "policy/approval.h"

#include "analysis/attempt.h"
#include "pg/catalog.h"
#include "pg/debug_point.h"
#include "pg/fingerprint.h"
#include "pg/text.h"
#include "policy/approval_table.h"
#include "policy/coverage.h"
#include "policy/undecided.h"

namespace ddlguard {

namespace {

/* What PostgreSQL makes of these is no raw parse tree any more. */
bool IsTransformed(const Node *tree) {
  return IsA(tree, CreateTableAsStmt) || IsA(tree, DeclareCursorStmt) || IsA(tree, ExplainStmt) || IsA(tree, CallStmt);
}

struct Reading {
  const char *statement;
  const Node *tree;
  const bytea *fingerprint = nullptr;
  bool same = true;
};

void TakeFingerprint(void *context) {
  auto *reading = static_cast<Reading *>(context);
  reading->fingerprint = Fingerprint(reading->statement);
}

/*
 * The text may have been parsed under other settings (standard_conforming_strings), or a program may have
 * given a tree and some text: then what was approved is not what runs.
 */
void CompareTrees(void *context) {
  auto *reading = static_cast<Reading *>(context);
  List *parsed = raw_parser(reading->statement, RAW_PARSE_DEFAULT);
  reading->same = list_length(parsed) == 1 && equal(linitial_node(RawStmt, parsed)->stmt, reading->tree);
}

/* The best approval of those that apply: one that is not used up, else the one that ends first; and what is wrong
 * with the newest of the others. */
struct Choice {
  const Verdict &verdict;
  Approval best;
  int64 newest = 0;
  const char *obstacle = nullptr;

  bool BetterThanBest(const Approval &approval) const {
    if (best.id == 0) return true;
    if (approval.limited != best.limited) return best.limited;
    if (approval.valid_until != best.valid_until) return approval.valid_until < best.valid_until;
    return approval.id < best.id;
  }

  bool Consider(const Approval &approval) {
    const char *fault = AvailabilityFault(approval);
    if (fault == nullptr) fault = CoverageFault(approval, verdict);
    if (fault == nullptr) {
      if (BetterThanBest(approval)) best = approval;
    } else if (approval.id > newest) {
      newest = approval.id;
      obstacle = Format("Approval {} does not apply: {}.", approval.id, fault);
    }
    return true;
  }
};

ApprovalSearch Search(const Verdict &verdict, const char *statement, const Node *tree) {
  ApprovalTable table;
  ApprovalSearch search;
  if (!table.Open(AccessShareLock, &search.obstacle)) return search;
  DebugPoint(Stage::searching_approval);
  Choice choice = {verdict, {}};
  if (!table.Empty()) {
    Reading reading = {statement, tree};
    if (Attempt(TakeFingerprint, &reading) == nullptr)
      table.ForEach(reading.fingerprint, 0, [&](const Approval &each) { return choice.Consider(each); });
    if (choice.best.id != 0 && tree != nullptr && !IsTransformed(tree) &&
        (Attempt(CompareTrees, &reading) != nullptr || !reading.same)) {
      choice.obstacle = Format("Approval {} does not apply: what runs is not what the text says.", choice.best.id);
      choice.best.id = 0;
    }
  }
  table.Close(false);
  if (choice.best.id != 0) search.approval = new (palloc(sizeof(Approval))) Approval(choice.best);
  else search.obstacle = choice.obstacle;
  return search;
}

}  // namespace

const char *Approval::Summary() const { return Format("approval {} by {}: {}", id, approver, reason); }

ApprovalSearch FindApproval(const Verdict &verdict, const char *statement, const Node *tree) {
  return Search(verdict, statement, tree);
}

ApprovalSearch ClaimApproval(const Verdict &verdict, const char *statement, const Node *tree) {
  for (;;) {
    ApprovalSearch search = Search(verdict, statement, tree);
    if (search.approval == nullptr || !search.approval->limited) return search;
    ApprovalTable table;
    if (!table.Open(RowExclusiveLock, &search.obstacle)) return {nullptr, search.obstacle};
    const bool wait = TransactionLedger().Held().Empty();
    const Approval *locked = table.LockRow(*search.approval, wait);
    DebugPoint(Stage::approval_locked);
    table.Close(locked != nullptr);
    if (locked == nullptr && !wait)
      return {nullptr, Format("Approval {} does not apply: another session is using it.", search.approval->id)};
    if (locked != nullptr && AvailabilityFault(*locked) == nullptr && CoverageFault(*locked, verdict) == nullptr)
      return {locked, nullptr};
    CHECK_FOR_INTERRUPTS();
  }
}

void UseApproval(const Approval &approval, const char *statement) {
  if (!approval.limited) return;
  ApprovalTable table;
  const char *failure = nullptr;
  if (table.Open(RowExclusiveLock, &failure)) {
    DebugPoint(Stage::before_use);
    failure = table.TakeUse(approval);
    if (failure == nullptr) {
      DebugPoint(Stage::used);
      return table.Close(true);
    }
  }
  const char *what =
      Format("approval {} cannot be used: {}", approval.id, failure == nullptr ? "it has gone" : failure);
  RefuseUndecided({what, what, nullptr, "SELECT * FROM ddlguard.approvals shows what is approved; then run it again."},
                  statement);
}

const Approval *LoadApproval(int64 id) {
  ApprovalTable table;
  const char *failure;
  if (!table.Open(AccessShareLock, &failure)) return nullptr;
  const Approval *found = nullptr;
  table.ForEach(nullptr, id, [&](const Approval &each) {
    found = new (palloc(sizeof(Approval))) Approval(each);
    return false;
  });
  table.Close(false);
  return found;
}

/* That the table is the extension's is asked once for each oid: no other table can come by it. */
Oid ApprovalRelation() {
  static Oid verified = InvalidOid;
  const Oid policy = PolicyRelation();
  if (!OidIsValid(policy)) return InvalidOid;
  const Oid relation = get_relname_relid("approval", get_rel_namespace(policy));
  if (OidIsValid(relation) && relation != verified) {
    if (!BelongsToExtension(RelationRelationId, relation)) return InvalidOid;
    verified = relation;
  }
  return relation;
}

}  // namespace ddlguard
