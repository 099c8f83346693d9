/*
 * The ledger: what this transaction, or the script under check(), has done so far.
 *
 * In a transaction the catalog itself shows what was created, validated or dropped; the ledger adds
 * what it does not show: which objects other than relations are new (from OAT_POST_CREATE; relations
 * have rd_createSubid), and which strong locks are held on live relations.  A script executes
 * nothing, so there the ledger also stands in for the catalog: names made, dropped and renamed,
 * columns added, constraints added or validated.
 */
#pragma once

#include "analysis/effect.h"
#include "analysis/session.h"
#include "pg/few.h"

namespace ddlguard {

struct HeldLock {
  Oid relation;
  LOCKMODE mode;
  SubTransactionId subxact; /* released when this one aborts; in a script: the position after the statement */
  Storage unlooked = {};    /* of a relation that seems live, and is not known to be */
};

struct LockedRelation {
  Oid key;
  SubTransactionId subxact;
};

/* A relation as a script left it. */
struct ScriptRelation {
  const char *schema;
  const char *name;
  Oid oid;   /* the relation that this name means now; invalid: made by the script */
  bool gone; /* the name means nothing any more */
  char relkind;
  char persistence;
  Size size; /* made by CREATE TABLE AS or filled by INSERT ... SELECT: what is read */
};

struct ScriptColumn {
  Oid relation;
  const char *column;
  bool required; /* NOT NULL */
};

struct ScriptConstraint {
  Oid relation;
  const char *name;
  const Node *expr; /* raw CHECK expression, null for other kinds */
  bool validated;
  bool gone;
  Oid other = InvalidOid;                 /* of a foreign key: the referenced table */
  const Constraint *definition = nullptr; /* when the script added it */
};

struct ScriptObject {
  Oid classid; /* NamespaceRelationId, TypeRelationId, ProcedureRelationId */
  const char *schema;
  const char *name;
};

struct ScriptEnum {
  const char *schema;
  const char *name;
  const List *labels; /* of String */
};

struct ScriptIndex {
  Oid relation;
  const IndexStmt *definition; /* of a key that the script adds, too */
};

/* What conventions ask about when the transaction ends: a table, or a column that was added to one. */
struct ToSettle {
  Oid relation;
  const char *column; /* null: the table */
};

struct ScriptFunction {
  const char *schema;
  const char *name;
  const CreateFunctionStmt *stmt;
};

struct ScriptRowSecurity {
  Oid relation;
  bool enabled;
};

/* Objects that a script has dropped.  A copy is what was gone by then, as with the other lists: of two copies that
 * share the index, each finds its own by the position. */
class GoneObjects {
 public:
  bool Empty() const { return objects_.Empty(); }
  bool Has(const ObjectAddress &object) const;
  void Add(const ObjectAddress &object);

 private:
  Array<ObjectAddress> objects_;
  HTAB *index_ = nullptr; /* where in objects_ */
};

struct Ledger {
  bool script = false;               /* check(): nothing of it is in the catalog */
  bool in_block = false;             /* a transaction block is open */
  int depth = 0;                     /* subtransactions that are open: savepoints, blocks with EXCEPTION */
  Array<HeldLock> passes;            /* live relations that an ALTER TABLE has read or rewritten; of no mode */
  FewEntries<LockedRelation> locked; /* that DDL has locked, whatever the mode */

  Array<ToSettle> to_settle;     /* transaction only; what a savepoint took back is found gone or unchanged */
  Array<ObjectAddress> released; /* transaction only; by the extension whose script runs */

  /* Script only. */
  const List *statements = NIL; /* all of it, RawStmt */
  int next = 0;                 /* the position after the statement that is analysed */
  ScriptSettings settings;
  Array<HeldLock> written; /* by DML: the lock manager knows the session's own */
  Array<ScriptRelation> relations;
  Array<ScriptColumn> columns;
  Array<ScriptConstraint> constraints;
  Array<ScriptObject> objects;
  Array<ScriptEnum> enums;
  Array<ScriptIndex> indexes;
  Array<Oid> identified; /* tables that got a replica identity */
  Array<Oid> detached;   /* partitions */
  Array<ScriptFunction> functions;
  Array<ScriptRowSecurity> row_security;
  Array<Oid> reassigned; /* roles that own nothing any more: REASSIGN OWNED */
  GoneObjects gone;      /* by drops, those of ALTER TABLE too: see going.h */

  /* Script: calls visit(statement) for what follows in the transaction, until it returns true. */
  template <typename Visit>
  bool AnyToCome(Visit visit) const {
    if (!in_block) return false;
    for (int i = next; i < list_length(statements); ++i) {
      const Node *statement = static_cast<const RawStmt *>(list_nth(statements, i))->stmt;
      if (!IsA(statement, TransactionStmt)) {
        if (visit(statement)) return true;
        continue;
      }
      /* Savepoints leave it open; what is taken back to one is not looked into. */
      const TransactionStmtKind kind = reinterpret_cast<const TransactionStmt *>(statement)->kind;
      if (kind != TRANS_STMT_SAVEPOINT && kind != TRANS_STMT_RELEASE) return false;
    }
    return false;
  }

  const ScriptRelation *FindRelation(const char *schema, const char *name) const;
  bool Dropped(Oid relation) const; /* by the script */
  bool ColumnAdded(Oid relation, const char *column) const;
  bool IsGone(Oid classid, Oid objectid, int subid) const { return gone.Has({classid, objectid, subid}); }
  const ScriptFunction *FindFunction(const char *schema, const char *name) const;
  const ScriptEnum *FindEnum(const char *schema, const char *name) const;
  bool ObjectAdded(Oid classid, const char *schema, const char *name) const;
  const HeldLock *StrongestHeld() const; /* ACCESS EXCLUSIVE or weaker; null when nothing is held */
  Settings EffectiveSettings() const { return script ? settings.now : CurrentSettings(); }
  const Array<HeldLock> &Held() const; /* SHARE or stronger, on live relations */
  bool HasLocked(Oid relation) const;
  bool HasPassedOver(Oid relation) const;

  void Hold(const Effect &effect);
  void PassOver(Oid relation);
  void Write(Oid relation, LOCKMODE mode); /* script only */

  /* Script: forgets the locks and what else ends with the transaction. */
  void EndTransaction();
  void EndSubtransaction(SubTransactionId subxact); /* aborted; not in a script */

 private:
  void RememberLocked(Oid relation);

  mutable Array<HeldLock> held_;  /* what is looked at only when it is asked for: Target::SeemsLive() */
  mutable bool unlooked_ = false; /* some of them are not looked at */
};

/* The ledger of the current transaction. */
Ledger &TransactionLedger();

/* Was this object (column: subid) created in the current transaction?  From OAT_POST_CREATE. */
bool CreatedInTransaction(Oid classid, Oid objectid, int subid);
void RememberCreated(Oid classid, Oid objectid, int subid);

void LedgerInit();

}  // namespace ddlguard
