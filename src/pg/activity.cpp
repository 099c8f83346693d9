/*
 * See activity.h.
 *
 * When a transaction began is in PgBackendStatus alone.  The server's own reader copies the entries of all
 * sessions; here the one entry is read in place, by the protocol that its header describes.
 */
#include "pg/activity.h"

#include <sys/statvfs.h>

namespace ddlguard {

namespace {

double SecondsSince(TimestampTz since) {
  if (since == 0) return 0;
  const TimestampTz now = GetCurrentTimestamp();
  return now <= since ? 0 : static_cast<double>(now - since) / USECS_PER_SEC;
}

/* When the transaction of another session began; 0 when it has none, or is not known. */
TimestampTz TransactionStartOf(const VirtualTransactionId &vxid) {
  volatile PgBackendStatus *entry = BackendStatusOf(vxid);
  if (entry == nullptr) return 0;
  for (;;) {
    int before, after;
    pgstat_begin_read_activity(entry, before);
    const TimestampTz start = entry->st_procpid > 0 ? entry->st_xact_start_timestamp : 0;
    pgstat_end_read_activity(entry, after);
    if (pgstat_read_activity_complete(before, after)) return start;
    CHECK_FOR_INTERRUPTS();
  }
}

}  // namespace

namespace {

Array<LockHolder> HoldersOf(const VirtualTransactionId *transactions, int count) {
  Array<LockHolder> holders;
  for (int i = 0; i < count; ++i) {
    LockHolder holder;
    PGPROC *proc = ProcOf(transactions[i]);
    if (proc != nullptr && LocalIdOf(proc) == transactions[i].localTransactionId) {
      holder.pid = proc->pid;
      holder.autovacuum = (proc->statusFlags & PROC_IS_AUTOVACUUM) != 0;
      holder.wraparound = (proc->statusFlags & PROC_VACUUM_FOR_WRAPAROUND) != 0;
      holder.visible = has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS) ||
                       (OidIsValid(proc->roleId) && has_privs_of_role(GetUserId(), proc->roleId));
      holder.seconds = SecondsSince(TransactionStartOf(transactions[i]));
    } else if (!IsPreparedTransaction(transactions[i])) {
      continue; /* gone */
    }
    holders.Add(holder);
  }
  return holders;
}

}  // namespace

Array<LockHolder> ConflictingHolders(Oid relation, LOCKMODE lock) {
  LOCKTAG tag;
  SET_LOCKTAG_RELATION(tag, MyDatabaseId, relation);
  int count = 0;
  const VirtualTransactionId *conflicts = GetLockConflicts(&tag, lock, &count);
  return HoldersOf(conflicts, count);
}

Array<LockHolder> SnapshotHolders() {
  int count = 0;
  const VirtualTransactionId *others = GetCurrentVirtualXIDs(
      InvalidTransactionId, true, false, PROC_IS_AUTOVACUUM | PROC_IN_VACUUM | PROC_IN_SAFE_IC, &count);
  return HoldersOf(others, count);
}

namespace {

/* Calls visit(pid) for each process that waits for a lock on a relation which this transaction has locked. */
template <typename Visit>
void VisitProcessesThatWait(Visit visit) {
  for (uint32 i = 0; i < ProcGlobal->allProcCount; ++i) {
    /* The lock is in shared memory for good, though by now it may be that of something else. */
    const volatile PGPROC &proc = ProcGlobal->allProcs[i];
    const volatile LOCK *lock = proc.waitLock;
    if (proc.pid == 0 || proc.pid == MyProcPid || lock == nullptr || proc.databaseId != MyDatabaseId) continue;
    if (lock->tag.locktag_type != LOCKTAG_RELATION || lock->tag.locktag_field1 != MyDatabaseId) continue;
    if (CheckRelationOidLockedByMe(lock->tag.locktag_field2, ShareLock, true)) visit(proc.pid);
  }
}

}  // namespace

Array<int> ProcessesThatWait() {
  Array<int> waiting;
  VisitProcessesThatWait([&waiting](int pid) { waiting.Add(pid); });
  return waiting;
}

int CountProcessesThatWait() {
  int waiting = 0;
  VisitProcessesThatWait([&waiting](int) { ++waiting; });
  return waiting;
}

int StreamingStandbys() {
  int standbys = 0;
  for (int i = 0; i < max_wal_senders; ++i) {
    WalSnd *sender = &WalSndCtl->walsnds[i];
    if (const_cast<volatile WalSnd *>(sender)->pid == 0) continue; /* as a rule all of them */
    SpinLockAcquire(&sender->mutex);
    const pid_t pid = sender->pid;
    /* A receiver that keeps WAL without replaying it never reports a position. */
    const bool replays = sender->state == WALSNDSTATE_STREAMING && !XLogRecPtrIsInvalid(sender->apply);
    SpinLockRelease(&sender->mutex);
    if (pid == 0 || !replays) continue;
    const PGPROC *proc = BackendPidGetProc(pid);
    if (proc != nullptr && !OidIsValid(proc->databaseId)) ++standbys; /* logical ones have a database */
  }
  return standbys;
}

namespace {

template <typename Predicate>
int CountSlots(Predicate counts) {
  int count = 0;
  LWLockAcquire(ReplicationSlotControlLock, LW_SHARED);
  for (int i = 0; i < max_replication_slots; ++i) {
    ReplicationSlot *slot = &ReplicationSlotCtl->replication_slots[i];
    if (!slot->in_use) continue;
    SpinLockAcquire(&slot->mutex);
    const Oid database = slot->data.database;
    SpinLockRelease(&slot->mutex);
    if (counts(database)) ++count;
  }
  LWLockRelease(ReplicationSlotControlLock);
  return count;
}

}  // namespace

int LogicalSlots() {
  if (!XLogLogicalInfoActive()) return 0; /* with a lower wal_level there are none */
  return CountSlots([](Oid database) { return database == MyDatabaseId; });
}

bool WalIsAwaited() {
  return StreamingStandbys() > 0 || CountSlots([](Oid) { return true; }) > 0;
}

double AccessesOf(Oid relation) {
  const PgStat_StatTabEntry *entry = pgstat_fetch_stat_tabentry(relation);
  if (entry == nullptr) return 0;
  return static_cast<double>(entry->numscans + entry->tuples_inserted + entry->tuples_updated + entry->tuples_deleted);
}

double TransactionAge() { return SecondsSince(GetCurrentTransactionStartTimestamp()); }

double FreeBytes(Oid tablespace) {
  const Oid used = OidIsValid(tablespace) ? tablespace : MyDatabaseTableSpace;
  struct statvfs file_system;
  if (statvfs(GetDatabasePath(MyDatabaseId, used), &file_system) != 0 &&
      statvfs(DataDir, &file_system) != 0) /* nothing of this database is in the tablespace yet */
    return -1;
  return static_cast<double>(file_system.f_bavail) * static_cast<double>(file_system.f_frsize);
}

const char *ClientAddress() {
  static char address[NI_MAXHOST];
  static bool asked = false;
  if (asked || MyBEEntry == nullptr) return address;
  asked = true;
  const SockAddr remote = MyBEEntry->st_clientaddr; /* our own entry: nobody else changes it */
  if (remote.addr.ss_family != AF_INET && remote.addr.ss_family != AF_INET6) return address;
  if (pg_getnameinfo_all(&remote.addr, remote.salen, address, sizeof(address), nullptr, 0, NI_NUMERICHOST) != 0)
    *address = '\0';
  if (char *zone = strchr(address, '%')) *zone = '\0'; /* inet has no zones */
  return address;
}

}  // namespace ddlguard
