/*
 * Is a database in use, or does it only replay a history?  Asked of what has no rows of its own: functions, types,
 * extensions, views of nothing.
 */
#pragma once

#include "pg/prelude.h"

namespace ddlguard {

/* Is a table in use?  See database_use.cpp for what counts. */
bool DatabaseInUse();
bool SchemaInUse(Oid schema);

/* At the end of a transaction, and when what a subtransaction has done is taken back. */
void ForgetDatabaseUse();

}  // namespace ddlguard
