/*
 * See concurrently.h.
 */
#include "runtime/concurrently.h"

#include "analysis/statement.h"
#include "pg/activity.h"
#include "pg/text.h"
#include "policy/settings.h"
#include "runtime/blockers.h"

namespace ddlguard {

namespace {

/* Transactions younger than this come and go all the time. */
constexpr double kLongSeconds = 1;

struct Concurrently {
  NodeTag tag = T_Invalid;      /* of the statement that runs */
  bool committed = false;       /* a part of it stays */
  bool made = false;            /* it has made an index, */
  char index[NAMEDATALEN] = {}; /* the last one of this name */
};
Concurrently running;

emit_log_hook_type next_emit_log = nullptr;

/* The table that it waits for the users of. */
const Target *TableOf(const Analysis &a) {
  for (const Effect &effect : a.effects)
    if (effect.target->IsRelation() && OidIsValid(effect.target->oid) && effect.target->Shared()) return effect.target;
  return nullptr;
}

void AddLong(Array<int> &pids, const Array<LockHolder> &holders) {
  for (const LockHolder &holder : holders)
    if ((holder.pid == 0 || holder.seconds >= kLongSeconds) && !pids.Contains(holder.pid)) pids.Add(holder.pid);
}

void TellOfWaits(const Analysis &a, const Node *statement) {
  const Target *table = TableOf(a);
  if (table == nullptr) return;
  Array<int> pids;
  AddLong(pids, ConflictingHolders(table->oid, ModeWaitedFor(statement)));
  /* A build waits for old snapshots in the end, whatever their transactions do. */
  if (!IsA(statement, DropStmt) && !IsA(statement, AlterTableStmt)) AddLong(pids, SnapshotHolders());
  if (pids.Empty()) return;
  const char *detail = DescribeProcesses(pids);
  ereport(NOTICE, (errmsg("%s waits until %d long %s ended", CreateCommandName(const_cast<Node *>(statement)),
                          pids.count, pids.count == 1 ? "transaction has" : "transactions have"),
                   detail == nullptr ? 0 : errdetail("%s", detail),
                   errhint("Nobody waits behind it. SELECT pg_blocking_pids(%d) shows for whom it waits at the moment.",
                           MyProcPid)));
}

const char *Leftover() {
  switch (running.tag) {
    case T_IndexStmt:
      return Format(
          "Index {} is left behind INVALID: writers maintain it, and no query uses it. Remove it with DROP "
          "INDEX CONCURRENTLY, then run the statement again.",
          QuoteIdent(running.index));
    case T_ReindexStmt:
      return "INVALID indexes whose names end in _ccnew or _ccold may be left behind, which writers maintain. Remove "
             "them with DROP INDEX CONCURRENTLY, then run the statement again.";
    case T_DropStmt:
      return "The index is left INVALID. Run the statement again to remove it.";
    case T_AlterTableStmt:
      return "The partition is left half detached. ALTER TABLE ... DETACH PARTITION ... FINALIZE completes it.";
    default:
      return nullptr;
  }
}

bool LeavesSomething() {
  if (!running.committed) return false;
  return running.made || running.tag == T_DropStmt || running.tag == T_AlterTableStmt;
}

void AddLeftover(ErrorData *error) {
  if (error->elevel >= ERROR && running.tag != T_Invalid) {
    if (LeavesSomething()) {
      MemoryContext old = MemoryContextSwitchTo(error->assoc_context);
      const char *leftover = Leftover();
      if (leftover != nullptr)
        error->hint =
            const_cast<char *>(error->hint == nullptr ? pstrdup(leftover) : Format("{}\n{}", error->hint, leftover));
      MemoryContextSwitchTo(old);
    }
    running.tag = T_Invalid;
  }
  if (next_emit_log != nullptr) next_emit_log(error);
}

void AtTransactionEnd(XactEvent event, void *) {
  if (event == XACT_EVENT_COMMIT && running.tag != T_Invalid) running.committed = true;
  if (event == XACT_EVENT_ABORT) running.tag = T_Invalid;
}

}  // namespace

void BeginConcurrently(const Analysis &a, const Node *statement) {
  /* Who only watches says nothing to clients. */
  if (CurrentMode() != Mode::enforce || !a.concurrently) return;
  running = {nodeTag(statement)};
  TellOfWaits(a, statement);
}

void NoteIndexMade(const char *name) {
  if (running.tag == T_Invalid) return;
  running.made = true;
  strlcpy(running.index, name, sizeof(running.index));
}

void EndConcurrently(const Analysis &a) {
  if (a.concurrently) running.tag = T_Invalid;
}

void ConcurrentlyInit() {
  RegisterXactCallback(AtTransactionEnd, nullptr);
  next_emit_log = emit_log_hook;
  emit_log_hook = AddLeftover;
}

}  // namespace ddlguard
