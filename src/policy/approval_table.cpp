/*
 * See approval_table.h.
 *
 * CatalogTupleUpdate() changes a table with plain indexes and no triggers; should somebody have given this one
 * other indexes, nothing is changed and DG005 raised.  A trigger would not be fired.
 */
#include "policy/approval_table.h"

#include "pg/catalog.h"
#include "pg/text.h"
#include "policy/policy.h"

namespace ddlguard {

namespace {

enum Column : int {
  c_id,
  c_fingerprint,
  c_role_name,
  c_valid_from,
  c_valid_until,
  c_uses_left,
  c_reason,
  c_approver,
  c_approver_login,
  c_growth,
  c_max_rows,
  c_max_bytes,
  c_findings,
  c_database_name,
  c_database_id,
  c_system_identifier,
  c_revoked_at,
  c_used_at,
  c_used_by,
  kColumns
};

constexpr TypedColumn kColumn[kColumns] = {
    {"id", INT8OID},
    {"fingerprint", BYTEAOID},
    {"role_name", TEXTOID},
    {"valid_from", TIMESTAMPTZOID},
    {"valid_until", TIMESTAMPTZOID},
    {"uses_left", INT4OID},
    {"reason", TEXTOID},
    {"approver", TEXTOID},
    {"approver_login", TEXTOID},
    {"growth", FLOAT8OID},
    {"max_rows", INT8OID},
    {"max_bytes", INT8OID},
    {"findings", JSONBOID},
    {"database_name", TEXTOID},
    {"database_id", OIDOID},
    {"system_identifier", INT8OID},
    {"revoked_at", TIMESTAMPTZOID},
    {"used_at", TIMESTAMPTZOID},
    {"used_by", TEXTOID},
};

/* ---- column findings ---- */

JsonbValue *Member(JsonbContainer *object, const char *key) {
  return getKeyJsonValueFromContainer(object, key, static_cast<int>(strlen(key)), nullptr);
}

const char *TextMember(JsonbContainer *object, const char *key) {
  const JsonbValue *value = Member(object, key);
  if (value == nullptr || value->type != jbvString) return nullptr;
  return pnstrdup(value->val.string.val, value->val.string.len);
}

double NumberMember(JsonbContainer *object, const char *key) {
  const JsonbValue *value = Member(object, key);
  if (value == nullptr || value->type != jbvNumeric) return 0;
  return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(value->val.numeric)));
}

/* What is not as approve() writes it is left out, and so covers nothing. */
Array<Sighting> ParseFindings(Jsonb *findings) {
  Array<Sighting> sightings;
  if (!JB_ROOT_IS_ARRAY(findings)) return sightings;
  const uint32 count = JB_ROOT_COUNT(findings);
  for (uint32 i = 0; i < count; ++i) {
    const JsonbValue *element = getIthJsonbValueFromContainer(&findings->root, i);
    if (element == nullptr || element->type != jbvBinary || !JsonContainerIsObject(element->val.binary.data)) continue;
    JsonbContainer *object = element->val.binary.data;
    Sighting seen = {};
    seen.rule = TextMember(object, "rule");
    seen.relation = TextMember(object, "relation");
    seen.part = TextMember(object, "part");
    seen.classid = static_cast<Oid>(NumberMember(object, "class"));
    seen.object = static_cast<Oid>(NumberMember(object, "object"));
    seen.rows = NumberMember(object, "rows");
    seen.bytes = static_cast<uint64>(NumberMember(object, "bytes"));
    if (seen.rule != nullptr) sightings.Add(seen);
  }
  return sightings;
}

/* ---- waiting ---- */

void TellWaiting(void *argument) {
  errcontext("waiting for approval %lld, which another session is using",
             static_cast<long long>(*static_cast<const int64 *>(argument)));
}

}  // namespace

/* ---- the table ---- */

bool ApprovalTable::Open(LOCKMODE lock, const char **failure) {
  static_assert(kColumns <= kMaxColumns);
  *failure = nullptr;
  const Oid table = ApprovalRelation();
  if (!OidIsValid(table)) return false;
  lock_ = lock;
  if (!ConditionalLockRelationOid(table, lock)) {
    *failure = "Approvals could not be looked for: another session holds an exclusive lock on table ddlguard.approval.";
    return false;
  }
  relation_ = RelationIdGetRelation(table);
  if (relation_ == nullptr || relation_->rd_rel->relkind != RELKIND_RELATION ||
      !FindColumns(RelationGetDescr(relation_), kColumn, kColumns, attnums_)) {
    *failure = "Approvals could not be looked for: table ddlguard.approval is not that of this version of ddlguard.";
  } else if (const Oid toast = relation_->rd_rel->reltoastrelid; OidIsValid(toast)) {
    if (ConditionalLockRelationOid(toast, AccessShareLock)) toast_ = toast;
    else *failure = "Approvals could not be looked for: the TOAST table of ddlguard.approval is locked.";
  }
  if (*failure != nullptr) {
    if (relation_ != nullptr) RelationClose(relation_);
    UnlockRelationOid(table, lock);
    return false;
  }
  return true;
}

void ApprovalTable::Close(bool keep_lock) {
  if (OidIsValid(toast_)) UnlockRelationOid(toast_, AccessShareLock);
  const Oid table = RelationGetRelid(relation_);
  RelationClose(relation_);
  if (!keep_lock) UnlockRelationOid(table, lock_);
}

/* The index on this column alone. */
Oid ApprovalTable::IndexOn(AttrNumber column) const {
  Oid found = InvalidOid;
  List *indexes = RelationGetIndexList(relation_);
  for (int i = 0; i < list_length(indexes) && !OidIsValid(found); ++i) {
    Relation index = index_open(list_nth_oid(indexes, i), AccessShareLock);
    const bool plain = heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, nullptr);
    if (plain && index->rd_index->indisvalid && index->rd_index->indkey.values[0] == column &&
        index->rd_index->indnatts == 1 && index->rd_rel->relam == BTREE_AM_OID)
      found = RelationGetRelid(index);
    index_close(index, AccessShareLock);
  }
  return found;
}

bool ApprovalTable::HasOnlyPlainIndexes() const {
  bool plain = true;
  List *indexes = RelationGetIndexList(relation_);
  for (int i = 0; i < list_length(indexes); ++i) {
    Relation index = index_open(list_nth_oid(indexes, i), AccessShareLock);
    plain = plain && !index->rd_index->indisexclusion && index->rd_index->indimmediate &&
            heap_attisnull(index->rd_indextuple, Anum_pg_index_indexprs, nullptr) &&
            heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, nullptr);
    index_close(index, AccessShareLock);
  }
  return plain;
}

SysScanDesc ApprovalTable::Begin(const bytea *fingerprint, int64 id) {
  ScanKeyData key;
  const AttrNumber column = attnums_[fingerprint != nullptr ? c_fingerprint : c_id];
  if (fingerprint != nullptr) ScanKeyInit(&key, column, BTEqualStrategyNumber, F_BYTEAEQ, PointerGetDatum(fingerprint));
  else ScanKeyInit(&key, column, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(id));
  const Oid index = IndexOn(column);
  return systable_beginscan(relation_, index, OidIsValid(index), nullptr, 1, &key);
}

Approval ApprovalTable::Read(HeapTuple tuple) const {
  /* A value that was moved out is fetched under an active snapshot; before a commit there is none. */
  const bool push = !ActiveSnapshotSet();
  if (push) PushActiveSnapshot(GetLatestSnapshot());
  Datum values[kColumns];
  bool nulls[kColumns];
  for (int c = 0; c < kColumns; ++c)
    values[c] = heap_getattr(tuple, attnums_[c], RelationGetDescr(relation_), &nulls[c]);
  auto string = [&](Column c) -> const char * { return nulls[c] ? nullptr : TextDatumGetCString(values[c]); };
  auto time = [&](Column c, TimestampTz otherwise) { return nulls[c] ? otherwise : DatumGetTimestampTz(values[c]); };
  auto bigint = [&](Column c) { return nulls[c] ? static_cast<int64>(-1) : DatumGetInt64(values[c]); };

  Approval approval;
  approval.id = bigint(c_id);
  approval.tid = tuple->t_self;
  approval.approver = string(c_approver);
  approval.approver_login = string(c_approver_login);
  approval.reason = string(c_reason);
  approval.role = string(c_role_name);
  approval.valid_from = time(c_valid_from, DT_NOBEGIN);
  approval.valid_until = time(c_valid_until, DT_NOEND);
  approval.limited = !nulls[c_uses_left];
  approval.uses_left = nulls[c_uses_left] ? 0 : DatumGetInt32(values[c_uses_left]);
  approval.revoked = !nulls[c_revoked_at];
  approval.database = string(c_database_name);
  approval.here = !nulls[c_database_id] && DatumGetObjectId(values[c_database_id]) == MyDatabaseId &&
                  bigint(c_system_identifier) == static_cast<int64>(GetSystemIdentifier());
  approval.growth = nulls[c_growth] ? 1 : DatumGetFloat8(values[c_growth]);
  approval.max_rows = bigint(c_max_rows);
  approval.max_bytes = bigint(c_max_bytes);
  if (!nulls[c_findings]) approval.sightings = ParseFindings(DatumGetJsonbP(values[c_findings]));
  if (push) PopActiveSnapshot();
  return approval;
}

const Approval *ApprovalTable::LockRow(const Approval &approval, bool wait) {
  ErrorContextCallback context = {};
  context.callback = TellWaiting;
  int64 id = approval.id;
  context.arg = &id;
  context.previous = error_context_stack;

  TupleTableSlot *slot = MakeSingleTupleTableSlot(RelationGetDescr(relation_), table_slot_callbacks(relation_));
  ItemPointerData tid = approval.tid;
  TM_FailureData failure;
  TM_Result result;
  const int patience = LockTimeout;
  if (patience == 0 || patience > kApprovalPatience) LockTimeout = kApprovalPatience;
  error_context_stack = &context;
  PG_TRY();
  {
    result = table_tuple_lock(relation_, &tid, SnapshotAny, slot, GetCurrentCommandId(false), LockTupleNoKeyExclusive,
                              wait ? LockWaitBlock : LockWaitSkip,
                              TUPLE_LOCK_FLAG_LOCK_UPDATE_IN_PROGRESS | TUPLE_LOCK_FLAG_FIND_LAST_VERSION, &failure);
  }
  PG_FINALLY();
  { LockTimeout = patience; }
  PG_END_TRY();
  error_context_stack = context.previous;

  const Approval *locked = nullptr;
  if (result == TM_Ok) {
    bool ours;
    HeapTuple tuple = ExecFetchSlotHeapTuple(slot, false, &ours);
    tuple->t_self = slot->tts_tid;
    locked = new (palloc(sizeof(Approval))) Approval(Read(tuple));
  }
  ExecDropSingleTupleTableSlot(slot);
  return locked;
}

const char *ApprovalTable::TakeUse(const Approval &approval) {
  if (!HasOnlyPlainIndexes()) return "an index that was added to ddlguard.approval is in the way; drop it";
  TupleTableSlot *slot = MakeSingleTupleTableSlot(RelationGetDescr(relation_), table_slot_callbacks(relation_));
  ItemPointerData tid = approval.tid;
  if (!table_tuple_fetch_row_version(relation_, &tid, SnapshotAny, slot)) {
    ExecDropSingleTupleTableSlot(slot);
    return "it has gone";
  }
  bool ours;
  HeapTuple tuple = ExecFetchSlotHeapTuple(slot, true, &ours);
  int columns[] = {attnums_[c_uses_left], attnums_[c_used_at], attnums_[c_used_by]};
  Datum values[] = {Int32GetDatum(approval.uses_left - 1), TimestampTzGetDatum(GetCurrentTimestamp()),
                    CStringGetTextDatum(CurrentAsker().role)};
  bool nulls[] = {false, false, false};
  HeapTuple changed =
      heap_modify_tuple_by_cols(tuple, RelationGetDescr(relation_), lengthof(columns), columns, values, nulls);
  CatalogTupleUpdate(relation_, &tid, changed);
  ExecDropSingleTupleTableSlot(slot);
  CommandCounterIncrement();
  return nullptr;
}

}  // namespace ddlguard
