/*
 * A trigger function against the table that it is put on.
 */
#pragma once

#include "analysis/analysis.h"

namespace ddlguard {

/*
 * A column that a PL/pgSQL trigger function reads or assigns as NEW.x or OLD.x and the table does not
 * have: the first write to the table would fail.  Null when there is none, when the function is in
 * another language, or when it asks which table it runs for (TG_TABLE_NAME, TG_RELID): one function
 * for many tables may name columns of others.
 */
const char *MissingColumnOfTrigger(const Analysis &a, Oid table, const CreateTrigStmt *stmt);

}  // namespace ddlguard
