/*
 * locks.held: the strongest lock that this session has held on each relation since the setting was last
 * assigned to, as "oid:mode ..." with the numbers of storage/lockdefs.h.
 *
 * Read from the lock manager (what pg_locks shows) at the end of every transaction, just before its locks
 * are released.  So it is exact for statements that pg_locks cannot be asked about from within: CREATE
 * INDEX CONCURRENTLY, VACUUM and others commit several times.  A lock that is released before the end of
 * its transaction is not seen; on relations PostgreSQL does that for ACCESS SHARE, and to cut off the end
 * of a file that VACUUM has emptied.
 *
 * A setting and no function, so that the database under observation holds nothing of it.
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/guc.h"

PG_MODULE_MAGIC;

typedef struct Held {
  Oid relation;
  LOCKMODE mode;
} Held;

static Held held[10000];
static int count = 0;
static char *setting;

static void Remember(Oid relation, LOCKMODE mode) {
  int i = 0;
  while (i < count && held[i].relation != relation) ++i;
  if (i == (int)lengthof(held)) return;
  if (i == count) held[count++] = (Held){relation, NoLock};
  if (mode > held[i].mode) held[i].mode = mode;
}

static void Collect(void) {
  LockData *data = GetLockStatusData();
  for (int i = 0; i < data->nelements; ++i) {
    LockInstanceData *lock = &data->locks[i];
    if (lock->pid != MyProcPid || lock->locktag.locktag_type != LOCKTAG_RELATION) continue;
    if (lock->locktag.locktag_field1 != MyDatabaseId || lock->locktag.locktag_field2 < FirstNormalObjectId) continue;
    for (LOCKMODE mode = AccessExclusiveLock; mode > NoLock; --mode)
      if (lock->holdMask & LOCKBIT_ON(mode)) {
        Remember(lock->locktag.locktag_field2, mode);
        break;
      }
  }
}

static void AtTransactionEnd(XactEvent event, void *argument) {
  if (event == XACT_EVENT_PRE_COMMIT || event == XACT_EVENT_PRE_PREPARE || event == XACT_EVENT_ABORT) Collect();
}

static void AtSubtransactionEnd(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *argument) {
  if (event == SUBXACT_EVENT_ABORT_SUB) Collect();
}

static void Forget(const char *value, void *extra) { count = 0; }

static const char *Show(void) {
  StringInfoData text;
  initStringInfo(&text);
  if (IsTransactionState()) Collect();
  for (int i = 0; i < count; ++i) appendStringInfo(&text, "%s%u:%d", i > 0 ? " " : "", held[i].relation, held[i].mode);
  return text.data;
}

PGDLLEXPORT void _PG_init(void);

void _PG_init(void) {
  DefineCustomStringVariable("locks.held", "Strongest locks held on relations.", NULL, &setting, "", PGC_USERSET, 0,
                             NULL, Forget, Show);
  RegisterXactCallback(AtTransactionEnd, NULL);
  RegisterSubXactCallback(AtSubtransactionEnd, NULL);
}
