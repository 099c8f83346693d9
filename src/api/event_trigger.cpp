/*
 * ddlguard.event_apply(): each server keeps its own record.
 *
 * A publication FOR ALL TABLES publishes ddlguard.event and ddlguard.approval too.  Its rows would collide with
 * the subscriber's own, and stop the subscription; so a subscription's workers change nothing there.
 */
#include "api/function.h"

#include "pg/text.h"

using namespace ddlguard;

DDLGUARD_FUNCTION(ddlguard_event_apply) {
  if (!CALLED_AS_TRIGGER(fcinfo))
    ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                    errmsg("function ddlguard.event_apply can only be called as a trigger")));
  if (IsLogicalWorker()) return static_cast<Datum>(0);
  auto *data = reinterpret_cast<TriggerData *>(fcinfo->context);
  return PointerGetDatum(TRIGGER_FIRED_BY_UPDATE(data->tg_event) ? data->tg_newtuple : data->tg_trigtuple);
}
