/*
 * Differences between the PostgreSQL majors, each under the name of the concept.
 * PG_VERSION_NUM appears here and where a concept itself changed, nowhere else.
 */
#pragma once

#if PG_VERSION_NUM < 150000
#error "ddlguard needs PostgreSQL 15 or later"
#endif

/* 15 leaves PGDLLEXPORT empty; with hidden visibility a SQL function would not be found. */
#undef PGDLLEXPORT
#define PGDLLEXPORT __attribute__((visibility("default")))

namespace ddlguard {

#if PG_VERSION_NUM >= 180000
constexpr bool kNotNullIsConstraint = true;    /* with a name, and it may be NOT VALID */
constexpr bool kPartitionedKeyNotValid = true; /* a partitioned table's foreign key may be */
#else
constexpr bool kNotNullIsConstraint = false;
constexpr bool kPartitionedKeyNotValid = false;
#endif

#if PG_VERSION_NUM >= 190000
constexpr bool kRepack = true;             /* REPACK, also CONCURRENTLY */
constexpr bool kDetachLeavesCheck = false; /* DETACH ... CONCURRENTLY leaves the bound behind as a CHECK */
#else
constexpr bool kRepack = false;
constexpr bool kDetachLeavesCheck = true;
#endif

/* The value macros, for nodes that are const too: a server with assertions makes them functions that are not. */
#undef intVal
#undef strVal
#undef boolVal
inline int intVal(const void *node) { return castNode(Integer, const_cast<void *>(node))->ival; }
inline char *strVal(const void *node) { return castNode(String, const_cast<void *>(node))->sval; }
inline bool boolVal(const void *node) { return castNode(Boolean, const_cast<void *>(node))->boolval; }

/* STORAGE of a column definition; null when it has none. */
inline const char *StorageOf(const ColumnDef *column) {
#if PG_VERSION_NUM >= 160000
  return column->storage_name;
#else
  return nullptr;
#endif
}

/* WITHOUT OVERLAPS and PERIOD. */
inline bool IsTemporalKey(const Constraint *constraint) {
#if PG_VERSION_NUM >= 180000
  return constraint->without_overlaps || constraint->fk_with_period || constraint->pk_with_period;
#else
  return false;
#endif
}

/* A foreign key that is not one: over ranges of time, or without enforcement. */
inline bool IsTemporalOrNotEnforced(Form_pg_constraint form) {
#if PG_VERSION_NUM >= 180000
  return form->conperiod || !form->conenforced;
#else
  return false;
#endif
}

/* What SET STATISTICS gave a column; -1: nothing. */
inline int StatisticsTarget(HeapTuple attribute) {
#if PG_VERSION_NUM >= 170000
  bool null;
  Datum target = SysCacheGetAttr(ATTNUM, attribute, Anum_pg_attribute_attstattarget, &null);
  return null ? -1 : DatumGetInt16(target);
#else
  return reinterpret_cast<Form_pg_attribute>(GETSTRUCT(attribute))->attstattarget;
#endif
}

/* Does role own the relation (or is it a superuser, or a member of the owner)? */
inline bool OwnsRelation(Oid relid, Oid role) {
#if PG_VERSION_NUM >= 160000
  return object_ownercheck(RelationRelationId, relid, role);
#else
  return pg_class_ownercheck(relid, role);
#endif
}

/* May the current user (or a view's owner, where that counts) run the plan? */
inline bool MayExecute(const PlannedStmt *plan) {
#if PG_VERSION_NUM >= 160000
  return ExecCheckPermissions(plan->rtable, plan->permInfos, false);
#else
  return ExecCheckRTPerms(plan->rtable, false);
#endif
}

/* Columns that an UPDATE sets, offset by FirstLowInvalidHeapAttributeNumber. */
inline const Bitmapset *UpdatedColumns(const PlannedStmt *plan, const RangeTblEntry *entry) {
#if PG_VERSION_NUM >= 160000
  return entry->perminfoindex == 0
             ? nullptr
             : getRTEPermissionInfo(plan->permInfos, const_cast<RangeTblEntry *>(entry))->updatedCols;
#else
  return entry->updatedCols;
#endif
}

/* Does role own an object of any class that the analysers ask about?  Unknown classes: yes, and
 * PostgreSQL decides. */
inline bool OwnsObject(Oid classid, Oid objectid, Oid role) {
#if PG_VERSION_NUM >= 160000
  switch (classid) {
    case RelationRelationId:
    case NamespaceRelationId:
    case TypeRelationId:
    case ProcedureRelationId:
    case ExtensionRelationId:
    case DatabaseRelationId:
    case PublicationRelationId:
    case TableSpaceRelationId:
    case OperatorRelationId:
    case CollationRelationId:
    case TSConfigRelationId:
      return object_ownercheck(classid, objectid, role);
    default:
      return true;
  }
#else
  switch (classid) {
    case RelationRelationId:
      return OwnsRelation(objectid, role);
    case NamespaceRelationId:
      return pg_namespace_ownercheck(objectid, role);
    case TypeRelationId:
      return pg_type_ownercheck(objectid, role);
    case ProcedureRelationId:
      return pg_proc_ownercheck(objectid, role);
    case ExtensionRelationId:
      return pg_extension_ownercheck(objectid, role);
    case DatabaseRelationId:
      return pg_database_ownercheck(objectid, role);
    case PublicationRelationId:
      return pg_publication_ownercheck(objectid, role);
    case TableSpaceRelationId:
      return pg_tablespace_ownercheck(objectid, role);
    case OperatorRelationId:
      return pg_oper_ownercheck(objectid, role);
    case CollationRelationId:
      return pg_collation_ownercheck(objectid, role);
    case TSConfigRelationId:
      return pg_ts_config_ownercheck(objectid, role);
    default:
      return true;
  }
#endif
}

/* The functions of that name that take so many arguments, -1: any number; none is no error. */
inline FuncCandidateList FunctionCandidates(List *name, int arguments, bool variadic) {
#if PG_VERSION_NUM >= 190000
  int flags;
  return FuncnameGetCandidates(name, arguments, NIL, variadic, arguments >= 0, false, true, &flags);
#else
  return FuncnameGetCandidates(name, arguments, NIL, variadic, arguments >= 0, false, true);
#endif
}

/* May role give what it owns to another one? */
inline bool MayGiveTo(Oid role, Oid owner) {
#if PG_VERSION_NUM >= 160000
  return member_can_set_role(role, owner);
#else
  return is_member_of_role(role, owner);
#endif
}

/* The rule that VACUUM, CLUSTER, REINDEX and REFRESH follow. */
inline bool MayMaintainRelation(Oid relid, Oid role) {
  if (OwnsRelation(relid, role)) return true;
#if PG_VERSION_NUM >= 170000
  if (pg_class_aclcheck(relid, role, ACL_MAINTAIN) == ACLCHECK_OK) return true;
#endif
#if PG_VERSION_NUM >= 160000
  return object_ownercheck(DatabaseRelationId, MyDatabaseId, role);
#else
  return pg_database_ownercheck(MyDatabaseId, role);
#endif
}

/* Walks a raw (unanalysed) parse tree; 15 declares the callback without its arguments. */
template <typename Context>
bool WalkRawTree(Node *node, bool (*visit)(Node *, Context *), Context *context) {
#if PG_VERSION_NUM >= 160000
  return raw_expression_tree_walker(node, reinterpret_cast<tree_walker_callback>(reinterpret_cast<void *>(visit)),
                                    context);
#else
  return raw_expression_tree_walker(node, reinterpret_cast<bool (*)()>(reinterpret_cast<void *>(visit)), context);
#endif
}

/* Rows changed since the last ANALYZE, as far as has been reported. */
inline int64 ModifiedSinceAnalyze(const PgStat_StatTabEntry *entry) {
#if PG_VERSION_NUM >= 160000
  return entry->mod_since_analyze;
#else
  return entry->changes_since_analyze;
#endif
}

inline int64 CallsOf(const PgStat_StatFuncEntry *entry) {
#if PG_VERSION_NUM >= 160000
  return entry->numcalls;
#else
  return entry->f_numcalls;
#endif
}

/* Its immediate primary key's index, or invalid. */
inline Oid PrimaryKeyIndex(Relation relation) {
#if PG_VERSION_NUM >= 180000
  return RelationGetPrimaryKeyIndex(relation, false);
#else
  return RelationGetPrimaryKeyIndex(relation);
#endif
}

/* Is it an operator that an ordered index can answer, or the negator of one? */
inline bool IsOrderedComparison(Oid op) {
#if PG_VERSION_NUM >= 180000
  return get_op_index_interpretation(op) != NIL;
#else
  return get_op_btree_interpretation(op) != NIL;
#endif
}

/* The same for analysed trees: expressions, and a whole Query with its subqueries. */
template <typename Context>
bool WalkTree(Node *node, bool (*visit)(Node *, Context *), Context *context) {
#if PG_VERSION_NUM >= 160000
  return expression_tree_walker(node, reinterpret_cast<tree_walker_callback>(reinterpret_cast<void *>(visit)), context);
#else
  return expression_tree_walker(node, reinterpret_cast<bool (*)()>(reinterpret_cast<void *>(visit)), context);
#endif
}

template <typename Context>
bool WalkQuery(Query *query, bool (*visit)(Node *, Context *), Context *context, int flags) {
#if PG_VERSION_NUM >= 160000
  return query_tree_walker(query, reinterpret_cast<tree_walker_callback>(reinterpret_cast<void *>(visit)), context,
                           flags);
#else
  return query_tree_walker(query, reinterpret_cast<bool (*)()>(reinterpret_cast<void *>(visit)), context, flags);
#endif
}

/* Path of a relation's first segment; relfilenode must not be 0 (mapped catalogs). */
inline const char *RelationFilePath(Oid tablespace, Oid relfilenode) {
  Oid spc = OidIsValid(tablespace) ? tablespace : MyDatabaseTableSpace;
#if PG_VERSION_NUM >= 180000
  RelPathStr path = GetRelationPath(MyDatabaseId, spc, relfilenode, INVALID_PROC_NUMBER, MAIN_FORKNUM);
  return pstrdup(path.str);
#elif PG_VERSION_NUM >= 170000
  return GetRelationPath(MyDatabaseId, spc, relfilenode, INVALID_PROC_NUMBER, MAIN_FORKNUM);
#else
  return GetRelationPath(MyDatabaseId, spc, relfilenode, InvalidBackendId, MAIN_FORKNUM);
#endif
}

/* The node of CLUSTER, and of REPACK where there is one. */
#if PG_VERSION_NUM >= 190000
constexpr NodeTag kRepackTag = T_RepackStmt;
#else
constexpr NodeTag kRepackTag = T_ClusterStmt;
#endif

/* The node of WAIT FOR, from 19 on; before, one that no statement has. */
#if PG_VERSION_NUM >= 190000
constexpr NodeTag kWaitTag = T_WaitStmt;
#else
constexpr NodeTag kWaitTag = T_Invalid;
#endif

/* Does a backslash escape in strings without E? */
inline bool BackslashEscapes() {
#if PG_VERSION_NUM >= 190000
  return false;
#else
  return !standard_conforming_strings;
#endif
}

/* What names a system cache. */
#if PG_VERSION_NUM >= 190000
using SysCacheNumber = SysCacheIdentifier;
#else
using SysCacheNumber = int;
#endif

/* RETURNING of a raw INSERT, UPDATE or DELETE. */
template <typename Statement>
bool HasReturning(const Statement *stmt) {
#if PG_VERSION_NUM >= 180000
  return stmt->returningClause != nullptr;
#else
  return stmt->returningList != NIL;
#endif
}

/* NOT ENFORCED came in 18, for CHECK and foreign keys. */
inline bool IsEnforced(const FormData_pg_constraint *form) {
#if PG_VERSION_NUM >= 180000
  return form->conenforced;
#else
  return true;
#endif
}
inline bool IsEnforced(const Constraint *constraint) {
#if PG_VERSION_NUM >= 180000
  return constraint->is_enforced || (constraint->contype != CONSTR_CHECK && constraint->contype != CONSTR_FOREIGN);
#else
  return true;
#endif
}

/* A generated column whose values are computed when they are read; from 18 on. */
inline bool IsVirtual(const FormData_pg_attribute *attribute) {
#if PG_VERSION_NUM >= 180000
  return attribute->attgenerated == ATTRIBUTE_GENERATED_VIRTUAL;
#else
  return false;
#endif
}

/* The tables that a publication names, their leaf partitions in place of partitioned ones. */
inline List *PublishedRelations(Oid publication) {
#if PG_VERSION_NUM >= 190000
  return GetIncludedPublicationRelations(publication, PUBLICATION_PART_LEAF);
#else
  return GetPublicationRelations(publication, PUBLICATION_PART_LEAF);
#endif
}

/* Has the domain, or one that it is made from, a CHECK or NOT NULL constraint? */
inline bool DomainIsConstrained(Oid type) {
#if PG_VERSION_NUM >= 190000
  return DomainHasConstraints(type, nullptr);
#else
  return DomainHasConstraints(type);
#endif
}

/* REVOKE ADMIN OPTION FOR ... and the like: the membership stays. */
inline bool RevokesOnlyAnOption(const GrantRoleStmt *stmt) {
#if PG_VERSION_NUM >= 160000
  return stmt->opt != NIL;
#else
  return stmt->admin_opt;
#endif
}

/* The process of a transaction that a session runs, and its entry in the array of all sessions' status;
 * null for a prepared transaction, and for a session that has ended. */
inline PGPROC *ProcOf(const VirtualTransactionId &vxid) {
#if PG_VERSION_NUM >= 170000
  return vxid.procNumber == INVALID_PROC_NUMBER ? nullptr : ProcNumberGetProc(vxid.procNumber);
#else
  return vxid.backendId == InvalidBackendId ? nullptr : BackendIdGetProc(vxid.backendId);
#endif
}
inline PgBackendStatus *BackendStatusOf(const VirtualTransactionId &vxid) {
  if (MyBEEntry == nullptr) return nullptr;
#if PG_VERSION_NUM >= 170000
  return vxid.procNumber == INVALID_PROC_NUMBER ? nullptr : MyBEEntry + (vxid.procNumber - MyProcNumber);
#else
  return vxid.backendId == InvalidBackendId ? nullptr : MyBEEntry + (vxid.backendId - MyBackendId);
#endif
}
inline LocalTransactionId LocalIdOf(const PGPROC *proc) {
#if PG_VERSION_NUM >= 170000
  return proc->vxid.lxid;
#else
  return proc->lxid;
#endif
}
/* One of before a restart has no session in its id; another one has that which prepared it. */
inline bool IsPreparedTransaction(const VirtualTransactionId &vxid) {
#if PG_VERSION_NUM >= 170000
  if (vxid.procNumber == INVALID_PROC_NUMBER) return true;
#else
  if (vxid.backendId == InvalidBackendId) return true;
#endif
  bool more;
  return TransactionIdIsValid(TwoPhaseGetXidByVirtualXID(vxid, &more));
}

/* The parser has warned of escapes in plain strings; from 19 on there are none. */
inline void KeepQuietOfEscapes(core_yy_extra_type &extra) {
#if PG_VERSION_NUM < 190000
  extra.escape_string_warning = false;
#endif
}

/* The session applies what another server has committed, as apply workers of all kinds say of themselves. */
inline bool AppliesForeignCommits() {
#if PG_VERSION_NUM >= 190000
  return replorigin_xact_state.origin != InvalidReplOriginId;
#else
  return replorigin_session_origin != InvalidRepOriginId;
#endif
}

/* Plans a query as if it were to be executed; no EXPLAIN asks for details. */
inline PlannedStmt *PlanQuery(Query *query, const char *sql) {
#if PG_VERSION_NUM >= 190000
  return pg_plan_query(query, sql, CURSOR_OPT_PARALLEL_OK, nullptr, nullptr);
#else
  return pg_plan_query(query, sql, CURSOR_OPT_PARALLEL_OK, nullptr);
#endif
}

/* What a new key of a partitioned table takes on its partitions; from 18 on it marks their columns, too. */
#if PG_VERSION_NUM >= 180000
constexpr LOCKMODE kPartitionKeyLock = AccessExclusiveLock;
#else
constexpr LOCKMODE kPartitionKeyLock = ShareLock;
#endif

}  // namespace ddlguard
