/*
 * See stat_file.h.
 *
 * A header, then records: a byte that says what it is, and its contents.  Rules and command tags are named by
 * their text, since their numbers differ between versions of the library and of PostgreSQL.  The checksum of
 * all of it comes last.
 */
#include "observe/stat_file.h"

#include "observe/counters.h"
#include "observe/ring.h"
#include "observe/shmem.h"
#include "observe/throughput.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

constexpr char kFile[] = PGSTAT_STAT_PERMANENT_DIRECTORY "/ddlguard.stat";
constexpr char kTemporary[] = PGSTAT_STAT_PERMANENT_DIRECTORY "/ddlguard.tmp";
constexpr uint32 kMagic = 0x44475342; /* another one for each change of what follows */
constexpr int kMaxName = 64;

struct Header {
  uint32 magic;
  uint32 major;
  int64 reset_at;
  int64 throughput_reset_at;
};

enum class Record : uint8 { rule = 1, statement, event, pace, end };

struct RuleRecord {
  char id[kMaxName];
  uint64 responses[kResponses];
};

struct StatementRecord {
  char tag[kMaxName];
  uint64 database;
  uint64 judged;
  uint64 responses[kResponses];
  uint64 analysis;
  uint64 longest_analysis;
  uint64 lock_wait;
  uint64 longest_lock_wait;
  uint64 lock_hold;
  uint64 longest_lock_hold;
  uint64 lost;
};

struct PaceRecord {
  char task[kMaxName];
  Pace pace;
};

/* A file under way: its checksum so far, and whether all has gone well. */
struct Stream {
  FILE *file;
  pg_crc32c checksum;
  bool good;

  void Write(const void *data, size_t bytes) {
    COMP_CRC32C(checksum, data, bytes);
    if (fwrite(data, 1, bytes, file) != bytes) good = false;
  }
  bool Read(void *data, size_t bytes) {
    if (good && fread(data, 1, bytes, file) == bytes) COMP_CRC32C(checksum, data, bytes);
    else good = false;
    return good;
  }
  void Begin(Record record) { Write(&record, sizeof(record)); }
};

Stream Begin(FILE *file) {
  Stream stream = {file, 0, true};
  INIT_CRC32C(stream.checksum);
  return stream;
}

void ReadCells(const pg_atomic_uint64 *cells, uint64 *values) {
  for (int i = 0; i < kResponses; ++i) values[i] = pg_atomic_read_u64(const_cast<pg_atomic_uint64 *>(&cells[i]));
}

bool AnyOf(const uint64 *values, int count) {
  for (int i = 0; i < count; ++i)
    if (values[i] != 0) return true;
  return false;
}

void SaveRules(Stream &stream) {
  for (int i = 0; i < RuleCount(); ++i) {
    const Rule &rule = RuleAt(i);
    RuleRecord record = {};
    strlcpy(record.id, rule.id, sizeof(record.id));
    ReadCells(shared.counters->rules[static_cast<int>(rule.why)].responses, record.responses);
    if (!AnyOf(record.responses, kResponses)) continue;
    stream.Begin(Record::rule);
    stream.Write(&record, sizeof(record));
  }
}

void SaveStatements(Stream &stream) {
  for (StatementCounters &cell : shared.counters->statements) {
    Oid database;
    CommandTag tag;
    if (!CellSubject(cell, &database, &tag)) continue;
    StatementRecord record = {};
    strlcpy(record.tag, GetCommandTagName(tag), sizeof(record.tag));
    record.database = database;
    record.judged = pg_atomic_read_u64(&cell.judged);
    ReadCells(cell.responses, record.responses);
    record.analysis = pg_atomic_read_u64(&cell.analysis);
    record.longest_analysis = pg_atomic_read_u64(&cell.longest_analysis);
    record.lock_wait = pg_atomic_read_u64(&cell.lock_wait);
    record.longest_lock_wait = pg_atomic_read_u64(&cell.longest_lock_wait);
    record.lock_hold = pg_atomic_read_u64(&cell.lock_hold);
    record.longest_lock_hold = pg_atomic_read_u64(&cell.longest_lock_hold);
    record.lost = pg_atomic_read_u64(&cell.lost);
    if (record.judged == 0 && record.lost == 0 && !AnyOf(record.responses, kResponses)) continue;
    stream.Begin(Record::statement);
    stream.Write(&record, sizeof(record));
  }
}

void SavePaces(Stream &stream) {
  for (int i = 0; i < kTasks; ++i) {
    PaceRecord record = {};
    strlcpy(record.task, TaskName(static_cast<Task>(i)), sizeof(record.task));
    record.pace = CurrentPace(static_cast<Task>(i));
    if (record.pace.learnt == 0) continue;
    stream.Begin(Record::pace);
    stream.Write(&record, sizeof(record));
  }
}

void SaveEvent(const Event &event, void *context) {
  auto *stream = static_cast<Stream *>(context);
  const uint32 bytes = static_cast<uint32>(event.Bytes());
  stream->Begin(Record::event);
  stream->Write(&bytes, sizeof(bytes));
  stream->Write(&event, bytes);
}

/* ---- reading: everything is read before anything is taken over ---- */

struct Read {
  Array<RuleRecord> rules;
  Array<StatementRecord> statements;
  Array<const Event *> events;
  Array<PaceRecord> paces;
};

bool ReadEvent(Stream &stream, Read &read) {
  uint32 bytes;
  if (!stream.Read(&bytes, sizeof(bytes)) || bytes < offsetof(Event, texts) || bytes > Event::kMaxBytes) return false;
  auto *event = static_cast<Event *>(palloc0(Event::kMaxBytes));
  if (!stream.Read(event, bytes) || event->Bytes() != bytes) return false;
  read.events.Add(event);
  return true;
}

template <typename T>
bool ReadInto(Stream &stream, Array<T> &records) {
  T record;
  if (!stream.Read(&record, sizeof(record))) return false;
  records.Add(record);
  return true;
}

bool ReadRecords(Stream &stream, Read &read) {
  for (;;) {
    Record record;
    if (!stream.Read(&record, sizeof(record))) return false;
    switch (record) {
      case Record::rule:
        if (!ReadInto(stream, read.rules)) return false;
        continue;
      case Record::statement:
        if (!ReadInto(stream, read.statements)) return false;
        continue;
      case Record::event:
        if (!ReadEvent(stream, read)) return false;
        continue;
      case Record::pace:
        if (!ReadInto(stream, read.paces)) return false;
        continue;
      case Record::end:
        return true;
    }
    return false;
  }
}

bool ReadAll(FILE *file, Header &header, Read &read) {
  Stream stream = Begin(file);
  if (!stream.Read(&header, sizeof(header)) || header.magic != kMagic || header.major != PG_MAJORVERSION_NUM)
    return false;
  if (!ReadRecords(stream, read)) return false;
  pg_crc32c computed = stream.checksum;
  FIN_CRC32C(computed);
  pg_crc32c stored;
  return fread(&stored, 1, sizeof(stored), file) == sizeof(stored) && EQ_CRC32C(stored, computed);
}

void TakeOver(pg_atomic_uint64 *cells, const uint64 *values) {
  for (int i = 0; i < kResponses; ++i) pg_atomic_write_u64(&cells[i], values[i]);
}

void TakeOver(const Header &header, Read &read) {
  pg_atomic_write_u64(&shared.counters->reset_at, static_cast<uint64>(header.reset_at));
  for (RuleRecord &record : read.rules) {
    record.id[kMaxName - 1] = '\0';
    if (const Rule *rule = FindRule(record.id))
      TakeOver(shared.counters->rules[static_cast<int>(rule->why)].responses, record.responses);
  }
  for (StatementRecord &record : read.statements) {
    record.tag[kMaxName - 1] = '\0';
    StatementCounters *cell = &shared.counters->statements[Counters::kCells];
    if (record.database != InvalidOid)
      cell = StatementCell(static_cast<Oid>(record.database), GetCommandTagEnum(record.tag));
    pg_atomic_write_u64(&cell->judged, record.judged);
    TakeOver(cell->responses, record.responses);
    pg_atomic_write_u64(&cell->analysis, record.analysis);
    pg_atomic_write_u64(&cell->longest_analysis, record.longest_analysis);
    pg_atomic_write_u64(&cell->lock_wait, record.lock_wait);
    pg_atomic_write_u64(&cell->longest_lock_wait, record.longest_lock_wait);
    pg_atomic_write_u64(&cell->lock_hold, record.lock_hold);
    pg_atomic_write_u64(&cell->longest_lock_hold, record.longest_lock_hold);
    pg_atomic_write_u64(&cell->lost, record.lost);
  }
  for (const Event *event : read.events) RingPut(*event);
  RestoreThroughputReset(header.throughput_reset_at);
  for (PaceRecord &record : read.paces) {
    record.task[kMaxName - 1] = '\0';
    for (int i = 0; i < kTasks; ++i)
      if (Equal(record.task, TaskName(static_cast<Task>(i)))) RestorePace(static_cast<Task>(i), record.pace);
  }
}

}  // namespace

void SaveStatistics() {
  FILE *file = AllocateFile(kTemporary, PG_BINARY_W);
  if (file == nullptr) {
    ereport(LOG, (errcode_for_file_access(), errmsg("could not write file \"%s\": %m", kTemporary)));
    return;
  }
  Stream stream = Begin(file);
  const Header header = {kMagic, PG_MAJORVERSION_NUM,
                         static_cast<int64>(pg_atomic_read_u64(&shared.counters->reset_at)), ThroughputResetAt()};
  stream.Write(&header, sizeof(header));
  SaveRules(stream);
  SaveStatements(stream);
  SavePaces(stream);
  RingVisit(SaveEvent, &stream);
  stream.Begin(Record::end);
  pg_crc32c checksum = stream.checksum;
  FIN_CRC32C(checksum);
  if (fwrite(&checksum, 1, sizeof(checksum), file) != sizeof(checksum)) stream.good = false;
  if (FreeFile(file) != 0) stream.good = false;
  if (stream.good) {
    durable_rename(kTemporary, kFile, LOG);
    return;
  }
  ereport(LOG, (errcode_for_file_access(), errmsg("could not write file \"%s\": %m", kTemporary)));
  unlink(kTemporary);
}

void LoadStatistics() {
  FILE *file = AllocateFile(kFile, PG_BINARY_R);
  if (file == nullptr) {
    if (errno != ENOENT) ereport(LOG, (errcode_for_file_access(), errmsg("could not read file \"%s\": %m", kFile)));
    return;
  }
  MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "ddlguard statistics", ALLOCSET_DEFAULT_SIZES);
  MemoryContext old = MemoryContextSwitchTo(memory);
  Header header;
  Read read;
  if (ReadAll(file, header, read)) TakeOver(header, read);
  else
    ereport(LOG,
            (errmsg("ddlguard starts its counters from zero: file \"%s\" is damaged or of another version", kFile)));
  FreeFile(file);
  /* It would be stale after a crash. */
  unlink(kFile);
  MemoryContextSwitchTo(old);
  MemoryContextDelete(memory);
}

}  // namespace ddlguard
