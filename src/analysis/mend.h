/*
 * What a later statement of the same transaction can mend: a REVOKE before the GRANT that gives the
 * privilege back, ENABLE ROW LEVEL SECURITY before the policies, a view that is dropped and made again, a
 * trigger or rule that writes through one, a trigger that fills columns, a default, or an enum that makes room for one
 * with more values.  Others see the transaction only as a whole, so it is judged as a whole.
 *
 * In a script the statements to come are known and are asked at once.  In a transaction block the effect
 * is set aside in the ledger and judged when the transaction is about to commit, under the locks that it
 * holds (hooks/commit.cpp); what a savepoint takes back is forgotten.  Elsewhere, in functions and DO
 * blocks too, there is no telling whether anything follows, so the effect counts at once.
 */
#pragma once

#include "analysis/acl.h"
#include "analysis/effect.h"

namespace ddlguard {

class Analysis;

struct NamedColumn {
  const char *name;
  Oid type;
};

/* What has to be true for the effect to be none.  What is set depends on its Why. */
struct Mend {
  ObjectAddress object = {InvalidOid, InvalidOid, 0}; /* that still is there */
  Oid grantee = InvalidOid;                           /* a revoked privilege, or one that row security stops: whose */
  AclMode privileges = 0;                             /* and which, */
  const char *column = nullptr;                       /* of a column only; of an enum: its new name */
  Array<NamedColumn> columns = {};                    /* of a view that went, or that a trigger filled; of another
                                                       * object: its name and schema; of an enum: its labels */
  const oidvector *arguments = nullptr;               /* of a function, a cast or an operator that went */
  Oid result = InvalidOid;                            /* its type */
  AclSource acl = {};                                 /* of what went */
  int16 writes = 0;                                   /* through a view: see view_writes.h */
};

/* An effect that waits for the end of its transaction; in TopTransactionContext once it is deferred. */
struct Deferred {
  Effect effect;
  Mend mend;
  const char *statement = nullptr; /* one pointer for all effects of a statement */
  int64 approval = 0;              /* that the statement has used; 0: none */
  SubTransactionId subxact = InvalidSubTransactionId;
};

/* Adds the effect, unless it is mended or set aside: then only its lock is added, and false returned. */
bool AddMendable(Analysis &a, const Effect &effect, const Mend &mend);

/* What a view or function that goes would have to come back with. */
Mend MendOfView(const Target *view);
Mend MendOfFunction(Oid function);
/* What would have to take the place of an enum that is renamed. */
Mend MendOfEnum(Oid type, const char *new_name);

/* Has the enum the name of one that the transaction has renamed?  What its values are is judged apart. */
bool TakesPlaceOf(Oid type, Oid renamed);

/* Has the transaction mended it by now? */
bool IsMended(const Effect &effect, const Mend &mend);

/* Will a statement that follows in the script's transaction mend it?  mend_script.cpp */
bool WillBeMended(Analysis &a, const Effect &effect, const Mend &mend);

/* Keeps what the analysis has set aside until the transaction ends. */
void Defer(const Analysis &a, const char *statement, int64 approval);
const Array<Deferred> &DeferredEffects();
void ForgetDeferred();
void ForgetDeferredSince(SubTransactionId subxact);

}  // namespace ddlguard
