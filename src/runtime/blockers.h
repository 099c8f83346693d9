/*
 * Who is in the way of a lock, in words.
 */
#pragma once

#include "pg/array.h"

namespace ddlguard {

struct Blockers {
  const char *first = nullptr;  /* "process 4711 (role app)"; null: nobody holds it any more */
  const char *detail = nullptr; /* one line each, the oldest transaction first */
  const char *remedy = nullptr; /* the statement that ends the first one */
};

/* Those who hold a lock on the relation that conflicts with this mode. What pg_stat_activity keeps from the
 * current user is left out. */
Blockers FindBlockers(Oid relation, LOCKMODE mode);

/* What these processes do, one line each; 0 stands for prepared transactions.  Null when nothing is known. */
const char *DescribeProcesses(const Array<int> &pids);

/* "schema.name"; its number when it is gone. */
const char *NameOfRelation(Oid relation);

}  // namespace ddlguard
