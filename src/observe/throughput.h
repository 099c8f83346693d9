/*
 * Throughput: how fast this server scans, validates, builds indexes and rewrites, learnt from statements that
 * have finished.
 *
 * The work of a statement is counted in bytes for each kind (analysis/prediction.h says which bytes); what it has
 * taken is one sample for the kind that it is mostly made of.  The last kSamples of each kind are kept, and their
 * median, weighted by how much work each was, holds until the next one: a statement that waited for a lock or was
 * disturbed does not count for more than one of them.
 *
 * Lifetime: shared memory; samples are kept over a clean restart (observe/stat_file.h), not over a crash.
 * Locking: a spinlock around the samples, for as long as it takes to copy them.  What a prediction needs is one
 * atomic value for each kind.  Tolerated: of two statements that end at once, the median of the first may be
 * published last; the next one sets it right.
 */
#pragma once

#include "pg/prelude.h"

namespace ddlguard {

/* The kinds of work.  Their names, in TaskName(), are stable: view ddlguard.throughput, statistics file. */
enum class Task : uint8 { scan, validation, index_build, rewrite };
constexpr int kTasks = static_cast<int>(Task::rewrite) + 1;
const char *TaskName(Task task);

/* How much of each kind. */
struct Workload {
  double bytes[kTasks] = {};

  void Add(Task task, double amount) { bytes[static_cast<int>(task)] += amount; }
  void Add(const Workload &other) {
    for (int i = 0; i < kTasks; ++i) bytes[i] += other.bytes[i];
  }
  double Total() const {
    double total = 0;
    for (double each : bytes) total += each;
    return total;
  }
};

struct Sample {
  double cost; /* nanoseconds for a byte */
  double bytes;
};

/* What is known of one kind. */
struct Pace {
  static constexpr int kSamples = 16;

  uint64 learnt;       /* samples that there have been; the last one is at (learnt - 1) % kSamples */
  TimestampTz last_at; /* of the last one; 0: none */
  Sample samples[kSamples];

  int Count() const { return learnt < kSamples ? static_cast<int>(learnt) : kSamples; }
};

struct Throughput {
  slock_t lock; /* paces and reset_at */
  Pace paces[kTasks];
  TimestampTz reset_at;
  pg_atomic_uint64 costs[kTasks]; /* bits of a double: nanoseconds for a byte */
};

void ThroughputInit(Throughput *throughput);

/* Predicted, in seconds. */
double PredictedSeconds(const Workload &load);

/* Less than this teaches nothing: it is over before it can be measured. */
constexpr double kLeastToLearn = 4.0 * 1024 * 1024;

/* A statement that did this work has taken so long. */
void LearnThroughput(const Workload &load, double seconds);

/* For the view and the statistics file. */
Pace CurrentPace(Task task);
double CurrentBytesPerSecond(Task task);
TimestampTz ThroughputResetAt();

/* From the statistics file. */
void RestorePace(Task task, const Pace &pace);
void RestoreThroughputReset(TimestampTz reset_at);

/* Back to the defaults. */
void ResetThroughput();

}  // namespace ddlguard
