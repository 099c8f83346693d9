/*
 * See counters.h.
 */
#include "observe/counters.h"

#include <initializer_list>

#include "observe/shmem.h"

namespace ddlguard {

namespace {

uint64 KeyOf(Oid database, CommandTag tag) {
  return static_cast<uint64>(database) << 32 | (static_cast<uint32>(tag) + 1);
}

void Add(pg_atomic_uint64 &counter, uint64 amount) { pg_atomic_fetch_add_u64(&counter, static_cast<int64>(amount)); }

void RaiseTo(pg_atomic_uint64 &counter, uint64 amount) {
  uint64 now = pg_atomic_read_u64(&counter);
  while (now < amount && !pg_atomic_compare_exchange_u64(&counter, &now, amount)) {
  }
}

bool IsOverflow(const StatementCounters &cell) { return &cell == &shared.counters->statements[Counters::kCells]; }

void Zero(StatementCounters &cell) {
  for (pg_atomic_uint64 *each : {&cell.judged, &cell.analysis, &cell.longest_analysis, &cell.lock_wait,
                                 &cell.longest_lock_wait, &cell.lock_hold, &cell.longest_lock_hold, &cell.lost})
    pg_atomic_write_u64(each, 0);
  for (pg_atomic_uint64 &each : cell.responses) pg_atomic_write_u64(&each, 0);
}

void InitCell(StatementCounters &cell) {
  for (pg_atomic_uint64 *each : {&cell.key, &cell.judged, &cell.analysis, &cell.longest_analysis, &cell.lock_wait,
                                 &cell.longest_lock_wait, &cell.lock_hold, &cell.longest_lock_hold, &cell.lost})
    pg_atomic_init_u64(each, 0);
  for (pg_atomic_uint64 &each : cell.responses) pg_atomic_init_u64(&each, 0);
}

}  // namespace

void CountersInit(Counters *counters) {
  pg_atomic_init_u64(&counters->reset_at, static_cast<uint64>(GetCurrentTimestamp()));
  for (RuleCounters &rule : counters->rules)
    for (pg_atomic_uint64 &each : rule.responses) pg_atomic_init_u64(&each, 0);
  for (StatementCounters &cell : counters->statements) InitCell(cell);
}

StatementCounters *StatementCell(Oid database, CommandTag tag) {
  /* Where the last one was: no pointer, since the postmaster has it too, and hands it down after a crash, when
   * the cells are elsewhere and other ones. */
  static uint32 last = 0;
  StatementCounters *cells = shared.counters->statements;
  const uint64 key = KeyOf(database, tag);
  if (pg_atomic_read_u64(&cells[last].key) == key) return &cells[last];

  const uint32 start = hash_bytes_uint32(database) + static_cast<uint32>(tag) * 31;
  for (uint32 i = 0; i < Counters::kCells; ++i) {
    const uint32 at = (start + i) % Counters::kCells;
    uint64 owner = pg_atomic_read_u64(&cells[at].key);
    if (owner == 0 && pg_atomic_compare_exchange_u64(&cells[at].key, &owner, key)) owner = key;
    if (owner != key) continue;
    last = at;
    return &cells[at];
  }
  return &cells[Counters::kCells];
}

bool CellSubject(const StatementCounters &cell, Oid *database, CommandTag *tag) {
  if (IsOverflow(cell)) {
    *database = InvalidOid;
    *tag = CMDTAG_UNKNOWN;
    return true;
  }
  const uint64 key = pg_atomic_read_u64(const_cast<pg_atomic_uint64 *>(&cell.key));
  if (key == 0) return false;
  *database = static_cast<Oid>(key >> 32);
  *tag = static_cast<CommandTag>(static_cast<uint32>(key) - 1);
  return true;
}

void CountStatement(CommandTag tag, int64 analysis) {
  if (shared.counters == nullptr) return;
  StatementCounters *cell = StatementCell(MyDatabaseId, tag);
  Add(cell->judged, 1);
  if (analysis < 0) return;
  Add(cell->analysis, static_cast<uint64>(analysis));
  RaiseTo(cell->longest_analysis, static_cast<uint64>(analysis));
}

void CountLockWait(CommandTag tag, int64 nanoseconds) {
  if (shared.counters == nullptr || nanoseconds <= 0) return;
  StatementCounters *cell = StatementCell(MyDatabaseId, tag);
  Add(cell->lock_wait, static_cast<uint64>(nanoseconds));
  RaiseTo(cell->longest_lock_wait, static_cast<uint64>(nanoseconds));
}

void CountLockHold(CommandTag tag, int64 nanoseconds) {
  if (shared.counters == nullptr) return;
  StatementCounters *cell = StatementCell(MyDatabaseId, tag);
  Add(cell->lock_hold, static_cast<uint64>(nanoseconds));
  RaiseTo(cell->longest_lock_hold, static_cast<uint64>(nanoseconds));
}

void CountVerdict(const Verdict &verdict, Response response, CommandTag tag) {
  if (shared.counters == nullptr) return;
  Add(StatementCell(MyDatabaseId, tag)->responses[static_cast<int>(response)], 1);
  for (const Finding &finding : verdict.findings) {
    /* Of a refused statement only what it was refused for; nobody was told the rest. */
    if (response == Response::refused && finding.decision.action != Action::reject) continue;
    const Response each = ResponseTo(finding, response);
    Add(shared.counters->rules[static_cast<int>(finding.rule->why)].responses[static_cast<int>(each)], 1);
  }
}

void CountLost(Oid database, CommandTag tag) {
  if (shared.counters == nullptr) return;
  Add(StatementCell(database, tag)->lost, 1);
}

/* Cells keep their subjects: their places may be known to others. */
void ResetCounters() {
  for (RuleCounters &rule : shared.counters->rules)
    for (pg_atomic_uint64 &each : rule.responses) pg_atomic_write_u64(&each, 0);
  for (StatementCounters &cell : shared.counters->statements) Zero(cell);
  pg_atomic_write_u64(&shared.counters->reset_at, static_cast<uint64>(GetCurrentTimestamp()));
}

}  // namespace ddlguard
