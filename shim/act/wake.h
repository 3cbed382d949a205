/* A wait that wakes for nothing. */
#ifndef SOCKFAULT_SHIM_WAKE_H
#define SOCKFAULT_SHIM_WAKE_H

#include "shim/intercept/attempt.h"

/*
 * A descriptor this wait asks input of, whose readiness may come to nothing: O_NONBLOCK UDP (a datagram with
 * a wrong checksum), or a socket that others receive from or accept on as well. -1: none.
 */
int wake_candidate(const struct attempt *at);

/* A recipe: if nothing is ready, the wait returns and tells of input there. Whether the real wait is to be
 * made. */
bool wakes_for_nothing(struct attempt *at);

#endif
