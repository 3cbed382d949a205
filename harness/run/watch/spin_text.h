/* A thread that spins, in words. */
#ifndef SOCKFAULT_RUN_SPIN_TEXT_H
#define SOCKFAULT_RUN_SPIN_TEXT_H

#include "harness/run/watch/spin.h"

/*
 * "spins in recv() at client.c:88 on connection 1: 184233 calls in 250 ms, each returning 0, and no byte
 * moved"; one that makes none: "spins at client.c:12: 0 calls on sockets and no byte moved in 1.00 s".
 * malloc'd; NULL: no memory. Stops the thread for a moment where it has to ask it for its stack.
 */
char *spin_text(struct run *run, const struct spinner *spinner);

#endif
