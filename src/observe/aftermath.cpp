/*
 * See aftermath.h.
 */
#include "observe/aftermath.h"

#include "observe/shmem.h"
#include "pg/text.h"
#include "worker/state.h"

namespace ddlguard {

namespace {

emit_log_hook_type next_emit_log = nullptr;

bool Same(const NameData &name, const char *text) {
  return strncmp(NameStr(name), text == nullptr ? "" : text, NAMEDATALEN - 1) == 0;
}

SlotRest &RestOf(const ChangeSlot &slot) { return shared.aftermath->rests[&slot - shared.aftermath->slots]; }

bool IsWatched(const Change &change, TimestampTz now) {
  return change.number != 0 && change.database == MyDatabaseId && now < change.watched_until;
}

/* The slot's change that is watched now; only a hint, since nothing is locked. */
bool MayBeWatched(const ChangeSlot &slot, TimestampTz now) {
  return IsWatched(const_cast<const Change &>(slot.change), now);
}

ErrorCell *CellFor(ChangeSlot &slot, int sqlstate, Oid role, const char *column, const char *constraint) {
  SlotRest &rest = RestOf(slot);
  for (int i = 0; i < slot.cells; ++i) {
    ErrorCell &cell = rest.cell[i];
    if (cell.sqlstate == sqlstate && cell.role == role && Same(cell.column, column) &&
        Same(cell.constraint, constraint) && Same(cell.application, application_name))
      return &cell;
  }
  if (slot.cells == SlotRest::kCells) return nullptr;
  ErrorCell &cell = rest.cell[slot.cells++];
  cell = {};
  cell.sqlstate = sqlstate;
  cell.role = role;
  SetName(cell.column, column);
  SetName(cell.constraint, constraint);
  SetName(cell.application, application_name);
  return &cell;
}

void Count(ChangeSlot &slot, uint64 number, const ErrorData *error, const char *column, TimestampTz now) {
  const Oid role = GetSessionUserId();
  SpinLockAcquire(&slot.mutex);
  if (slot.change.number == number) {
    ErrorCell *cell = CellFor(slot, error->sqlerrcode, role, column, error->constraint_name);
    if (cell == nullptr) {
      ++slot.untold;
    } else {
      if (cell->count++ == 0) cell->first_seen = now;
      cell->last_seen = now;
    }
  }
  SpinLockRelease(&slot.mutex);
}

/* Of EXECUTE the client's text says nothing, and of a fetch not where the query came from. */
const char *TextOf(const ErrorData *error) {
  if (error->internalquery != nullptr) return error->internalquery;
  const char *text = debug_query_string;
  if (text == nullptr) return nullptr;
  while (isspace(static_cast<unsigned char>(*text))) ++text;
  return pg_strncasecmp(text, "execute", 7) == 0 || pg_strncasecmp(text, "fetch", 5) == 0 ? nullptr : text;
}

/* To the change that it speaks most against; of several the latest. */
void Blame(const ErrorData *error, TimestampTz now) {
  const ErrorFacts facts = {error->sqlerrcode, error->message,     error->message_id,      error->schema_name,
                            error->table_name, error->column_name, error->constraint_name, TextOf(error)};
  ChangeSlot *worst = nullptr;
  uint64 number = 0;
  int most = 0;
  char column[NAMEDATALEN] = "";
  for (ChangeSlot &slot : shared.aftermath->slots) {
    if (!MayBeWatched(slot, now)) continue;
    uint32 leaf[Change::kMaxLeaves];
    SpinLockAcquire(&slot.mutex);
    Change change = slot.change;
    memcpy(leaf, RestOf(slot).leaf, sizeof(uint32) * change.leaves);
    SpinLockRelease(&slot.mutex);
    if (!IsWatched(change, now)) continue;
    change.leaf = leaf;
    const char *about = facts.column;
    const int evidence = Evidence(change, facts, &about);
    if (evidence == 0 || evidence < most || (evidence == most && change.number < number)) continue;
    worst = &slot;
    number = change.number;
    most = evidence;
    strlcpy(column, about == nullptr ? "" : about, sizeof(column));
  }
  if (worst != nullptr) Count(*worst, number, error, column, now);
}

void SeeError(ErrorData *error) {
  if (error->elevel == ERROR && shared.aftermath != nullptr &&
      pg_atomic_read_u64(&shared.aftermath->watched_until) != 0 && IsOfInterest(error->sqlerrcode) &&
      OidIsValid(MyDatabaseId) && !is_ddlguard_worker && !IsParallelWorker()) {
    const TimestampTz now = GetCurrentTimestamp();
    uint64 until = pg_atomic_read_u64(&shared.aftermath->watched_until);
    if (now < static_cast<TimestampTz>(until)) Blame(error, now);
    else pg_atomic_compare_exchange_u64(&shared.aftermath->watched_until, &until, 0);
  }
  if (next_emit_log != nullptr) next_emit_log(error);
}

int ByNumber(const void *a, const void *b) {
  const uint64 left = static_cast<const WatchedChange *>(a)->change->number;
  const uint64 right = static_cast<const WatchedChange *>(b)->change->number;
  return left < right ? -1 : left > right;
}

}  // namespace

void AftermathInit(Aftermath *aftermath) {
  SpinLockInit(&aftermath->mutex);
  aftermath->number = 0;
  pg_atomic_init_u64(&aftermath->watched_until, 0);
  for (ChangeSlot &slot : aftermath->slots) {
    SpinLockInit(&slot.mutex);
    slot.change.number = 0;
    slot.cells = 0;
    slot.untold = 0;
  }
}

uint32 HashName(const char *schema, const char *name) {
  return hash_bytes_uint32(
             hash_bytes(reinterpret_cast<const unsigned char *>(schema), static_cast<int>(strlen(schema)))) ^
         hash_bytes(reinterpret_cast<const unsigned char *>(name), static_cast<int>(strlen(name)));
}

void PublishChange(const Change &change) {
  Aftermath *aftermath = shared.aftermath;
  if (aftermath == nullptr) return;
  SpinLockAcquire(&aftermath->mutex);
  const uint64 number = ++aftermath->number;
  ChangeSlot &slot = aftermath->slots[number % Aftermath::kChanges];
  SpinLockAcquire(&slot.mutex);
  /* Without the columns that it does not have: a slot that nobody has touched lately costs most of the time. */
  memcpy(static_cast<void *>(&slot.change), &change, offsetof(Change, column) + sizeof(TouchedColumn) * change.columns);
  slot.change.number = number;
  if (change.leaves > 0) memcpy(RestOf(slot).leaf, change.leaf, sizeof(uint32) * change.leaves);
  slot.cells = 0;
  slot.untold = 0;
  SpinLockRelease(&slot.mutex);
  const auto until = static_cast<uint64>(change.watched_until);
  if (pg_atomic_read_u64(&aftermath->watched_until) < until) pg_atomic_write_u64(&aftermath->watched_until, until);
  SpinLockRelease(&aftermath->mutex);
}

Array<WatchedChange> ChangesOfDatabase() {
  Array<WatchedChange> changes;
  auto *cells = static_cast<ErrorCell *>(palloc(sizeof(ErrorCell) * SlotRest::kCells));
  for (ChangeSlot &slot : shared.aftermath->slots) {
    SpinLockAcquire(&slot.mutex);
    const ChangeSlot copy = slot;
    memcpy(cells, RestOf(slot).cell, sizeof(ErrorCell) * copy.cells);
    SpinLockRelease(&slot.mutex);
    if (copy.change.number == 0 || copy.change.database != MyDatabaseId) continue;
    WatchedChange watched = {static_cast<Change *>(palloc(sizeof(Change))), {}, copy.untold};
    *const_cast<Change *>(watched.change) = copy.change;
    for (int i = 0; i < copy.cells; ++i) watched.errors.Add(cells[i]);
    changes.Add(watched);
  }
  if (changes.count > 1) qsort(changes.data, changes.count, sizeof(WatchedChange), ByNumber);
  return changes;
}

void ResetAftermath() {
  for (ChangeSlot &slot : shared.aftermath->slots) {
    SpinLockAcquire(&slot.mutex);
    slot.cells = 0;
    slot.untold = 0;
    SpinLockRelease(&slot.mutex);
  }
}

void AftermathHookInit() {
  next_emit_log = emit_log_hook;
  emit_log_hook = SeeError;
}

}  // namespace ddlguard
