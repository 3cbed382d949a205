/* What a peer tells its guardian: memory that both map (MAP_SHARED). The peer writes, the guardian reads. */
#ifndef SOCKFAULT_PEER_PROGRESS_H
#define SOCKFAULT_PEER_PROGRESS_H

#include <stdatomic.h>
#include <stdint.h>

enum peer_state {
    PEER_GOING,
    PEER_HELD,    /* every step held; it is about to end */
    PEER_FAILED,  /* a step did not hold: expected and got say how */
    PEER_RESTING, /* in its last step, which ends when it is told to */
};

enum { PEER_TEXT_MAX = 8192 };

struct peer_progress {
    _Atomic uint32_t state;     /* enum peer_state */
    _Atomic uint32_t step;      /* number of the step it is at */
    _Atomic uint32_t listening; /* a socket of it has come to listen (datagrams: is bound) */
    _Atomic uint32_t waiting;   /* it waits, and nothing but traffic will end that */
    _Atomic uint32_t waits;     /* begun so far */
    _Atomic uint32_t told;      /* expected and got are of this wait, or of this failure */
    char expected[PEER_TEXT_MAX], got[PEER_TEXT_MAX]; /* strings */
};

#endif
