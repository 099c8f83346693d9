/*
 * DROP, DROP OWNED and TRUNCATE.
 *
 * Everything a statement names is one deletion with one closure, as in PostgreSQL: objects that
 * depend on each other may be named together.  When PostgreSQL would refuse (not the owner, wrong
 * kind, missing without IF EXISTS, dependents without CASCADE), there are no effects.
 */
#include "analysis/drop_effects.h"

#include <algorithm>

#include "analysis/acl.h"
#include "analysis/named_object.h"
#include "analysis/objects.h"
#include "analysis/partition.h"
#include "analysis/published.h"
#include "analysis/statement.h"
#include "analysis/view_writes.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

bool KindFits(ObjectType type, char relkind) {
  switch (relkind) {
    case RELKIND_RELATION:
    case RELKIND_PARTITIONED_TABLE:
      return type == OBJECT_TABLE;
    case RELKIND_INDEX:
    case RELKIND_PARTITIONED_INDEX:
      return type == OBJECT_INDEX;
    case RELKIND_VIEW:
      return type == OBJECT_VIEW;
    case RELKIND_MATVIEW:
      return type == OBJECT_MATVIEW;
    case RELKIND_FOREIGN_TABLE:
      return type == OBJECT_FOREIGN_TABLE;
    case RELKIND_SEQUENCE:
      return type == OBJECT_SEQUENCE;
    default:
      return false;
  }
}

int64 Scans(Oid relation) {
  PgStat_StatTabEntry *statistics = pgstat_fetch_stat_tabentry(relation);
  return statistics == nullptr ? 0 : statistics->numscans;
}

/* Building an index scans the table, too.  That is nobody's use: neither one scan for each index that there is,
 * nor scans that found no row, which were before there were any. */
int64 ScansOfTable(Oid table) {
  PgStat_StatTabEntry *statistics = pgstat_fetch_stat_tabentry(table);
  int64 scans = statistics == nullptr || statistics->tuples_returned == 0 ? 0 : statistics->numscans;
  Relation rel = OpenUnlocked(table);
  if (rel == nullptr) return scans;
  const List *indexes = RelationGetIndexList(rel);
  scans = std::max<int64>(0, scans - list_length(indexes));
  ListCell *cell;
  foreach (cell, indexes) scans += Scans(lfirst_oid(cell));
  CloseUnlocked(rel);
  return scans;
}

/* Scans since statistics were reset, as a sentence; null when there were none. */
const char *RecentUse(int64 scans) {
  return scans == 0 ? nullptr : Format("it was scanned {} times since statistics were reset", scans);
}

void AddTable(Analysis &a, const Target *table) {
  table = a.Look(table->oid, true);
  int64 scans = ScansOfTable(table->oid);
  for (Oid partition : table->descendants) scans += ScansOfTable(partition);
  a.Add({.why = Why::drop_table, .target = table, .lock = AccessExclusiveLock});
  if (const char *use = RecentUse(scans))
    a.Add({.why = Why::drop_recently_used, .target = table, .lock = AccessExclusiveLock, .fact = use});
  if (a.Wants(Why::drop_requires_tombstone_name))
    a.Add({.why = Why::drop_requires_tombstone_name,
           .target = table,
           .lock = AccessExclusiveLock,
           .measured = {.value = table->name, .alias = "table"}});
  if (!table->partition || a.ledger.detached.Contains(table->oid)) return;
  Oid parent = get_partition_parent(table->oid, true);
  const Target *whole = OidIsValid(parent) ? a.Look(parent, true) : nullptr;
  if (whole == nullptr) return;
  a.Add({.why = Why::drop_partition_locks_parent,
         .target = whole,
         .lock = AccessExclusiveLock,
         .other = table,
         .below = NoLock});
  Oid default_partition = get_default_partition_oid(parent);
  if (OidIsValid(default_partition) && default_partition != table->oid)
    AddLock(a, a.Look(default_partition, true), AccessExclusiveLock);
  /* An empty one is no loss in itself. */
  Relation relation = table->Live() || table->Settled() ? nullptr : OpenUnlocked(parent);
  if (relation == nullptr) return;
  const Why why = LostPlace(relation, default_partition, table);
  if (why != Why::lock_only)
    a.Add({.why = why,
           .target = whole,
           .lock = AccessExclusiveLock,
           .column = table->name,
           .other = table,
           .below = NoLock});
  CloseUnlocked(relation);
}

void AddIndex(Analysis &a, const Target *index, const Closure &closure, bool concurrently) {
  Oid table_oid = IndexGetRelation(index->oid, true);
  const Target *table = OidIsValid(table_oid) ? a.Look(table_oid, true) : nullptr;
  if (table == nullptr) return;
  LOCKMODE lock = concurrently ? ShareUpdateExclusiveLock : AccessExclusiveLock;
  HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index->oid));
  if (!HeapTupleIsValid(tuple)) return;
  auto form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
  /* An invalid index is of no use to anybody. */
  const bool unique = form->indisunique && form->indisvalid;
  ReleaseSysCache(tuple);

  if (IsNeededReplicaIdentity(table_oid, index->oid))
    a.Add({.why = Why::drop_replica_identity, .target = table, .lock = lock, .column = index->name});
  if (unique && !HasEqualUniqueIndex(table_oid, index->oid, &closure))
    a.Add({.why = Why::drop_unique_or_check, .target = table, .lock = lock, .column = index->name});
  if (const char *use = RecentUse(Scans(index->oid)))
    a.Add({.why = Why::drop_index_in_use, .target = table, .lock = lock, .column = index->name, .fact = use});
  a.Add({.why = concurrently ? Why::lock_only : Why::drop_index_blocking,
         .target = table,
         .lock = lock,
         .column = index->name});
}

void AddFunction(Analysis &a, const NamedObject &function) {
  const char *calls = nullptr;
  if (!MayBeCalled(function.address.objectId, &calls)) return;
  AddMendable(a, {.why = Why::drop_function_in_use, .target = function.target, .fact = calls},
              MendOfFunction(function.address.objectId));
}

void AddRule(Analysis &a, const NamedObject &rule) {
  AddLock(a, a.Look(rule.relation->oid), AccessExclusiveLock);
  if (CreatedInTransaction(RewriteRelationId, rule.address.objectId, 0)) return;
  Array<Oid> going;
  going.Add(rule.address.objectId);
  AddLostWriters(a, rule.relation, going);
}

void AddNamed(Analysis &a, ObjectType type, const NamedObject &object, const Closure &closure, bool concurrently) {
  switch (type) {
    case OBJECT_TABLE:
    case OBJECT_FOREIGN_TABLE:
      AddTable(a, object.target);
      break;
    case OBJECT_VIEW:
      AddMendable(a, {.why = Why::drop_view_or_matview, .target = object.target, .lock = AccessExclusiveLock},
                  MendOfView(object.target));
      break;
    case OBJECT_MATVIEW:
      a.Add({.why = Why::drop_view_or_matview, .target = object.target, .lock = AccessExclusiveLock});
      break;
    case OBJECT_SEQUENCE:
      a.Add({.why = Why::drop_sequence, .target = object.target, .lock = AccessExclusiveLock});
      break;
    case OBJECT_INDEX:
      AddIndex(a, object.target, closure, concurrently);
      break;
    case OBJECT_TYPE:
    case OBJECT_DOMAIN:
      /* Nothing depends on it: then nothing but a cast in running code can miss it. */
      if (TypeIsLive(a, object.address.objectId)) a.Add({.why = Why::drop_type, .target = object.target});
      break;
    case OBJECT_AGGREGATE:
    case OBJECT_FUNCTION:
    case OBJECT_PROCEDURE:
    case OBJECT_ROUTINE:
      AddFunction(a, object);
      break;
    case OBJECT_SCHEMA:
      if (ReachesLiveObjects(a, closure)) a.Add({.why = Why::drop_schema, .target = object.target});
      break;
    case OBJECT_EXTENSION:
      AddExtensionDrop(a, closure, object.target);
      break;
    case OBJECT_TRIGGER:
      AnalyzeDropTrigger(a, object.relation, object.address.objectId, object.target->name);
      break;
    case OBJECT_RULE:
      AddRule(a, object);
      break;
    case OBJECT_POLICY:
      AnalyzeDropPolicy(a, object.relation, object.address.objectId, object.target->name);
      break;
    case OBJECT_PUBLICATION:
      AddPublicationDrop(a, object.target);
      break;
    case OBJECT_CAST:
    case OBJECT_COLLATION:
    case OBJECT_OPERATOR:
    case OBJECT_TSCONFIGURATION:
      AddOtherDrop(a, object);
      break;
    case OBJECT_DATABASE:
    case OBJECT_ROLE:
    case OBJECT_TABLESPACE:
    case OBJECT_SUBSCRIPTION:
    case OBJECT_ACCESS_METHOD:
    case OBJECT_CONVERSION:
    case OBJECT_EVENT_TRIGGER:
    case OBJECT_FDW:
    case OBJECT_FOREIGN_SERVER:
    case OBJECT_LANGUAGE:
    case OBJECT_OPCLASS:
    case OBJECT_OPFAMILY:
    case OBJECT_STATISTIC_EXT:
    case OBJECT_TRANSFORM:
    case OBJECT_TSDICTIONARY:
    case OBJECT_TSPARSER:
    case OBJECT_TSTEMPLATE:
      /* Harmless in themselves; what CASCADE reaches is told by AddCollateral(). */
      break;
    case OBJECT_AMOP:
    case OBJECT_AMPROC:
    case OBJECT_ATTRIBUTE:
    case OBJECT_COLUMN:
    case OBJECT_DEFAULT:
    case OBJECT_DEFACL:
    case OBJECT_DOMCONSTRAINT:
    case OBJECT_LARGEOBJECT:
    case OBJECT_PARAMETER_ACL:
    case OBJECT_PUBLICATION_NAMESPACE:
    case OBJECT_PUBLICATION_REL:
    case OBJECT_TABCONSTRAINT:
    case OBJECT_USER_MAPPING:
#if PG_VERSION_NUM >= 190000
    case OBJECT_PUBLICATION_EXCLUDED_REL:
#endif
      break;
  }
}

}  // namespace

/* What is locked ahead, so that a rename underneath is noticed.  Not tables: the net sees those go, and
 * of a partition the parent would have to be locked first. */
static LOCKMODE LockOfDrop(const DropStmt *stmt) {
  switch (stmt->removeType) {
    case OBJECT_INDEX:
      return stmt->concurrent ? ShareUpdateExclusiveLock : AccessExclusiveLock;
    case OBJECT_TRIGGER:
    case OBJECT_RULE:
    case OBJECT_POLICY:
    case OBJECT_VIEW:
    case OBJECT_MATVIEW:
    case OBJECT_SEQUENCE:
      return AccessExclusiveLock;
    default:
      return NoLock;
  }
}

void AnalyzeDrop(Analysis &a, const DropStmt *stmt) {
  Array<NamedObject> named;
  Array<ObjectAddress> addresses;
  for (const Node *node : Each<const Node>(stmt->objects)) {
    NamedObject object = FindObject(a, stmt->removeType, node, LockOfDrop(stmt));
    if (!object.Found()) {
      /* In a script it may be something that the script made. */
      if (!stmt->missing_ok && !a.ledger.script) return;
      if (a.ledger.script && stmt->removeType == OBJECT_TRIGGER)
        AnalyzeDropTriggerOfScript(a, reinterpret_cast<const List *>(node));
      continue;
    }
    if (!MayDrop(object)) return;
    if (object.target->IsRelation() && !KindFits(stmt->removeType, object.target->relkind)) return;
    if (stmt->removeType == OBJECT_INDEX) {
      a.names.Last().table = IndexGetRelation(object.target->oid, true);
      a.names.Last().table_lock = LockOfDrop(stmt);
    }
    named.Add(object);
    addresses.Add(object.address);
  }
  if (named.Empty()) return;
  if (stmt->concurrent && (stmt->behavior == DROP_CASCADE || named.count > 1 || named[0].target->IsPartitioned()))
    return;
  if (stmt->concurrent) {
    AddIfInBlock(a, named[0].target, reinterpret_cast<const Node *>(stmt));
    const Oid table = IndexGetRelation(named[0].address.objectId, true);
    if (OidIsValid(table)) AddIfTimeouts(a, a.Look(table), named[0].target->name, reinterpret_cast<const Node *>(stmt));
  }
  /* Nothing permanent can depend on a temporary table; this is the way of every scratch table. */
  if (named.count == 1 && named[0].target->persistence == RELPERSISTENCE_TEMP) return;

  Closure closure = DropClosure(a, addresses, stmt->behavior == DROP_CASCADE);
  if (closure.refused) {
    a.kept_by_dependents = named[0].target;
    return;
  }
  /* With a type it is the columns of that type that matter most. */
  const bool type = stmt->removeType == OBJECT_TYPE || stmt->removeType == OBJECT_DOMAIN;
  if (type) AddCollateral(a, closure, Why::drop_cascade);
  for (const NamedObject &object : named) AddNamed(a, stmt->removeType, object, closure, stmt->concurrent);
  if (!type) AddCollateral(a, closure, Why::drop_cascade);
}

/*
 * DROP OWNED drops what the roles own in this database, whatever schema it is in, and takes away
 * what was granted to them.
 */
void AnalyzeDropOwned(Analysis &a, const DropOwnedStmt *stmt) {
  Array<ObjectAddress> owned;
  Array<ObjectAddress> granted;
  for (const RoleSpec *spec : Each<const RoleSpec>(stmt->roles)) {
    Oid role = get_rolespec_oid(spec, true);
    if (!OidIsValid(role) || !has_privs_of_role(ActingRole(), role) || IsPinnedObject(AuthIdRelationId, role)) return;
    const bool acted_as = IsActedAs(role);
    ForEachRoleDependent(role, [&](Form_pg_shdepend form) {
      ObjectAddress object = {form->classid, form->objid, form->objsubid};
      if (form->deptype == SHARED_DEPENDENCY_OWNER) {
        if (!a.ledger.reassigned.Contains(role)) owned.Add(object);
      } else if (form->deptype == SHARED_DEPENDENCY_ACL && form->classid == RelationRelationId && acted_as) {
        granted.Add(object);
      }
    });
  }

  Closure closure = DropClosure(a, owned, stmt->behavior == DROP_CASCADE);
  if (closure.refused) return;
  for (Dropped &each : closure.objects) {
    if (!each.Named()) continue;
    if (each.object.classId == RelationRelationId) {
      /* Owned indexes and sequences go with their table and are told there. */
      each.reasons = kDropNormal;
      Oid table;
      int32 column;
      if (sequenceIsOwned(each.object.objectId, DEPENDENCY_AUTO, &table, &column) ||
          sequenceIsOwned(each.object.objectId, DEPENDENCY_INTERNAL, &table, &column) ||
          get_rel_relispartition(each.object.objectId))
        each.reasons = kDropAuto;
    } else if (each.object.classId == ProcedureRelationId || each.object.classId == TypeRelationId ||
               each.object.classId == ExtensionRelationId) {
      each.reasons = kDropNormal;
    }
  }
  AddCollateral(a, closure, Why::drop_owned);
  for (const ObjectAddress &object : granted) {
    const Target *target = closure.ContainsRelation(object.objectId) ? nullptr : a.Look(object.objectId, true);
    if (target != nullptr && target->Live()) a.Add({.why = Why::revoke_breaks_clients, .target = target});
  }
}

void AnalyzeTruncate(Analysis &a, const TruncateStmt *stmt) {
  Array<const Target *> named;
  Array<Oid> all;
  auto add_tree = [&](const Target *table) {
    if (!all.Contains(table->oid)) all.Add(table->oid);
    for (Oid child : table->descendants)
      if (!all.Contains(child)) all.Add(child);
  };
  /* PostgreSQL will refuse it, but the net is told of each table as it is reached: nothing to catch. */
  auto leave_to_postgres = [&] {
    for (const Target *each : named) a.Add({.target = each});
  };
  for (const RangeVar *name : Each<const RangeVar>(stmt->relations)) {
    const Target *table = a.Resolve(name, AccessExclusiveLock);
    if (table == nullptr) {
      a.names.Add({name, InvalidOid, AccessExclusiveLock}); /* it must not come to be meanwhile */
      return leave_to_postgres();
    }
    if (!OidIsValid(table->oid)) continue;
    if (table->relkind != RELKIND_RELATION && table->relkind != RELKIND_PARTITIONED_TABLE &&
        table->relkind != RELKIND_FOREIGN_TABLE)
      return leave_to_postgres();
    if (pg_class_aclcheck(table->oid, ActingRole(), ACL_TRUNCATE) != ACLCHECK_OK) {
      /* The net is told of a truncation before the privilege is checked: nothing that it need catch,
       * and nothing to lock. */
      a.names.Last().lock = NoLock;
      a.Add({.target = table});
      return leave_to_postgres();
    }
    /* ONLY on a partitioned table is refused. */
    if (!name->inh && table->IsPartitioned()) return leave_to_postgres();
    if (name->inh) table = a.Look(table->oid, true);
    named.Add(table);
    add_tree(table);
  }

  Array<const Target *> reached;
  for (int i = 0; i < all.count; ++i) {
    for (Oid constraint : ReferencingForeignKeys(all[i])) {
      ConstraintFacts facts;
      if (!ReadConstraint(constraint, &facts) || all.Contains(facts.relation)) continue;
      if (stmt->behavior != DROP_CASCADE) {
        /* Refused, but only once the locks are held. */
        for (const Target *each : named) AddLock(a, each, AccessExclusiveLock);
        return;
      }
      const Target *table = a.Look(facts.relation, true);
      if (table == nullptr) continue;
      reached.Add(table);
      add_tree(table);
    }
  }
  for (const Target *table : named) a.Add({.why = Why::truncate, .target = table, .lock = AccessExclusiveLock});
  for (const Target *table : reached)
    a.Add({.why = Why::truncate_cascade, .target = table, .lock = AccessExclusiveLock});
}

}  // namespace ddlguard
