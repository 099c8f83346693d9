/*
 * Analysis of one statement: from parse tree, catalog and ledger to effects.
 *
 * No analyser takes a lock, changes anything, or raises an error for what PostgreSQL itself will
 * refuse: it then leaves the statement to PostgreSQL by adding no effect.  One file per statement
 * family; Analyze() routes.
 *
 * Lifetime: everything is allocated in the current memory context and goes with it.
 */
#pragma once

#include "analysis/effect.h"
#include "analysis/ledger.h"
#include "analysis/mend.h"
#include "rules/rules.h"

namespace ddlguard {

/* A name in the statement and what it meant, so that it can be asked again under the lock. */
struct ResolvedName {
  const RangeVar *name;
  Oid oid;
  LOCKMODE lock;          /* what PostgreSQL will take on it first; NoLock: do not lock ahead of it */
  Oid table = InvalidOid; /* of an index: PostgreSQL locks it before the index */
  LOCKMODE table_lock = NoLock;
};

struct Gone {
  ObjectAddress key;
};

/* Who sends a statement: a client (or PostgreSQL, as a part of one), or a function or DO block. */
enum class Origin : uint8 { client, function };

class Analysis {
 public:
  Analysis(const char *sql_text, Ledger &the_ledger) : sql(sql_text), ledger(the_ledger) {}

  const char *sql;  /* what the client sent; the statement may be a part of it */
  int location = 0; /* of the statement in it, in bytes */
  int length = 0;   /* 0: to the end */
  Ledger &ledger;
  Array<Effect> effects;
  Array<ResolvedName> names;
  bool whole_database = false;   /* VACUUM FULL, REINDEX DATABASE...: the net expects anything */
  const char *failure = nullptr; /* the error that ended the analysis; then there are no effects */
  /* PostgreSQL will refuse to drop this without what depends on it, so its loss is no effect.  Should the
   * dependents go while PostgreSQL waits for their locks, nobody has judged what is lost. */
  const Target *kept_by_dependents = nullptr;
  /* A statement of a transaction block that the client sends one by one: what a later one can mend is set
   * aside until the transaction ends. */
  bool may_set_aside = false;
  Array<Deferred> set_aside;
  Origin origin = Origin::client;
  /* Strong locks will be waited for politely, so who is in the way is asked when one cannot be had at once. */
  bool waits_politely = false;
  bool alone = false;        /* see RunsAlone(), which looks up names that may move meanwhile */
  bool first = false;        /* of its transaction, which holds no lock yet */
  bool concurrently = false; /* see RunsConcurrently() */
  bool unpublished = false;  /* no subscriber receives anything: publications need no look */
  bool unclassified = false; /* a utility statement that no analyser knows */
  /* How many of the effects are the statement's own; those after them are judgements about these (route.cpp). */
  int own_effects = INT_MAX;
  bool one_by_one = false;       /* each relation in a transaction of its own: no lock lasts for all of the work */
  mutable double predicted = -1; /* see prediction.h; negative: nobody has asked */
  /* The conventions that a policy row switches on for who asks; mostly none.  Analysers look for no others. */
  RuleSet conventions;
  Array<ToSettle> to_settle; /* what ALTER TABLE changes that they ask about when the transaction ends */
  FewEntries<Gone> gone;     /* by its drops: see going.h */

  /* Will the rest of the statement not find this any more?  In a script: as the statements before left it. */
  bool IsGone(Oid classid, Oid objectid, int subid = 0) const {
    return gone.Find({classid, objectid, subid}) != nullptr || ledger.IsGone(classid, objectid, subid);
  }

  bool Wants(Why convention) const { return conventions.Has(convention); }

  /* Does any effect take work?  Mostly none does. */
  bool Works() const {
    for (const Effect &effect : effects)
      if (effect.work != Work::none) return true;
    return false;
  }

  /*
   * The relation that a name in the statement means; null when there is none (PostgreSQL will say
   * so, or IF EXISTS makes it a no-op).  In a script, names that the script made come back with an
   * invalid oid.  lock: see ResolvedName.
   */
  const Target *Resolve(const RangeVar *name, LOCKMODE lock);

  /* The facts of a relation; recurse: with its partitions and children.  Null when it is gone. */
  const Target *Look(Oid relation, bool recurse = false);

  /* For ONLY: sets inhabited, and nothing else, when there are rows below the relation. */
  void LookBelow(const Target *relation);

  /* Any other object.  schema may be null.  Never null. */
  const Target *LookObject(Oid classid, Oid oid, const char *schema, const char *name);

  /* Adds the effect.  Cold, so that the compiler keeps the many calls for rare findings out of the way of a statement
   * that has none. */
  [[gnu::cold]] Effect &Add(const Effect &effect);

 private:
  void LookAtServed(Target *target);
  Target *Known(Oid relation) const;
  void Remember(Target *relation);

  Array<Target *> targets_;        /* relations, while they are few */
  HTAB *targets_by_oid_ = nullptr; /* when they are many: partition trees, whole-database statements */
};

/*
 * What PostgreSQL will not permit this role is no effect: the current user, or a superuser while somebody asks
 * what others would do and does not himself need the right to (the caller ends that in PG_FINALLY).  Nothing
 * runs with that role's rights.
 */
Oid ActingRole();
void ActAsSuperuser(bool begin);

/* Routes a utility statement to the analysers; the tree is read only. */
void Analyze(Analysis &a, const Node *statement);

/* What depends on more than the statement itself, from the effects that Analyze() has found. */
/* transaction.cpp: what only the transaction as a whole makes dangerous (work under a lock taken earlier...) */
void AnalyzeTransaction(Analysis &a, const Node *statement);
/* session.cpp's settings, and conventions about every statement that locks: lock_hygiene.cpp */
void AnalyzeLockHygiene(Analysis &a);
/* contention.cpp: who is in the way right now */
void AnalyzeContention(Analysis &a, const Node *statement);
/* The same for one lock. */
void AnalyzeHolders(Analysis &a, const Target *target, LOCKMODE lock);
/* replication.cpp: what standbys and subscribers see of it */
void AnalyzeReplication(Analysis &a, const Node *statement);

/* disk.cpp */
void AnalyzeDiskSpace(Analysis &a);
/* convention_statement.cpp: the form of the statement */
void AnalyzeStatementConventions(Analysis &a, const Node *statement);

/* All of them, after Analyze(). */
void AnalyzeSurroundings(Analysis &a, const Node *statement);

/* A DML statement about to run; only transaction-wide rules and the ones without WHERE. */
void AnalyzeDml(Analysis &a, const PlannedStmt *plan);

/* The relation that a literal names, as regclass reads it; null for anything else. */
const RangeVar *NameInLiteral(const Node *raw);

/* The schema that a relation or type of this name is made in. */
const char *SchemaOfNew(const RangeVar *name);

/* Writes what the statement did into the ledger: locks always, names in a script. */
void RecordInLedger(const Analysis &a, const Node *statement, Ledger &ledger);
/* transaction.cpp: its part of that */
void RecordPasses(const Analysis &a, const Node *statement, Ledger &ledger);

/* ---- the families, one file each ---- */
/* alter_table.cpp */
void AnalyzeAlterTable(Analysis &a, const AlterTableStmt *stmt);
/* column_type.cpp */
void AnalyzeColumnType(Analysis &a, const Target *table, const AlterTableCmd *cmd, LOCKMODE lock);
/* constraint.cpp */
void AnalyzeAddConstraint(Analysis &a, const Target *table, const AlterTableStmt *stmt, const Constraint *constraint,
                          LOCKMODE lock);
LOCKMODE ConstraintLockBelow(const Target *table, const Constraint *constraint);
void AnalyzeSetNotNull(Analysis &a, const Target *table, const AlterTableStmt *stmt, const char *column, LOCKMODE lock);
/* partition.cpp */
void AnalyzeAttachPartition(Analysis &a, const Target *parent, const PartitionCmd *cmd);
void AnalyzeDetachPartition(Analysis &a, const Target *parent, const PartitionCmd *cmd, bool concurrently);
void AnalyzeCreatePartition(Analysis &a, const Target *parent, const CreateStmt *stmt);
/* index.cpp */
void AnalyzeCreateIndex(Analysis &a, const IndexStmt *stmt);
void AnalyzeReindex(Analysis &a, const ReindexStmt *stmt);
/* convention.cpp: what policy rows demand beyond that; after the families */
void AnalyzeConventions(Analysis &a, const Node *statement);
/* convention_index.cpp */
void AddIndexConventions(Analysis &a, const Target *table, const IndexStmt *stmt);
/* create.cpp: CREATE TABLE (foreign keys, PARTITION OF), CREATE TABLE AS, CREATE SCHEMA elements */
void AnalyzeCreateTable(Analysis &a, const CreateStmt *stmt);
void AnalyzeCreateTableAs(Analysis &a, const CreateTableAsStmt *stmt);
/* drop.cpp: DROP, DROP OWNED, TRUNCATE and the closure */
void AnalyzeDrop(Analysis &a, const DropStmt *stmt);
void AnalyzeDropOwned(Analysis &a, const DropOwnedStmt *stmt);
void AnalyzeTruncate(Analysis &a, const TruncateStmt *stmt);
void AnalyzeDropColumn(Analysis &a, const Target *table, const AlterTableStmt *stmt, const AlterTableCmd *cmd,
                       LOCKMODE lock);
void AnalyzeDropConstraint(Analysis &a, const Target *table, const AlterTableStmt *stmt, const AlterTableCmd *cmd,
                           LOCKMODE lock);
/* rename.cpp: RENAME, SET SCHEMA, OWNER TO */
void AnalyzeRename(Analysis &a, const RenameStmt *stmt);
void AnalyzeSetSchema(Analysis &a, const AlterObjectSchemaStmt *stmt);
void AnalyzeOwner(Analysis &a, const AlterOwnerStmt *stmt);
void AnalyzeRelationOwner(Analysis &a, const Target *relation, const AlterTableCmd *cmd, LOCKMODE lock);
/* maintenance.cpp: VACUUM FULL, REFRESH, LOCK, tablespaces, ALTER SYSTEM, databases */
void AnalyzeVacuum(Analysis &a, const VacuumStmt *stmt);
void AnalyzeRefresh(Analysis &a, const RefreshMatViewStmt *stmt);
void AnalyzeLock(Analysis &a, const LockStmt *stmt);
void AnalyzeMoveAll(Analysis &a, const AlterTableMoveAllStmt *stmt);
void AnalyzeAlterSystem(Analysis &a, const AlterSystemStmt *stmt);
/* types.cpp: domains, enums, composite types */
void AnalyzeAlterDomain(Analysis &a, const AlterDomainStmt *stmt);
void AnalyzeAlterEnum(Analysis &a, const AlterEnumStmt *stmt);
void AnalyzeAlterCompositeType(Analysis &a, const AlterTableStmt *stmt);
/* transaction.cpp */
void AnalyzeBegin(Analysis &a, const TransactionStmt *stmt);
/* dml.cpp: COPY while a strong lock is held */
void AnalyzeCopy(Analysis &a, const CopyStmt *stmt);
/* objects.cpp: views, functions, triggers, rules, row security, sequences, privileges, publications */
void AnalyzeObject(Analysis &a, const Node *statement);

}  // namespace ddlguard
