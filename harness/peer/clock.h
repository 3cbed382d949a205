/*
 * The time of a peer: the board's, as it is the programs'. A peer has no shim in it and so takes part in it
 * itself (shim/model/threads.h): it has a place on the board, publishes each wait with its deadline, and is
 * woken by TIME_SIGNAL when that has been reached.
 */
#ifndef SOCKFAULT_PEER_CLOCK_H
#define SOCKFAULT_PEER_CLOCK_H

#include "shim/model/threads.h"

#include <poll.h>

struct peer_clock {
    struct board *board;
    struct board_thread *thread; /* NULL: the board has no room, its waits cannot be seen */
    struct waiter waiter;
};

/*
 * Puts the calling process, of one thread, on the board. It can have one such clock, which stays where it is
 * until the process ends.
 */
void peer_clock_begin(struct peer_clock *clock, struct board *board);

/* Nanoseconds; what deadlines of a peer are told by. */
int64_t peer_clock_ns(const struct peer_clock *clock);

/*
 * poll(2) of one descriptor (or none: fd -1) until then; BOARD_NEVER: for ever. Returns what came (revents);
 * 0: the time is over.
 */
short peer_clock_poll(struct peer_clock *clock, int fd, short events, int64_t until_ns);

#endif
