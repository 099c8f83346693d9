/*
 * Is a database in use, or does it only replay a history?  Asked of what has no rows of its own: functions, types,
 * extensions, views of nothing.
 */
#pragma once

#include "pg/prelude.h"

namespace ddlguard {

/* Of the schema's tables or, without one, of the database's: see database_use.cpp for what counts. */
bool TablesInUse(Oid schema = InvalidOid);

}  // namespace ddlguard
