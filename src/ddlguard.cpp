/*
 * ddlguard: refuses dangerous DDL before it takes its lock.
 *
 * Loading is a list of initialisations; each part hooks itself in.
 */
#include "analysis/ledger.h"
#include "hooks/hooks.h"
#include "observe/aftermath.h"
#include "observe/event.h"
#include "observe/shmem.h"
#include "pg/debug_point.h"
#include "policy/policy.h"
#include "policy/settings.h"
#include "runtime/concurrently.h"
#include "runtime/held.h"
#include "runtime/hold.h"
#include "worker/state.h"

extern "C" {
PG_MODULE_MAGIC;
PGDLLEXPORT void _PG_init(void);
}

void _PG_init(void) {
  if (!process_shared_preload_libraries_in_progress)
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("ddlguard must be loaded by shared_preload_libraries"),
                    errhint("Add ddlguard to shared_preload_libraries in postgresql.conf and restart the server.")));
  ddlguard::DebugPointInit(); /* before its prefix is reserved */
  ddlguard::SettingsInit();
  ddlguard::SharedMemoryInit();
  ddlguard::PolicyInit();
  ddlguard::LedgerInit();
  ddlguard::UtilityHookInit();
  ddlguard::ObjectAccessHookInit();
  ddlguard::ExecutorHookInit();
  ddlguard::CommitHookInit();
  ddlguard::HoldInit();
  ddlguard::ConcurrentlyInit();
  ddlguard::EventInit();
  ddlguard::HeldInit(); /* what comes last is called first, and this adds to what the other two end */
  ddlguard::AftermathHookInit();
  ddlguard::WorkerInit();
}
