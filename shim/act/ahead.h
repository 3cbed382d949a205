/*
 * What must come before the program is told of data. The kernel never takes back data it has announced: a
 * reset that comes between a wait and the receive lets that data be read first, and a datagram that was lost
 * is never announced at all. So when a wait is about to return, the receives that will follow are decided
 * first: where one is to meet a reset or an end of file, the connection ends now, and the wait tells of that
 * instead of the data ("it had not arrived yet"); where a datagram is to be lost or overtaken, it goes now,
 * and a wait that then has nothing to tell of goes on.
 */
#ifndef SOCKFAULT_SHIM_AHEAD_H
#define SOCKFAULT_SHIM_AHEAD_H

#include "shim/intercept/attempt.h"

/* FIONREAD tells of a datagram as a wait does, and of none that is damaged. */
void ahead_of_counting(struct attempt *at);

/* `at` is a wait about to begin: keeps what going on takes. */
void ahead_of_waiting(struct attempt *at);

/*
 * `at` is a wait that has its result, which the program has not seen. May change revents, events, sets and
 * the number of them. Whether the wait is to be made again, with what is left of its timeout.
 */
bool ahead_of_telling(struct attempt *at);

#endif
