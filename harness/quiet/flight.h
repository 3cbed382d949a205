/*
 * What is under way between sockets: bytes the kernel has not delivered yet, and timers of its own that will
 * change things by themselves. Asked of sock_diag(7), for TCP; Unix domain sockets and pipes deliver at once.
 */
#ifndef SOCKFAULT_QUIET_FLIGHT_H
#define SOCKFAULT_QUIET_FLIGHT_H

#include "harness/quiet/softirq.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whose sockets count. */
struct flight_scope {
    const uint64_t
        *inodes; /* of the participants' sockets, ascending; NULL: all there are in the namespace */
    size_t count;
    bool
        listeners_open; /* somebody who is none may connect to one that listens; only where inodes is there */
    const struct softirq *softirq; /* NULL: they are not to be seen */
    bool silenced;                 /* some sockets may be deaf: what is sent to them does not arrive */
    const _Atomic uint64_t *deaf;  /* the inodes of all such; NULL: they are not known, or not all */
    size_t deaf_count;
};

enum flight {
    FLIGHT_NONE,   /* nothing will come but by what programs do */
    FLIGHT_DOOMED, /* nor will it, until the kernel gives up what it sends in vain: flight_patience_ns */
    FLIGHT_MOVING, /* bytes are on their way */
    FLIGHT_TIMER,  /* a timer of the kernel's will change things: a connect under way, a retransmission ... */
    FLIGHT_OUTSIDE, /* a participant is connected to somebody who is none */
    FLIGHT_UNKNOWN, /* the kernel does not tell */
};

enum flight flight_look(const struct flight_scope *scope);

/*
 * For how long the kernel sends again before it gives a connection up with ETIMEDOUT, at the least: tcp(7),
 * tcp_retries2, by way of its doubling intervals (0.2 s at first, 120 s at most; RFC 1122 4.2.3.5). 0: it
 * does not tell.
 */
int64_t flight_patience_ns(void);

#endif
