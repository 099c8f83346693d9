/*
 * The ring: events on their way from backends to the writer, in shared memory.
 *
 * Slots of one size.  A producer takes any free slot by compare-and-swap, beginning at a place that a counter
 * hands round, fills it, and marks it ready; so nobody ever waits for anybody, and a process that dies in the
 * middle holds up nothing but its own slot, which RingRecover() takes back.  Each event gets a number, by which
 * the consumer puts them in order.  When no slot is free the event is lost, and counted.
 *
 * All databases share the slots; each event carries its database, and the writer of one takes only its own.
 * One database may hold three quarters of the slots, or one while its writer fails, so that it does not take
 * them away from the others.
 *
 * There is one consumer for a database at a time (worker/launcher.cpp sees to that), and one process that
 * recovers, which does so while there is no consumer.
 */
#pragma once

#include "observe/event.h"
#include "pg/array.h"

namespace ddlguard {

struct Ring;

int RingSlots(); /* by ddlguard.audit_buffer */
size_t RingSize(int slots);
void RingInit(Ring *ring, int slots);

/* False: there was no room, and the event is counted as lost.  Never waits, raises no error. */
bool RingPut(const Event &event);

/* What waits for a database; for the launcher. */
struct Waiting {
  Oid database;
  uint64 oldest; /* number of its first event */
  int count;
};
Array<Waiting> RingWaiting();
int RingWaitingFor(Oid database); /* what its writer has taken included */

/* Takes up to most of the oldest events of a database; each must be given back by one of the next two. */
struct Taken {
  uint64 number;
  int slot;
  const Event *event;
};
Array<Taken> RingTake(Oid database, int most);
void RingFree(const Taken &taken);
void RingPutBack(const Taken &taken);

/* Events of a database that has no place for them any more. */
void RingDiscard(Oid database);

/* No consumer runs: what one has taken and not given back is ready again, what a dead producer was filling
 * is free. */
void RingRecover();

/* An event that its writer gives up counts as lost as well. */
void RingCountLost();
uint64 RingLost();  /* since the server's start */
bool RingCrowded(); /* more than a quarter is in use */

/* For the file that a shutdown leaves: calls visit for each, the oldest first. */
void RingVisit(void (*visit)(const Event &event, void *context), void *context);

}  // namespace ddlguard
