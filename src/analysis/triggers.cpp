/*
 * Triggers: made, dropped, renamed; and event triggers.
 *
 * A trigger runs inside the writes of running code, so what its function does to every row counts:
 * see trigger_function.h.  The function is read as text and never called.
 */
#include "analysis/drop_effects.h"
#include "analysis/named_object.h"
#include "analysis/objects.h"
#include "analysis/trigger_function.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

void AnalyzeCreateTrigger(Analysis &a, const CreateTrigStmt *stmt) {
  const Target *table = a.Resolve(stmt->relation, ShareRowExclusiveLock);
  if (table == nullptr || !OidIsValid(table->oid)) return;
  if (pg_class_aclcheck(table->oid, GetUserId(), ACL_TRIGGER) != ACLCHECK_OK) return;
  if (!stmt->replace && OidIsValid(get_trigger_oid(table->oid, stmt->trigname, true)) && !a.ledger.script) return;
  a.Add({.why = Why::create_trigger,
         .target = a.Look(table->oid, stmt->row),
         .lock = ShareRowExclusiveLock,
         .column = stmt->trigname,
         .node = reinterpret_cast<const Node *>(stmt)});
  if (const char *missing = MissingColumnOfTrigger(a, table->oid, stmt))
    a.Add({.why = Why::trigger_function_missing_column,
           .target = table,
           .lock = ShareRowExclusiveLock,
           .column = missing});
}

void AnalyzeDropTrigger(Analysis &a, const Target *table, Oid trigger, const char *name) {
  const bool fresh = CreatedInTransaction(TriggerRelationId, trigger, 0);
  a.Add({.why = fresh ? Why::lock_only : Why::drop_trigger,
         .target = a.Look(table->oid, true),
         .lock = AccessExclusiveLock,
         .column = name});
}

void AnalyzeEventTrigger(Analysis &a, const char *name) {
  if (!superuser()) return; /* PostgreSQL refuses it */
  a.Add({.why = Why::create_event_trigger, .target = a.LookObject(EventTriggerRelationId, InvalidOid, nullptr, name)});
}

}  // namespace ddlguard
