/*
 * What other sessions are doing right now, from shared memory.
 *
 * Read without stopping anybody: a holder may be gone, or a new one there, an instant later.  Whoever
 * asks gets evidence for a log line or a refusal, never a guarantee.  No function waits for a lock of
 * another session; each takes a light-weight lock or a spinlock for the time of a copy.
 */
#pragma once

#include "pg/array.h"

namespace ddlguard {

/* Another transaction that holds a lock. */
struct LockHolder {
  int pid = 0;         /* 0: a prepared transaction, which no session runs any more */
  double seconds = 0;  /* since it began; 0 when that is not known (track_activities off) */
  bool visible = true; /* pg_stat_activity would show the current user how old its transaction is */
  bool autovacuum = false;
  bool wraparound = false; /* autovacuum that does not give way: it prevents wraparound */
};

/* Others that hold a lock on the relation which conflicts with this mode; not those that wait for one. */
Array<LockHolder> ConflictingHolders(Oid relation, LOCKMODE lock);

/* Others of this database whose snapshot a concurrent build has to wait for in the end. */
Array<LockHolder> SnapshotHolders();

/* The processes that wait for a lock on a relation on which this transaction holds a strong one.  Looked at without any
 * lock: one that is just served may be among them still. */
Array<int> ProcessesThatWait();

/* How many they are; takes no memory, so that it can be asked while a transaction aborts. */
int CountProcessesThatWait();

/* Hot standbys that are connected and replay what they receive. */
int StreamingStandbys();

/* Logical replication slots of this database: somebody decodes its changes, now or later. */
int LogicalSlots();

/* Replication slots of any kind, or standbys: somebody needs the WAL. */
bool WalIsAwaited();

/* Accesses to a relation since its statistics began: scans begun, rows inserted, updated and deleted. */
double AccessesOf(Oid relation);

/* Seconds since the current transaction began. */
double TransactionAge();

/* Bytes free in the file system of a tablespace (invalid: the database's); negative when unknown. */
double FreeBytes(Oid tablespace);

/* The client's address as type inet has it; empty: a socket of this machine, or no client. */
const char *ClientAddress();

}  // namespace ddlguard
