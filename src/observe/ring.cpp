/*
 * See ring.h.
 *
 * State of a slot, and who may change it:
 *   free -> filling    any producer, by compare-and-swap; the state then names it, too
 *   filling -> ready   that producer, after a write barrier
 *   ready -> taken     the consumer of the database; it reads the event only then
 *   taken -> free or ready   the same consumer; or RingRecover()
 * database and number may be read in states ready and taken.
 */
#include "observe/ring.h"

#include <signal.h>

#include <initializer_list>

#include "observe/shmem.h"
#include "policy/settings.h"
#include "worker/state.h"

namespace ddlguard {

namespace {

enum SlotState : uint32 { slot_free, slot_filling, slot_ready, slot_taken };
constexpr int kStateBits = 2; /* above: the pid of the producer, while it fills the slot */

struct Slot {
  pg_atomic_uint32 state;
  Oid database;
  uint64 number;
};

uint32 FillingBy(int pid) { return static_cast<uint32>(pid) << kStateBits | slot_filling; }
int ProducerOf(uint32 state) { return static_cast<int>(state >> kStateBits); }

}  // namespace

struct Ring {
  pg_atomic_uint64 next; /* number of the next event */
  pg_atomic_uint64 lost;
  pg_atomic_uint32 used;
  uint32 count;
  Slot slots[FLEXIBLE_ARRAY_MEMBER];
};

namespace {

size_t EventsOffset(int slots) { return MAXALIGN(offsetof(Ring, slots) + sizeof(Slot) * slots); }

Event *EventIn(Ring *ring, uint32 slot) {
  return reinterpret_cast<Event *>(reinterpret_cast<char *>(ring) + EventsOffset(static_cast<int>(ring->count)) +
                                   static_cast<size_t>(slot) * Event::kMaxBytes);
}

bool Is(Slot &slot, SlotState state) { return pg_atomic_read_u32(&slot.state) == state; }

bool Move(Slot &slot, uint32 from, uint32 to) { return pg_atomic_compare_exchange_u32(&slot.state, &from, to); }

/* Leaves the state to which the caller has moved it. */
void Release(Slot &slot) {
  pg_write_barrier();
  pg_atomic_write_u32(&slot.state, slot_free);
  pg_atomic_fetch_sub_u32(&shared.ring->used, 1);
}

/* So that others find room as well; asked only where it begins to matter. */
bool HoldsItsShare(Oid database) {
  const uint32 quarter = shared.ring->count / 4;
  if (pg_atomic_read_u32(&shared.ring->used) < quarter) return false;
  const uint32 share = IsFailing(database) ? quarter : 3 * quarter;
  return RingWaitingFor(database) >= static_cast<int>(share);
}

template <typename Visit>
void EachOf(SlotState state, Visit visit) {
  Ring *ring = shared.ring;
  for (uint32 i = 0; i < ring->count; ++i)
    if (Is(ring->slots[i], state)) {
      pg_read_barrier();
      visit(i, ring->slots[i]);
    }
}

int ByNumber(const void *a, const void *b) {
  const uint64 left = static_cast<const Taken *>(a)->number;
  const uint64 right = static_cast<const Taken *>(b)->number;
  return left < right ? -1 : left > right;
}

void Sort(Array<Taken> &taken) {
  if (taken.count > 1) qsort(taken.data, taken.count, sizeof(Taken), ByNumber);
}

}  // namespace

int RingSlots() { return AuditBufferBytes() / Event::kMaxBytes; }

size_t RingSize(int slots) { return EventsOffset(slots) + static_cast<size_t>(slots) * Event::kMaxBytes; }

void RingInit(Ring *ring, int slots) {
  pg_atomic_init_u64(&ring->next, 1);
  pg_atomic_init_u64(&ring->lost, 0);
  pg_atomic_init_u32(&ring->used, 0);
  ring->count = static_cast<uint32>(slots);
  for (uint32 i = 0; i < ring->count; ++i) {
    ring->slots[i] = {};
    pg_atomic_init_u32(&ring->slots[i].state, slot_free);
  }
}

bool RingPut(const Event &event) {
  Ring *ring = shared.ring;
  if (ring == nullptr) return false;
  const uint64 number = pg_atomic_fetch_add_u64(&ring->next, 1);
  if (pg_atomic_read_u32(&ring->used) < ring->count && !HoldsItsShare(event.database)) {
    for (uint32 i = 0; i < ring->count; ++i) {
      const uint32 at = static_cast<uint32>((number + i) % ring->count);
      Slot &slot = ring->slots[at];
      if (!Is(slot, slot_free) || !Move(slot, slot_free, FillingBy(MyProcPid))) continue;
      const bool crowded = pg_atomic_fetch_add_u32(&ring->used, 1) == ring->count / 4;
      slot.database = event.database;
      slot.number = number;
      memcpy(static_cast<void *>(EventIn(ring, at)), &event, event.Bytes());
      pg_write_barrier();
      pg_atomic_write_u32(&slot.state, slot_ready);
      WakeLauncher(crowded);
      return true;
    }
  }
  RingCountLost();
  return false;
}

Array<Waiting> RingWaiting() {
  Array<Waiting> waiting;
  EachOf(slot_ready, [&waiting](uint32, const Slot &slot) {
    for (Waiting &each : waiting)
      if (each.database == slot.database) {
        ++each.count;
        each.oldest = Min(each.oldest, slot.number);
        return;
      }
    waiting.Add({slot.database, slot.number, 1});
  });
  return waiting;
}

int RingWaitingFor(Oid database) {
  int count = 0;
  for (const SlotState state : {slot_ready, slot_taken})
    EachOf(state, [&count, database](uint32, const Slot &slot) { count += slot.database == database; });
  return count;
}

Array<Taken> RingTake(Oid database, int most) {
  Array<Taken> found;
  EachOf(slot_ready, [&found, database](uint32 at, const Slot &slot) {
    if (slot.database == database) found.Add({slot.number, static_cast<int>(at), EventIn(shared.ring, at)});
  });
  Sort(found);
  Array<Taken> taken;
  for (const Taken &each : found) {
    if (taken.count == most) break;
    if (Move(shared.ring->slots[each.slot], slot_ready, slot_taken)) taken.Add(each);
  }
  return taken;
}

void RingFree(const Taken &taken) { Release(shared.ring->slots[taken.slot]); }
void RingPutBack(const Taken &taken) { Move(shared.ring->slots[taken.slot], slot_taken, slot_ready); }

void RingDiscard(Oid database) {
  EachOf(slot_ready, [database](uint32, Slot &slot) {
    if (slot.database == database && Move(slot, slot_ready, slot_taken)) Release(slot);
  });
}

void RingRecover() {
  EachOf(slot_taken, [](uint32, Slot &slot) { Move(slot, slot_taken, slot_ready); });
  for (uint32 i = 0; i < shared.ring->count; ++i) {
    Slot &slot = shared.ring->slots[i];
    const uint32 state = pg_atomic_read_u32(&slot.state);
    const int producer = ProducerOf(state);
    if (producer == 0 || kill(producer, 0) == 0 || errno != ESRCH || !Move(slot, state, slot_taken)) continue;
    RingCountLost();
    Release(slot);
  }
}

void RingCountLost() { pg_atomic_fetch_add_u64(&shared.ring->lost, 1); }
uint64 RingLost() { return shared.ring == nullptr ? 0 : pg_atomic_read_u64(&shared.ring->lost); }
bool RingCrowded() { return pg_atomic_read_u32(&shared.ring->used) > shared.ring->count / 4; }

void RingVisit(void (*visit)(const Event &event, void *context), void *context) {
  Array<Taken> all;
  auto add = [&all](uint32 at, const Slot &slot) {
    all.Add({slot.number, static_cast<int>(at), EventIn(shared.ring, at)});
  };
  EachOf(slot_ready, add);
  EachOf(slot_taken, add);
  Sort(all);
  for (const Taken &each : all) visit(*each.event, context);
}

}  // namespace ddlguard
