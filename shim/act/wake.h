/* A wait that wakes for nothing. */
#ifndef SOCKFAULT_SHIM_WAKE_H
#define SOCKFAULT_SHIM_WAKE_H

#include "shim/intercept/attempt.h"

/*
 * A descriptor this wait asks input of, whose readiness may come to nothing: O_NONBLOCK UDP (a datagram with
 * a wrong checksum), or a socket that others receive from or accept on as well. -1: none.
 */
int wake_candidate(const struct attempt *at);

/*
 * A recipe: if there is nothing on such a descriptor, the wait returns and tells of input there, besides what
 * else is to be told. Of a datagram with a wrong checksum waits go on telling until a receive or FIONREAD
 * finds it out (SOCKET_PHANTOM). Whether the real wait is to be made.
 */
bool wakes_for_nothing(struct attempt *at);

/* Whether this wait tells of such a datagram again, and is done. */
bool wakes_again(struct attempt *at);

/* A wait that has its result: events of such a socket tell of input as well. */
void wake_completes(struct attempt *at);

/* After a call on a socket that is SOCKET_PHANTOM. */
void wake_finds_out(struct attempt *at);

#endif
