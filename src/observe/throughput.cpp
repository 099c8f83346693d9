/*
 * See throughput.h.
 */
#include "observe/throughput.h"

#include <algorithm>
#include <bit>

#include "observe/shmem.h"

namespace ddlguard {

namespace {

/*
 * In bytes per second.  typical: what test/bench/prediction has measured for a table in memory on one of two busy
 * cores; of use is how the kinds compare.  fallback, before anything is learnt: about a third of what the processor
 * limits, and for a scan what a cloud's network disk gives.  Too slow is the safe side: a policy row with
 * max_blocking then refuses rather than lets pass.
 */
struct Rate {
  double typical;
  double fallback;
};
constexpr Rate kRates[kTasks] = {{2000e6, 100e6}, {400e6, 100e6}, {45e6, 15e6}, {110e6, 40e6}};

/* A kind is what a statement is made of from this share of its time on. */
constexpr double kDominant = 0.5;
constexpr double kLeastSeconds = 0.002;
/* Nothing is faster than memory, or slower than a megabyte in ten seconds. */
constexpr double kLeastCost = 0.01;
constexpr double kMostCost = 10'000;

constexpr double DefaultCost(int task) { return 1e9 / kRates[task].fallback; }

double CostOf(int task) {
  if (shared.throughput == nullptr) return DefaultCost(task);
  return std::bit_cast<double>(pg_atomic_read_u64(&shared.throughput->costs[task]));
}

/* A large statement tells more about the next large one than a small one does: one for each doubling. */
int WeightOf(const Sample &sample) {
  return std::max(1, static_cast<int>(std::bit_width(static_cast<uint64>(sample.bytes / kLeastToLearn))));
}

/* The middle one by weight. */
double MedianCost(int task, const Pace &pace) {
  Sample samples[Pace::kSamples];
  const int count = pace.Count();
  std::copy(pace.samples, pace.samples + count, samples);
  if (count == 0) return DefaultCost(task);
  std::sort(samples, samples + count, [](const Sample &a, const Sample &b) { return a.cost < b.cost; });
  int all = 0;
  for (int i = 0; i < count; ++i) all += WeightOf(samples[i]);
  int below = 0;
  for (int i = 0; i < count; ++i) {
    below += WeightOf(samples[i]);
    if (2 * below > all) return samples[i].cost;
    if (2 * below == all) return (samples[i].cost + samples[i + 1].cost) / 2;
  }
  return DefaultCost(task);
}

void Publish(int task, const Pace &pace) {
  pg_atomic_write_u64(&shared.throughput->costs[task], std::bit_cast<uint64>(MedianCost(task, pace)));
}

void AddSample(int task, const Sample &sample) {
  const TimestampTz now = GetCurrentTimestamp();
  Throughput *throughput = shared.throughput;
  Pace &pace = throughput->paces[task];
  SpinLockAcquire(&throughput->lock);
  pace.samples[pace.learnt % Pace::kSamples] = sample;
  ++pace.learnt;
  pace.last_at = now;
  const Pace copy = pace;
  SpinLockRelease(&throughput->lock);
  Publish(task, copy);
}

void Clear(Throughput *throughput) {
  for (Pace &pace : throughput->paces) pace = Pace();
}

}  // namespace

const char *TaskName(Task task) {
  switch (task) {
    case Task::scan:
      return "scan";
    case Task::validation:
      return "validation";
    case Task::index_build:
      return "index build";
    case Task::rewrite:
      return "rewrite";
  }
  return "";
}

void ThroughputInit(Throughput *throughput) {
  SpinLockInit(&throughput->lock);
  Clear(throughput);
  throughput->reset_at = GetCurrentTimestamp();
  for (int i = 0; i < kTasks; ++i) pg_atomic_init_u64(&throughput->costs[i], std::bit_cast<uint64>(DefaultCost(i)));
}

double PredictedSeconds(const Workload &load) {
  double nanoseconds = 0;
  for (int i = 0; i < kTasks; ++i)
    if (load.bytes[i] > 0) nanoseconds += load.bytes[i] * CostOf(i);
  return nanoseconds / 1e9;
}

void LearnThroughput(const Workload &load, double seconds) {
  if (shared.throughput == nullptr || seconds < kLeastSeconds || load.Total() < kLeastToLearn) return;
  double parts[kTasks];
  bool known[kTasks];
  double all = 0;
  for (int i = 0; i < kTasks; ++i) {
    known[i] = load.bytes[i] == 0 || CurrentPace(static_cast<Task>(i)).learnt > 0;
    parts[i] = load.bytes[i] * (known[i] ? CostOf(i) : 1e9 / kRates[i].typical) / 1e9;
    all += parts[i];
  }
  for (int i = 0; i < kTasks; ++i) {
    if (parts[i] < all * kDominant || load.bytes[i] < kLeastToLearn / 2) continue;
    /* Its share; where the other kinds are known by now, what they leave, which cannot be much less. */
    double own = seconds * parts[i] / all;
    known[i] = true;
    if (std::all_of(known, known + kTasks, [](bool each) { return each; }))
      own = std::max(seconds - (all - parts[i]), own / 2);
    AddSample(i, {std::clamp(own * 1e9 / load.bytes[i], kLeastCost, kMostCost), load.bytes[i]});
    return;
  }
}

Pace CurrentPace(Task task) {
  if (shared.throughput == nullptr) return Pace();
  SpinLockAcquire(&shared.throughput->lock);
  const Pace pace = shared.throughput->paces[static_cast<int>(task)];
  SpinLockRelease(&shared.throughput->lock);
  return pace;
}

double CurrentBytesPerSecond(Task task) {
  return static_cast<double>(static_cast<int64>(1e9 / CostOf(static_cast<int>(task)) + 0.5));
}

TimestampTz ThroughputResetAt() {
  SpinLockAcquire(&shared.throughput->lock);
  const TimestampTz reset_at = shared.throughput->reset_at;
  SpinLockRelease(&shared.throughput->lock);
  return reset_at;
}

void RestorePace(Task task, const Pace &pace) {
  shared.throughput->paces[static_cast<int>(task)] = pace;
  Publish(static_cast<int>(task), pace);
}

void RestoreThroughputReset(TimestampTz reset_at) { shared.throughput->reset_at = reset_at; }

void ResetThroughput() {
  const TimestampTz now = GetCurrentTimestamp();
  SpinLockAcquire(&shared.throughput->lock);
  Clear(shared.throughput);
  shared.throughput->reset_at = now;
  SpinLockRelease(&shared.throughput->lock);
  for (int i = 0; i < kTasks; ++i) Publish(i, Pace());
}

}  // namespace ddlguard
