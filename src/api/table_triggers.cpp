/*
 * Triggers for the guard's tables that say who may write them, and tell who did.  They are ENABLE ALWAYS.
 *
 *   table_writer    BEFORE INSERT OR UPDATE OR DELETE, each statement: a member of pg_write_all_data may write every
 *                   table of the database, but not configure the guard.
 *   table_recorded  AFTER INSERT OR UPDATE OR DELETE, each row (with what it was and is) or each statement, and
 *                   AFTER TRUNCATE: a line in the server log, which stays there when the transaction rolls back.
 *                   What ddlguard's own worker does is not told.
 *   event_apply     BEFORE INSERT OR UPDATE OR DELETE on event and approval, each row: a publication FOR ALL TABLES
 *                   publishes them too.  Its rows would collide with the subscriber's own, and stop the
 *                   subscription; so a subscription's workers change nothing there.
 */
#include "api/function.h"
#include "observe/guard_log.h"
#include "pg/catalog.h"
#include "pg/text.h"
#include "worker/state.h"

using namespace ddlguard;

static AclMode NeededFor(TriggerEvent event) {
  if (TRIGGER_FIRED_BY_INSERT(event)) return ACL_INSERT;
  if (TRIGGER_FIRED_BY_UPDATE(event)) return ACL_UPDATE;
  return TRIGGER_FIRED_BY_DELETE(event) ? ACL_DELETE : ACL_TRUNCATE;
}

/* By what was granted on the table or a column of it, so without the roles that have a privilege everywhere. */
static bool IsGranted(Relation table, AclMode needed) {
  const Oid user = GetUserId(), owner = table->rd_rel->relowner;
  if (superuser() || has_privs_of_role(user, owner)) return true;
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(RelationGetRelid(table)));
  if (!HeapTupleIsValid(tuple)) return false;
  bool isnull;
  Datum acl = SysCacheGetAttr(RELOID, tuple, Anum_pg_class_relacl, &isnull);
  const bool granted = !isnull && aclmask(DatumGetAclPCopy(acl), user, owner, needed, ACLMASK_ANY) != 0;
  ReleaseSysCache(tuple);
  return granted || pg_attribute_aclcheck_all(RelationGetRelid(table), user, needed, ACLMASK_ANY) == ACLCHECK_OK;
}

DDLGUARD_FUNCTION(ddlguard_table_writer) {
  TriggerData *trigger = TriggerOf(fcinfo, "table_writer");
  Relation table = trigger->tg_relation;
  if (!IsGranted(table, NeededFor(trigger->tg_event)))
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("permission denied for table %s", RelationGetRelationName(table)),
                    errdetail("Role pg_write_all_data does not extend to ddlguard's tables."),
                    errhint("Role ddlguard_admin may write them.")));
  return Datum{};
}

static const char *RowText(HeapTuple tuple, TupleDesc desc) {
  return OidOutputFunctionCall(F_RECORD_OUT, heap_copy_tuple_as_datum(tuple, desc));
}

DDLGUARD_FUNCTION(ddlguard_table_recorded) {
  TriggerData *trigger = TriggerOf(fcinfo, "table_recorded");
  if (InOwnScript() || is_ddlguard_worker) return Datum{};
  TupleDesc desc = RelationGetDescr(trigger->tg_relation);
  const char *table = Format("ddlguard.{}", RelationGetRelationName(trigger->tg_relation));
  const TriggerEvent event = trigger->tg_event;
  if (TRIGGER_FIRED_BY_TRUNCATE(event)) LogChange(table, "TRUNCATE", nullptr, nullptr);
  else if (TRIGGER_FIRED_FOR_STATEMENT(event))
    LogChange(table,
              TRIGGER_FIRED_BY_DELETE(event)   ? "DELETE"
              : TRIGGER_FIRED_BY_UPDATE(event) ? "UPDATE"
                                               : "INSERT",
              nullptr, nullptr);
  else if (TRIGGER_FIRED_BY_INSERT(event)) LogChange(table, "INSERT", nullptr, RowText(trigger->tg_trigtuple, desc));
  else if (TRIGGER_FIRED_BY_DELETE(event)) LogChange(table, "DELETE", RowText(trigger->tg_trigtuple, desc), nullptr);
  else LogChange(table, "UPDATE", RowText(trigger->tg_trigtuple, desc), RowText(trigger->tg_newtuple, desc));
  return Datum{};
}

DDLGUARD_FUNCTION(ddlguard_event_apply) {
  TriggerData *trigger = TriggerOf(fcinfo, "event_apply");
  if (IsLogicalWorker()) return Datum{};
  return PointerGetDatum(TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple);
}
